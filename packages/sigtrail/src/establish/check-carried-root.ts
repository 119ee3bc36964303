import { sameBytes } from '@sigtrail/encoding';
import type { Certificate } from '../crypto/certificate.ts';
import type { CertificateSigner } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import type { TrustedPath } from './check-chain.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/**
 * Does the bundle carry a root, which no version of its format allows (protobuf-specs `X509CertificateChain`)? The carried certificate is compared, never used.
 * The policy may accept it in a bundle before v0.3 if it is the anchor that the trusted root names for this very leaf. npm and sigstore-go wrote such
 * bundles in 2023. This is the last of our own checks, so that it hides no other fault.
 */
export function checkCarriedRoot(
  signer: CertificateSigner,
  paths: readonly TrustedPath[],
  {
    acceptTrustedRootInBundle = false,
    withoutChecks,
  }: Pick<EstablishContext, 'acceptTrustedRootInBundle' | 'withoutChecks'>,
): readonly Check[] {
  const { carriedRoots = [] } = signer;
  if (carriedRoots.length === 0) return [];
  const record = createRecorder(withoutChecks);
  const fault = acceptTrustedRootInBundle ? faultOf(signer, carriedRoots, paths) : NOT_ACCEPTED;
  if (fault === undefined)
    record.skip(
      'bundle-certificate',
      'bundle-root-accepted',
      'the bundle carries a root certificate, and the policy accepts that because it is the trusted anchor of the signer’s certificate',
    );
  else
    record.fail(
      'bundle-certificate',
      'bundle-root-certificate',
      `the bundle carries a self-signed root certificate${fault}`,
    );
  return record.checks;
}

const NOT_ACCEPTED =
  ', which its format forbids; acceptTrustedRootInBundle in the policy (--accept-trusted-root-in-bundle) accepts the trusted one';

/** Why a carried root is not accepted; reads on from “a self-signed root certificate”. */
function faultOf(
  { chainAgainstFormat, endsWithRoot }: CertificateSigner,
  [root, ...others]: readonly Certificate[],
  paths: readonly TrustedPath[],
): string | undefined {
  if (chainAgainstFormat === true) return ' in a v0.3 bundle, which holds one certificate';
  if (root === undefined || others.length > 0) return ' more than once: only one may end its chain';
  if (endsWithRoot !== true) return ' that does not end its chain';
  const isAnchor = paths.some(({ certificates }) => {
    const anchor = certificates.at(-1);
    return anchor !== undefined && sameBytes(anchor.bytes, root.bytes);
  });
  return isAnchor ? undefined : ' that is not, byte for byte, the trusted anchor of the signer’s certificate';
}
