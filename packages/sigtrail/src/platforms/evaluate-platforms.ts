import { attestationManifestsOf, type ImageLocator } from '@sigtrail/triangulate';
import { couldSelect, type FetchedManifest } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';
import type { AttestationManifests } from '../discover/discover-image.ts';
import type { Neighbours } from '../discover/github-neighbours.ts';
import type { Evaluated } from '../evaluated.ts';
import type { ImageCallOptions } from '../options.ts';
import type { ImageReport, IndeterminateImageReport, VerifiedImageReport } from '../report/image-report.ts';
import type { PlatformReport, PlatformsReport } from '../report/platforms-report.ts';
import type { PolicyOutcome, ResolvedImage } from '../report/report.ts';
import { entriesOf, type JudgedEntry } from './entries.ts';
import { parsePlatforms, platformOf } from './platform.ts';
import {
  basisOf,
  imageOf,
  isResolved,
  pinnedReference,
  reportPlatforms,
  reportUnresolved,
  soleImage,
  toPlatform,
} from './report-platforms.ts';
import { locatorOf, readReference } from '../read-reference.ts';

/** Evaluates an image, its platforms if they are asked for, and what the signature of an index says about the manifests that it lists. */
export async function evaluatePlatforms(
  reference: ImageLocator,
  options: Pick<ImageCallOptions, 'platforms' | 'inherit'>,
  evaluate: EvaluateOne,
): Promise<ImageReport | PlatformsReport> {
  const { platforms, inherit } = checkOptions(options);
  // With platforms, each manifest is evaluated on its own, with the attestation manifests that its index lists for it.
  const evaluated = await evaluate(reference, platforms === undefined ? 'signed' : []);
  if (platforms !== undefined) return withPlatforms(evaluated, platforms, inherit === true, evaluate);
  if (typeof inherit === 'object' && evaluated.report.verdict !== 'verified')
    return coveredByIndex(evaluated, inherit.index, evaluate);
  return evaluated.report;
}

/** Evaluates only what a reference names, not what that lists, with the attestation manifests that may attest it. */
type EvaluateOne = (
  reference: ImageLocator,
  attestationManifests: AttestationManifests,
  neighbours?: Neighbours,
) => Promise<Evaluated>;

function checkOptions({ platforms, inherit }: ImageCallOptions): Pick<ImageCallOptions, 'platforms' | 'inherit'> {
  if (platforms !== undefined) parsePlatforms(platforms);
  if (inherit === undefined) return platforms === undefined ? {} : { platforms };
  const isIndex = typeof inherit === 'object' && inherit !== null && typeof inherit.index === 'string';
  if (inherit !== true && !isIndex)
    throw optionError('invalid-option', '"inherit" must be true, or { index } with the reference of an index');
  if (inherit === true && platforms === undefined)
    throw optionError(
      'invalid-option',
      '"inherit: true" belongs to "platforms"; for one manifest, name its index: { index }',
    );
  if (isIndex) readReference(inherit.index);
  return { inherit, ...(platforms === undefined ? {} : { platforms }) };
}

/**
 * Evaluates every entry of an index that a client could run for one of these platforms on its own. The report names the index only if a
 * signature covers the index itself, or if everything that any client could run from it was evaluated: a signed manifest in a stranger's index says nothing
 * about the other entries.
 */
async function withPlatforms(
  { report, image }: Evaluated,
  platforms: NonNullable<ImageCallOptions['platforms']>,
  inherit: boolean,
  evaluate: EvaluateOne,
): Promise<PlatformsReport> {
  if (image === undefined || !isResolved(report)) return reportUnresolved(report);
  // An image without an index is what every client gets, for any platform.
  if (image.manifest.kind !== 'index') return reportPlatforms(report, { platforms: [soleImage(report)] });
  const { repository } = report;
  const {
    entries,
    others,
    problems: unlisted,
  } = await entriesOf(image.manifest, platforms, async (digest, attestationManifests, neighbours) =>
    evaluate(locatorOf({ repository, digest }), attestationManifests, neighbours),
  );
  const index = inherit && report.verdict === 'verified' ? report : undefined;
  const missing =
    platforms === 'each' ? [] : platforms.filter((name) => !entries.some(({ entry }) => couldSelect(entry, name)));
  return reportPlatforms(report, {
    platforms: entries.map((entry) => coverage(entry, index)),
    ...(report.verdict === 'verified' || others === 0 ? { index: pinnedReference(report) } : {}),
    problems: [
      ...unlisted,
      ...missing.map((name) => ({ code: 'platform-not-found', message: notListed(name, image.manifest) })),
      ...(platforms === 'each' && entries.length === 0 && unlisted.length === 0
        ? [{ code: 'no-platforms', message: 'the index lists no manifest that a client could run' }]
        : []),
    ],
    relaxations: inherit ? [INHERITED] : [],
  });
}

const SHOWN = 12;

/** What the index has instead, as far as that fits a sentence. */
function notListed(name: string, manifest: FetchedManifest['manifest']): string {
  const listed = manifest.kind === 'index' ? manifest.manifests.map(platformOf) : [];
  const names = [...new Set(listed)].filter((listedPlatform) => !listedPlatform.startsWith('unknown'));
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const instead = names.length === 0 ? '' : `; it lists ${names.slice(0, SHOWN).join(', ')}${more}`;
  return `the index lists no manifest for ${name}${instead}`;
}

const INHERITED = 'the signature of an index covers the manifests that it lists';

/** An index covers its children by their hashes; a signature of a child says nothing about its index. */
function coverage(
  { entry, evaluated: { report: own } }: JudgedEntry,
  index: VerifiedImageReport | undefined,
): PlatformReport {
  const { digest } = entry;
  const platform = platformOf(entry);
  if (own.verdict !== 'verified' && index !== undefined && isResolved(own) && !isSpokenAgainst(own.policy))
    return { platform, digest, verdict: 'verified', by: 'index', report: inherited(own, index) };
  return toPlatform(platform, digest, own);
}

/**
 * Whether the policy rules something out that is there or may be there. The signature of an index makes up for a missing signature, never for
 * what its signers say against the manifest itself.
 */
function isSpokenAgainst({ kind, status, of = [] }: PolicyOutcome): boolean {
  if (kind === 'not' || kind === 'vex') return status !== 'satisfied';
  return kind === 'any-of' ? of.every(isSpokenAgainst) : of.some(isSpokenAgainst);
}

/** Whether attestations take part in the answer. */
function asksAttestations({ kind, of = [] }: PolicyOutcome): boolean {
  return kind === 'attested' || kind === 'vex' || kind === 'accept-image' || of.some(asksAttestations);
}

/** The report of a manifest that the signature of an index covers. */
function inherited(own: ImageReport & ResolvedImage, index: VerifiedImageReport): VerifiedImageReport {
  const { policy, callbacks, signatures } = index;
  const { callbacks: _, ...basis } = basisOf(own);
  return {
    ...basis,
    kind: 'image',
    verdict: 'verified',
    ...imageOf(own),
    reference: pinnedReference(own),
    // It is the policy about the index that holds.
    policy,
    problems: [],
    ...(callbacks === undefined ? {} : { callbacks }),
    relaxations: [...own.relaxations, INHERITED],
    signatures,
    inheritedFrom: index.reference,
  };
}

async function coveredByIndex(
  { report, image }: Evaluated,
  index: string,
  evaluate: EvaluateOne,
): Promise<ImageReport> {
  if (image === undefined || !isResolved(report) || isSpokenAgainst(report.policy)) return report;
  const parent = await evaluate(readReference(index), 'signed');
  const { manifest } = parent.image ?? {};
  // An index that could not be read or evaluated may be the one that covers this manifest.
  if (parent.report.verdict === 'indeterminate') return leftOpen(report, index, parent.report);
  const lists = manifest?.kind === 'index' && manifest.manifests.some(({ digest }) => digest === image.digest);
  const attestationManifests = lists ? attestationManifestsOf(manifest, image.digest) : [];
  // What they say about this manifest counts just as when the index is evaluated with platforms, above all what they say against it.
  if (attestationManifests.length > 0 && (parent.report.verdict !== 'verified' || asksAttestations(report.policy))) {
    const { report: own } = await evaluate(locatorOf(report), attestationManifests);
    if (own.verdict === 'verified' || !isResolved(own) || isSpokenAgainst(own.policy)) return own;
  }
  if (parent.report.verdict === 'verified' && lists) return inherited(report, parent.report);
  const problem = lists
    ? { code: 'index-not-verified', message: `the index ${index} itself is not verified` }
    : { code: 'index-does-not-list', message: `the index ${index} does not list ${image.digest}` };
  return { ...report, problems: [problem, ...report.problems] };
}

function leftOpen(
  report: ImageReport & ResolvedImage,
  index: string,
  { problems }: IndeterminateImageReport,
): IndeterminateImageReport {
  const why = problems.map(({ message }) => message).join('; ');
  return {
    ...basisOf(report),
    kind: 'image',
    verdict: 'indeterminate',
    ...imageOf(report),
    problems: [
      { code: 'index-not-verified', message: `could not decide about the index ${index}: ${why}` },
      ...report.problems,
    ],
    signatures: [],
  };
}
