import type { Certificate } from '../crypto/certificate.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { latestOf } from '../latest-of.ts';
import type { Check, VerifiedTime } from '../report/report.ts';
import type { CertificateAuthority } from '../trust/trusted-root.ts';
import { type ChainResult, findPaths, type IssuingPath, verifyPaths } from './chain.ts';
import type { ChainNow, EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';
import type { FaultCode } from '../report/codes.ts';

const CHAIN_CODES: Readonly<Record<Exclude<ChainResult, { ok: true }>['fault'], FaultCode>> = {
  'unknown-issuer': 'certificate-issuer-unknown',
  'authority-not-valid': 'certificate-authority-not-valid',
  'authority-expired': 'certificate-authority-expired',
  'certificate-expired': 'certificate-expired',
  constraint: 'certificate-chain-invalid',
};

/** The result for a leaf's chain. */
export interface ChainChecked {
  /** The authority that issued it, found by name and signature; `certificate-chain` checks the times. */
  readonly authority?: CertificateAuthority;
  readonly chainNow?: ChainNow;
  readonly checks: readonly Check[];
}

/** The paths from a leaf to the trusted authorities. Certificates that came with it may be part of a path only if the profile allows that: a private PKI's. */
export async function findIssuingPaths(
  { leaf, chain }: Extract<Candidate['signer'], { kind: 'certificate' }>,
  { trust, signatures }: Pick<EstablishContext, 'trust' | 'signatures'>,
): Promise<readonly TrustedPath[]> {
  const direct = await findPaths(leaf, trust.certificateAuthorities, signatures);
  if (direct.length > 0 || chain.length === 0) return direct;
  const ownPki = trust.certificateAuthorities.filter(({ profile }) => profile === 'pki');
  return findPaths(leaf, ownPki, signatures, chain);
}

/** A path from a leaf to a certificate authority of the trusted root. */
export type TrustedPath = IssuingPath<CertificateAuthority>;

/** Was the certificate valid, along a trusted path, at every verified time? If there is no verified time, the answer at the verifier's clock is returned for the policy to use or refuse. */
export function checkChain(
  leaf: Certificate,
  paths: readonly TrustedPath[],
  times: readonly VerifiedTime[],
  { now, withoutChecks }: Pick<EstablishContext, 'now' | 'withoutChecks'>,
): ChainChecked {
  const record = createRecorder(withoutChecks);
  const { checks } = record;
  let authority: CertificateAuthority | undefined;
  for (const verified of times) {
    const { time, source, accuracyMs = 0 } = verified;
    const at = verifyPaths(leaf, paths, new Date(time));
    // Also at the latest moment that the time can mean: a signature must exist before its certificate expires.
    const result = at.ok && accuracyMs > 0 ? verifyPaths(leaf, paths, latestOf(verified)) : at;
    const extras = {
      expected: `valid at ${time}${accuracyMs > 0 ? ` and ${accuracyMs} ms later` : ''} (${source})`,
      actual: `${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}`,
    };
    if (!result.ok) {
      if (record.fail('certificate-chain', CHAIN_CODES[result.fault], result.message, extras)) return { checks };
      continue;
    }
    record.pass(
      'certificate-chain',
      `the certificate was issued by ${result.authority.uri} and valid at ${time}`,
      extras,
    );
    authority ??= result.authority;
  }
  if (authority !== undefined) return { authority, checks };
  const result = verifyPaths(leaf, paths, now);
  if (!result.ok && result.fault === 'unknown-issuer') {
    if (record.fail('certificate-chain', CHAIN_CODES[result.fault], result.message)) return { checks };
  }
  record.skip('certificate-chain', 'no-verified-time', 'no verified time to check the certificate at');
  const issuer = result.ok ? result.authority : paths[0]?.authority;
  return {
    chainNow: result.ok ? { ok: true } : { ok: false, code: CHAIN_CODES[result.fault], message: result.message },
    ...(issuer === undefined ? {} : { authority: issuer }),
    checks,
  };
}
