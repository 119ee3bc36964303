import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import * as z from 'zod';
import { ProblemSchema, TrustSchema } from '../report/report-parts-schema.ts';
import type { Problem, TrustSource } from '../report/report.ts';
import type { ImageTrack, TrackedEntry, TrackedSigner, TrackSource } from './image-track.ts';
import { TrackSourceSchema } from './image-track-schema.ts';

/** How well a signing is proven, best first. */
export type SigningStrength =
  /** A certificate of a trusted authority, at a verified time, on a signature that verifies, in a log that proves the entry. */
  | 'proven-identity'
  /** A key, on a signature that verifies, in a log that proves the entry. */
  | 'proven-key'
  /** Part of that is missing: the payload to check the signature with, a verified time, a proof of the log. */
  | 'claimed';

/** A signing of an image. */
export interface TimelineEvent {
  /** RFC 3339; absent if no trusted party vouches for a time. */
  readonly at?: string;
  readonly entry: string;
  readonly reference: string;
  readonly digests: readonly string[];
  /** `issuer subject`, `key sha256:…`, or `unreadable entry <index>`. As reliable as `strength` says. */
  readonly signer: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly strength: SigningStrength;
  readonly format: 'classic' | 'bundle' | 'attestation' | 'unknown';
  readonly predicateType?: string;
  readonly isInRegistry: boolean;
}

/** Something that changed from one signing to the next. */
export interface TimelineChange {
  readonly at?: string;
  readonly entry: string;
  readonly kind: 'first-signature' | 'new-signer' | 'new-format' | 'weaker' | 'stronger';
  readonly from?: string;
  readonly to: string;
}

/** A signer over time. */
export interface TimelineSigner {
  readonly signer: string;
  readonly firstSeen?: string;
  readonly lastSeen?: string;
  readonly count: number;
  readonly digests: readonly string[];
  readonly strength: SigningStrength;
}

/** Who signed an image, or the images of a repository, over time. Plain JSON. */
export interface Timeline {
  readonly schemaVersion: 1;
  /** In order of time; events without a time come last. */
  readonly events: readonly TimelineEvent[];
  readonly signers: readonly TimelineSigner[];
  readonly changes: readonly TimelineChange[];
  /** What could not be read, so that signings may be missing above. Empty only if every registry and log answered. */
  readonly problems: readonly Problem[];
  /** The sources for each image, and how far each answer goes. */
  readonly sources: readonly TimelineSource[];
  /** Where the trust anchors of its tracks came from, each listed once. */
  readonly trust: readonly TrustSource[];
  /** What these sources can't tell, in sentences. */
  readonly limits: readonly string[];
  /** Tags beyond the limit, which were not looked at. */
  readonly leftOut: readonly string[];
}

/** A source that was asked about an image. */
export interface TimelineSource extends TrackSource {
  readonly reference: string;
}

/** The images of a timeline that have no track. */
export interface TimelineGaps {
  readonly problems?: readonly Problem[];
  readonly leftOut?: readonly string[];
}

const GAPS: OptionTable<TimelineGaps> = {
  problems: expecting('a list of problems', Array.isArray),
  leftOut: expecting('a list of tags', Array.isArray),
};

const STRENGTHS: readonly SigningStrength[] = ['proven-identity', 'proven-key', 'claimed'];

/**
 * Puts the entries of tracks on one timeline: who signed first, who came later, when the format or the strength of the evidence changed. For a single image,
 * or for all tracked images of a repository.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const line = timelineOf([await trackImage('ghcr.io/acme/app:1.3'), await trackImage('ghcr.io/acme/app:1.4')]);
 * line.changes.filter(({ kind }) => kind === 'new-signer');
 */
export function timelineOf(tracks: readonly ImageTrack[], gaps: TimelineGaps = {}): Timeline {
  const list: unknown = tracks; // `isArray` would make its items `any`
  if (!Array.isArray(list)) throw optionError('invalid-option', 'timelineOf: "tracks" must be a list of tracks');
  checkOptions(gaps, GAPS, 'timelineOf');
  const { problems = [], leftOut = [] } = gaps;
  const events = new Map<string, TimelineEvent>();
  for (const { entries, reference } of tracks)
    for (const entry of entries.filter(({ role, about }) => role !== 'material' && about.length > 0)) {
      const signings = entry.signers.map((signer) => eventOf(entry, signer, reference));
      // Two images may share a platform, and therefore an entry.
      for (const event of entry.unread === undefined ? signings : [unreadEvent(entry, reference)])
        events.set(`${event.entry} ${event.signer}`, event);
    }
  const inOrder = [...events.values()].toSorted(byTime);
  return {
    schemaVersion: 1,
    events: inOrder,
    signers: signersOf(inOrder),
    changes: changesIn(inOrder),
    problems: [...problems, ...tracks.flatMap(problemsOf)],
    sources: tracks.flatMap(({ reference, sources }) => sources.map((source) => ({ reference, ...source }))),
    trust: [...new Map(tracks.map(({ trust }) => [JSON.stringify(trust), trust])).values()],
    limits: [...new Set(tracks.flatMap(({ limits }) => limits))],
    leftOut,
  };
}

/** The problems of one of several images, each with the image that it is about. */
export function problemsOf({ requested, problems }: ImageTrack): readonly Problem[] {
  return problems.map(({ message, ...problem }) => ({ ...problem, message: `${requested}: ${message}` }));
}

function eventOf(entry: TrackedEntry, signer: TrackedSigner, reference: string): TimelineEvent {
  const subject = signer.subjectAlternativeNames[0]?.value;
  const issuer = signer.claims?.issuer;
  const time = entry.provenance.integratedTime === 'asserted' ? entry.integratedTime : entry.timestamps[0];
  return {
    ...(time === undefined ? {} : { at: time }),
    entry: entry.id,
    reference,
    digests: entry.about,
    signer: subject === undefined ? `key ${signer.fingerprint}` : `${issuer ?? 'no issuer'} ${subject}`,
    ...(subject === undefined ? {} : { subject }),
    ...(issuer === undefined ? {} : { issuer }),
    strength: strengthOf(entry, signer),
    format: formatOf(entry),
    ...(entry.predicateType === undefined ? {} : { predicateType: entry.predicateType }),
    isInRegistry: entry.signatures.length > 0,
  };
}

/** An unreadable entry was signed as well, by an unknown signer: on a timeline it appears as a signer of its own. */
function unreadEvent(entry: TrackedEntry, reference: string): TimelineEvent {
  const time = entry.provenance.integratedTime === 'asserted' ? entry.integratedTime : entry.timestamps[0];
  return {
    ...(time === undefined ? {} : { at: time }),
    entry: entry.id,
    reference,
    digests: entry.about,
    signer: `unreadable entry ${String(entry.logIndex)}`,
    strength: 'claimed',
    format: 'unknown',
    isInRegistry: entry.signatures.length > 0,
  };
}

function strengthOf({ provenance }: TrackedEntry, { identity, signature }: TrackedSigner): SigningStrength {
  if (provenance.body !== 'proven' || signature !== 'verified') return 'claimed';
  if (identity === 'proven') return 'proven-identity';
  return identity === 'none' ? 'proven-key' : 'claimed';
}

function formatOf({ content, predicateType }: TrackedEntry): TimelineEvent['format'] {
  if (content === 'simple-signing') return 'classic';
  if (content === 'manifest') return 'bundle';
  if (content === 'unknown') return 'unknown';
  return predicateType === 'https://sigstore.dev/cosign/sign/v1' ? 'bundle' : 'attestation';
}

function signersOf(events: readonly TimelineEvent[]): readonly TimelineSigner[] {
  const names = [...new Set(events.map(({ signer }) => signer))];
  return names.map((signer) => {
    const own = events.filter((event) => event.signer === signer);
    const times = own.flatMap(({ at }) => (at === undefined ? [] : [at]));
    const [firstSeen, lastSeen] = [times.at(0), times.at(-1)];
    return {
      signer,
      ...(firstSeen === undefined ? {} : { firstSeen }),
      ...(lastSeen === undefined ? {} : { lastSeen }),
      count: own.length,
      digests: [...new Set(own.flatMap(({ digests }) => digests))],
      strength: STRENGTHS.find((strength) => own.some((event) => event.strength === strength)) ?? 'claimed',
    };
  });
}

/** Signatures and attestations are compared separately: attesting a build after signing it is not a change of format. */
function changesIn(events: readonly TimelineEvent[]): readonly TimelineChange[] {
  const changes: TimelineChange[] = [];
  const seen = new Set<string>();
  const last = new Map<'signature' | 'attestation', TimelineEvent>();
  for (const event of events) {
    const { at, entry, signer, format, strength } = event;
    const change = (kind: TimelineChange['kind'], to: string, from?: string): void =>
      void changes.push({
        ...(at === undefined ? {} : { at }),
        entry,
        kind,
        ...(from === undefined ? {} : { from }),
        to,
      });
    const line = format === 'attestation' ? 'attestation' : 'signature';
    const before = last.get(line);
    if (seen.size === 0) change('first-signature', signer);
    else if (!seen.has(signer)) change('new-signer', signer, before?.signer);
    if (before !== undefined && before.format !== format) change('new-format', format, before.format);
    if (before !== undefined && before.strength !== strength) {
      const weaker = STRENGTHS.indexOf(strength) > STRENGTHS.indexOf(before.strength);
      change(weaker ? 'weaker' : 'stronger', strength, before.strength);
    }
    seen.add(signer);
    last.set(line, event);
  }
  return changes;
}

function byTime(a: TimelineEvent, b: TimelineEvent): number {
  const [first, second] = [a.at ?? '9999', b.at ?? '9999'];
  return first === second ? a.entry.localeCompare(b.entry) : first < second ? -1 : 1;
}

const text = z.lazy(() => z.string());
const maybe = z.lazy(() => z.string().exactOptional());
const strength = z.lazy(() => z.enum(['proven-identity', 'proven-key', 'claimed']));

/** A timeline read back from JSON. */
export const TimelineSchema: z.ZodType<Timeline> = z.lazy(() =>
  z.object({
    schemaVersion: z.literal(1),
    events: z.array(
      z.object({
        at: maybe,
        entry: text,
        reference: text,
        digests: z.array(text),
        signer: text,
        subject: maybe,
        issuer: maybe,
        strength,
        format: z.enum(['classic', 'bundle', 'attestation', 'unknown']),
        predicateType: maybe,
        isInRegistry: z.boolean(),
      }),
    ),
    signers: z.array(
      z.object({
        signer: text,
        firstSeen: maybe,
        lastSeen: maybe,
        count: z.int().nonnegative(),
        digests: z.array(text),
        strength,
      }),
    ),
    changes: z.array(
      z.object({
        at: maybe,
        entry: text,
        kind: z.enum(['first-signature', 'new-signer', 'new-format', 'weaker', 'stronger']),
        from: maybe,
        to: text,
      }),
    ),
    problems: z.array(ProblemSchema),
    sources: z.array(TrackSourceSchema.and(z.object({ reference: text }))),
    trust: z.array(TrustSchema),
    limits: z.array(text),
    leftOut: z.array(text),
  }),
);
