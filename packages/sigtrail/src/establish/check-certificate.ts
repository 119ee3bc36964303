import type { Candidate } from '../evidence/candidate.ts';
import type { VerifiedTime } from '../report/report.ts';
import { type ChainChecked, checkChain, type TrustedPath } from './check-chain.ts';
import { checkClaims, type ClaimsChecked } from './check-claims.ts';
import { checkScts, type SctsChecked } from './check-scts.ts';
import { checkUsage } from './check-usage.ts';
import type { EstablishContext } from './facts.ts';

/** What a certificate came to. */
export type CertificateChecked = ChainChecked & SctsChecked & ClaimsChecked;

/** May this certificate vouch for the signature: issued by a trusted authority, valid when it signed, on record, for this purpose? */
export async function checkCertificate(
  signer: Extract<Candidate['signer'], { kind: 'certificate' }>,
  paths: readonly TrustedPath[],
  times: readonly VerifiedTime[],
  context: EstablishContext,
): Promise<CertificateChecked> {
  const { leaf } = signer;
  const chain = checkChain(leaf, paths, times, context);
  const usage = checkUsage(signer, chain.authority, context);
  const scts = await checkScts(leaf, paths[0]?.certificates[0], context);
  const claims = checkClaims(leaf, context);
  return { ...chain, ...scts, ...claims, checks: [...chain.checks, ...usage, ...scts.checks, ...claims.checks] };
}
