import {
  logsOfEntry,
  parseCheckpoint,
  proveEntry,
  readContents,
  searchUrl,
  type EntryCheck,
  type EntryProvenance,
  type LogEntry,
  type LogEntryBody,
  toTransparencyLogEntry,
  whyUnread,
} from '@sigtrail/rekor';
import { sameBytes } from '@sigtrail/encoding';
import type { VerifiedTime } from '../report/report.ts';
import type { Signatures } from '../establish/signatures.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { Hit } from './ask-log.ts';
import { bodyHashes } from './body-hashes.ts';
import { classifyHit } from './classify-hit.ts';
import { describeSigners } from './describe-signers.ts';
import type { TrackedEntry } from './image-track.ts';
import { type KnownPayload, statementPayload } from './known-payload.ts';
import type { RegistrySignature } from './registry-signatures.ts';

/** Everything that evaluating entries needs. */
export interface EntryContext {
  readonly trust: TrustedRoot;
  readonly now: Date;
  readonly verifier: Signatures;
  readonly tracked: readonly string[];
  readonly payloads: readonly KnownPayload[];
  readonly signatures: readonly RegistrySignature[];
}

interface Seen {
  readonly entry: LogEntry & { readonly attestation?: Uint8Array };
  readonly contents: LogEntryBody;
  readonly provenance: EntryProvenance;
  readonly checks: readonly EntryCheck[];
  readonly log: string;
  readonly version: 1 | 2;
  readonly foundBy: readonly string[];
  readonly about: readonly string[];
  readonly seenIn: TrackedEntry['seenIn'];
  readonly searchUrl?: string;
}

/** Every entry once, whether a log returned it or a signature in the registry carried it, with what is known about it. */
export async function trackedEntries(hits: readonly Hit[], context: EntryContext): Promise<readonly TrackedEntry[]> {
  const seen = new Map<string, Seen>();
  for (const one of [
    ...hits.map(seenInLog),
    ...context.signatures.flatMap((signature) => seenInRegistry(signature, context)),
  ]) {
    const id = idOf(one.entry);
    const known = seen.get(id);
    seen.set(id, known === undefined ? one : merge(known, one));
  }
  return (await Promise.all([...seen].map(async ([id, one]) => describe(id, one, context)))).toSorted(byTime);
}

function seenInLog({ entry, foundBy, about }: Hit): Seen {
  const { contents, provenance, checks, place } = entry;
  const link = entry.searchUrl === undefined ? {} : { searchUrl: entry.searchUrl };
  return {
    entry,
    contents,
    provenance,
    checks,
    log: place.url,
    version: place.version,
    foundBy,
    about,
    seenIn: 'log',
    ...link,
  };
}

/** An entry that came with a signature proves itself: by the log's promise, its inclusion proof, or both. */
function seenInRegistry({ id, carried }: RegistrySignature, { trust }: EntryContext): readonly Seen[] {
  const logs = trust.transparencyLogs;
  return carried.flatMap((entry): readonly Seen[] => {
    const [log] = logsOfEntry(entry, logs);
    if (log === undefined) return [];
    const { provenance, checks } = proveEntry(entry, { logs });
    const contents = readContents(entry.body);
    const version = entry.signedEntryTimestamp === undefined ? 2 : 1;
    const link = provenance.logIndex === 'unproven' ? undefined : searchUrl(log, entry.logIndex);
    return [
      {
        entry,
        contents,
        provenance,
        checks,
        log: log.baseUrl,
        version,
        foundBy: [`named by ${id}`],
        // Anyone can attach any entry to an image: only its content says what it is about.
        about: [],
        seenIn: 'registry',
        ...(link === undefined ? {} : { searchUrl: link }),
      },
    ];
  });
}

/** The log's own answer wins: it has a proof, while the registry may only have a promise. */
function merge(one: Seen, other: Seen): Seen {
  const kept = one.seenIn === 'registry' ? other : one;
  return {
    ...kept,
    foundBy: [...new Set([...one.foundBy, ...other.foundBy])],
    about: [...new Set([...one.about, ...other.about])],
    seenIn: one.seenIn === other.seenIn ? one.seenIn : 'both',
  };
}

async function describe(id: string, seen: Seen, context: EntryContext): Promise<TrackedEntry> {
  const { entry, contents, provenance } = seen;
  const hashes = bodyHashes(contents);
  const unread = whyUnread(contents);
  const own = entry.attestation === undefined ? undefined : statementPayload(entry.attestation);
  const { payload, ...classified } = classifyHit(
    hashes,
    own === undefined ? context.payloads : [...context.payloads, own],
    context.tracked,
    seen.about,
  );
  const signatures = context.signatures.filter((signature) => isEntryOf(contents, hashes, signature));
  const { integratedTime } = entry;
  const time = integratedTime === undefined ? undefined : new Date(integratedTime * 1000).toISOString();
  const stamped = signatures.flatMap(({ times }) => times);
  const signed: readonly VerifiedTime[] =
    time !== undefined && provenance.integratedTime === 'asserted'
      ? [{ time, source: 'log', authority: seen.log }]
      : [];
  const note = entry.inclusionProof?.checkpoint;
  return {
    id,
    log: seen.log,
    logVersion: seen.version,
    logId: entry.logId,
    uuid: entry.uuid,
    logIndex: entry.logIndex,
    ...(entry.inclusionProof === undefined
      ? {}
      : { treeIndex: entry.inclusionProof.logIndex, treeSize: entry.inclusionProof.treeSize }),
    ...(note === undefined ? {} : originOf(note)),
    kind: contents.kind === 'unknown' ? contents.name : contents.kind,
    apiVersion: contents.apiVersion,
    hashes,
    ...classified,
    signers: await describeSigners(contents, {
      trust: context.trust,
      times: [...signed, ...stamped],
      payload,
      now: context.now,
      signatures: context.verifier,
    }),
    ...(unread === undefined ? {} : { unread }),
    ...(time === undefined ? {} : { integratedTime: time }),
    timestamps: stamped.map(({ time: at }) => at),
    provenance,
    checks: seen.checks,
    seenIn: seen.seenIn,
    foundBy: seen.foundBy,
    signatures: signatures.map(({ id: name }) => name),
    ...(seen.searchUrl === undefined ? {} : { searchUrl: seen.searchUrl }),
    evidence: toTransparencyLogEntry(entry),
  };
}

function originOf(note: string): { readonly origin?: string } {
  try {
    return { origin: parseCheckpoint(note).origin };
  } catch {
    return {}; // its checks say that it is malformed
  }
}

/** The same signature, by the same certificate, over the same bytes: all three (CVE-2022-23649, CVE-2026-22703). */
function isEntryOf(
  body: LogEntryBody,
  hashes: readonly string[],
  { signature, certificate, payload }: RegistrySignature,
): boolean {
  if (body.kind === 'unknown' || signature === undefined || payload === undefined) return false;
  if (!payload.hashes.some((hash) => hashes.includes(hash))) return false;
  return body.signatures.some(
    (logged) =>
      (logged.signature === undefined || sameBytes(logged.signature, signature)) &&
      (certificate === undefined ||
        (logged.verifier.kind === 'certificate' && sameBytes(logged.verifier.der, certificate))),
  );
}

function idOf({ logId, logIndex, uuid }: LogEntry): string {
  return `${logId}/${logIndex}/${uuid.slice(-64)}`;
}

function byTime(a: TrackedEntry, b: TrackedEntry): number {
  const at = ({ integratedTime, timestamps }: TrackedEntry): string => integratedTime ?? timestamps[0] ?? '9999';
  return at(a) === at(b) ? a.logIndex - b.logIndex : at(a) < at(b) ? -1 : 1;
}
