import { describeIdentity, type SignerIdentity } from '@sigtrail/fulcio-claims/identity';
import type { Signer, UnverifiedClaims } from '../report/report.ts';
import type { Row } from './row.ts';

/** Who signed, in rows: the name, what it means in words, and who vouches for it. */
export function signerRows(signer: Signer): readonly Row[] {
  if (signer.kind === 'key') return [['signed by', `the key ${signer.fingerprint}`]];
  const { subjectAlternativeNames, claims, authority } = signer;
  const words = inWords(describeIdentity(claims, subjectAlternativeNames));
  return [
    ['signed by', subjectAlternativeNames.map(({ value }) => value).join(', ')],
    ...(words === undefined ? [] : [['', words] as const]),
    claims.issuer === undefined ? ['authority', authority] : ['issuer', claims.issuer],
  ];
}

/** A pipeline run: its workflow and repository, its ref and commit, and what started it. */
function inWords({ repository, workflow, signerWorkflow, ref, commit, trigger }: SignerIdentity): string | undefined {
  if (repository === undefined) return undefined;
  return [
    `${workflow ?? 'a pipeline'} of ${repository}`,
    ...(ref === undefined ? [] : [` at ${ref}`]),
    ...(commit === undefined ? [] : [` (commit ${commit.slice(0, 12)})`]),
    ...(trigger === undefined ? [] : [`, on ${trigger}`]),
    ...(signerWorkflow === undefined ? [] : [`, through ${signerWorkflow}`]),
  ].join('');
}

/** Who a candidate says signed it. Unverified. */
export function whoSigned({ subjectAlternativeNames = [], claims }: UnverifiedClaims): string | undefined {
  if (subjectAlternativeNames.length === 0) return undefined;
  const names = subjectAlternativeNames.map(({ value }) => value).join(', ');
  return claims?.issuer === undefined ? names : `${names} via ${claims.issuer}`;
}
