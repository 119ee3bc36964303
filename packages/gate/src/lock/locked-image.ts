import type { ImageInspection, ImageReport, InspectedCandidate, PlatformsReport, Signer } from 'sigtrail';
import { digestIn } from '../gate/say-report.ts';
import type { LockedImage } from './lock-file.ts';

/** What is locked of an image that was verified; `undefined` where there is no digest to lock. */
export function lockedImage(
  report: ImageReport | PlatformsReport,
  inspection: ImageInspection | undefined,
): LockedImage | undefined {
  const digest = digestIn(report);
  if (report.verdict !== 'verified' || digest === undefined) return undefined;
  const [entry] = report.signatures.flatMap(({ log }) => log);
  return {
    digest,
    signers: namesOf(report.signatures),
    ...(entry === undefined ? {} : { log: { log: entry.log, logIndex: entry.logIndex } }),
    provenance: namesOf(inspection?.candidates.filter(isProvenance) ?? []),
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
