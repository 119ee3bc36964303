import type { ImageInspection, ImageReport, InspectedCandidate, PlatformsReport, Signer } from 'sigtrail';
import { digestIn } from '../gate/say-report.ts';
import { type LockDifference, NOT_LOCKABLE, UNREAD_PROVENANCE } from './compare-lock.ts';
import type { LockedImage } from './lock-file.ts';

/** What is locked of an image that was verified, or why nothing can be. */
export async function lockedImage(
  report: Extract<ImageReport | PlatformsReport, { verdict: 'verified' }>,
  inspect: (reference: string) => Promise<ImageInspection>,
): Promise<LockedImage | LockDifference> {
  const digest = digestIn(report);
  if (digest === undefined) return NOT_LOCKABLE;
  const { candidates, locations } = await inspect(`${report.repository}@${digest}`);
  const provenance = namesOf(candidates.filter(isProvenance));
  if (provenance.length === 0 && locations.some(({ answer }) => answer === 'unknown')) return UNREAD_PROVENANCE;
  const [entry] = report.signatures.flatMap(({ log }) => log);
  return {
    digest,
    signers: namesOf(report.signatures),
    ...(entry === undefined ? {} : { log: { log: entry.log, logIndex: entry.logIndex } }),
    provenance,
  };
}

/** SLSA provenance whose signature is proven without a policy. Anyone who may push can attach their own, so it counts by its signer. */
function isProvenance({ isAttestation, proven, unverifiedClaims }: InspectedCandidate): boolean {
  return isAttestation && proven && (unverifiedClaims.predicateType ?? '').startsWith('https://slsa.dev/provenance/');
}

/** Each signer once, in an order that stays the same. */
function namesOf(signed: readonly { readonly signer?: Signer }[]): readonly string[] {
  return [...new Set(signed.flatMap(({ signer }) => (signer === undefined ? [] : [signerName(signer)])))].toSorted();
}

/**
 * A signer by what stays the same from release to release: the key; or the issuer with the name, without the ref that a workflow ran for, and the numbers
 * of repository and owner that no rename changes.
 */
export function signerName(signer: Signer): string {
  if (signer.kind === 'key') return `key ${signer.fingerprint}`;
  const { claims, subjectAlternativeNames } = signer;
  const names = subjectAlternativeNames.map(({ value }) => value.replace(/@refs\/.*$/, '')).toSorted();
  const {
    issuer = 'no issuer',
    sourceRepositoryIdentifier: repository,
    sourceRepositoryOwnerIdentifier: owner,
  } = claims;
  return [
    `${names.join(', ')} by ${issuer}`,
    ...(repository === undefined ? [] : [`repository ${repository}`]),
    ...(owner === undefined ? [] : [`owner ${owner}`]),
  ].join('; ');
}
