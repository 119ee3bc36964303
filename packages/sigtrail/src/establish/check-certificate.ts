import type { CertificateSigner } from '../evidence/candidate.ts';
import type { VerifiedTime } from '../report/report.ts';
import { type ChainChecked, checkChain, findIssuingPaths, type TrustedPath } from './check-chain.ts';
import { checkClaims, type ClaimsChecked } from './check-claims.ts';
import { checkScts, type SctsChecked } from './check-scts.ts';
import { checkUsage } from './check-usage.ts';
import type { EstablishContext } from './facts.ts';

/** What a certificate says and proves, independent of time. */
export interface IssuanceChecked {
  readonly paths: readonly TrustedPath[];
  readonly scts: SctsChecked;
  readonly claims: ClaimsChecked;
}

/** Did a trusted authority issue the certificate, is it in CT logs, and whom does it name? */
export async function checkIssuance(signer: CertificateSigner, context: EstablishContext): Promise<IssuanceChecked> {
  const { leaf } = signer;
  const finding = findIssuingPaths(signer, context);
  const [paths, scts, claims] = await Promise.all([
    finding,
    checkScts(leaf, finding, context),
    checkClaims(leaf, context),
  ]);
  if (paths.length > 0) context.certificates?.keep(leaf);
  return { paths, scts, claims };
}

/** The result for a certificate. */
export type CertificateChecked = ChainChecked & SctsChecked & ClaimsChecked;

/** May this certificate vouch for the signature: was it valid at the time of signing, and is it for this purpose? */
export function checkCertificate(
  signer: CertificateSigner,
  { paths, scts, claims }: IssuanceChecked,
  times: readonly VerifiedTime[],
  context: EstablishContext,
): CertificateChecked {
  const chain = checkChain(signer.leaf, paths, times, context);
  const usage = checkUsage(signer, chain.authority, context);
  return { ...chain, ...scts, ...claims, checks: [...chain.checks, ...usage, ...scts.checks, ...claims.checks] };
}
