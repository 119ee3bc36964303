import type { Location } from '@sigtrail/triangulate/names';
import { cacheNotes } from '../report/cache-notes.ts';
import type { OtherSignature } from '../report/other-signatures.ts';
import type { CandidateReport, Signer, VerifiedLogEntry, VerifiedTime } from '../report/report.ts';
import { safeText } from './safe-text.ts';

// Lines about one candidate and what it rests on, the same in a whole report and in an inspection.

/** What is attached and doesn't count here: named, so that people don't read "unsigned" as "nothing is attached". */
export function otherLines(others: readonly OtherSignature[] = []): readonly string[] {
  return others.map(
    ({ format, artifactType, digest }) =>
      `  other      signature of ${safeText(format === 'unknown' ? 'an unknown kind' : format)} (${safeText(artifactType)}), not verified here: ${safeText(digest)}`,
  );
}

export function signerLines(signer: Signer): readonly string[] {
  if (signer.kind === 'key') return [`    key        ${signer.fingerprint}`];
  const claims = Object.entries(signer.claims).filter(
    (claim): claim is [string, string] => typeof claim[1] === 'string' && claim[0] !== 'issuer',
  );
  return [
    `    identity   ${signer.subjectAlternativeNames.map(({ value }) => safeText(value)).join(', ')}`,
    `    issuer     ${safeText(signer.claims.issuer ?? 'none')}`,
    ...claims.map(([name, value]) => `    ${name}  ${safeText(value)}`),
  ];
}

export function evidenceLines(log: readonly VerifiedLogEntry[], times: readonly VerifiedTime[]): readonly string[] {
  return [
    ...log.flatMap((entry) => [
      `    log entry  index ${entry.logIndex} of ${safeText(entry.log)}${entry.uuid === undefined ? '' : `, UUID ${entry.uuid}`}`,
      `               ${entry.integratedTime === undefined ? 'no integrated time' : `integrated ${entry.integratedTime}`}; inclusion proof ${entry.inclusionProof}, promise ${entry.inclusionPromise}${entry.searchUrl === undefined ? '' : `; ${safeText(entry.searchUrl)}`}`,
    ]),
    ...times.map(
      ({ time, source, authority, accuracyMs }) =>
        `    time       ${time}${accuracyMs === undefined ? '' : ` ± ${accuracyMs} ms`} by ${source} ${safeText(authority)}`,
    ),
  ];
}

export function unverifiedLines({ unverifiedClaims: claims }: CandidateReport): readonly string[] {
  const names = claims.subjectAlternativeNames?.map(({ value }) => safeText(value)).join(', ');
  return [
    ...(names === undefined ? [] : [`    *unverified* identity ${names}`]),
    ...(claims.claims?.issuer === undefined ? [] : [`    *unverified* issuer   ${safeText(claims.claims.issuer)}`]),
    ...(claims.predicateType === undefined ? [] : [`    *unverified* type     ${safeText(claims.predicateType)}`]),
    ...(claims.logIndexes.length === 0 ? [] : [`    *unverified* log index ${claims.logIndexes.join(', ')}`]),
  ];
}

/** How a signature of an attestation manifest leads to what somebody runs. */
export function throughLines({ through }: Pick<CandidateReport, 'through'>): readonly string[] {
  if (through === undefined) return [];
  const { image, platform, attestationManifest, statement } = through;
  const listed = statement === undefined ? '' : `, which lists the statement ${safeText(statement)}`;
  return [
    `    about      ${safeText(`${platform === undefined ? '' : `${platform} `}${image}`)}`,
    `    signs      the attestation manifest ${safeText(attestationManifest)}${listed}`,
  ];
}

/** The age of the embedded snapshot, if that may be the only fault. */
export function snapshotLines({ missingFromSnapshot: missing }: CandidateReport): readonly string[] {
  return missing === undefined ? [] : [`    trust      ${safeText(missing.message)}`];
}

export function cacheLines(locations: readonly Location[]): readonly string[] {
  return cacheNotes(locations).map((note) => `  note       ${safeText(note)}`);
}
