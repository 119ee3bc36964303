import { allowsKeyUsage, type Certificate, extendedKeyUsages, OID } from '../crypto/certificate.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import type { CertificateAuthority } from '../trust/trusted-root.ts';
import { unknownCriticalExtension } from './chain.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';

type CertificateSigner = Extract<Candidate['signer'], { kind: 'certificate' }>;

/** May this certificate sign artifacts, and does the bundle carry it as its format allows? `authority` issued it. */
export function checkUsage(
  signer: CertificateSigner,
  authority: CertificateAuthority | undefined,
  { withoutChecks }: Pick<EstablishContext, 'withoutChecks'>,
): readonly Check[] {
  const record = createRecorder(withoutChecks);
  checkCarriedChain(signer, authority, record);
  checkPurposes(signer.leaf, authority, record);
  return record.checks;
}

/** Does a v0.3 bundle hold one certificate (protobuf-specs `VerificationMaterial`)? Only an authority with that relaxation may have its chain in the bundle. */
function checkCarriedChain(
  { chain, carriedRoots = [], chainAgainstFormat }: CertificateSigner,
  authority: CertificateAuthority | undefined,
  record: Recorder,
): void {
  if (chainAgainstFormat !== true) return;
  const extras = { expected: 'one certificate', actual: `a chain of ${chain.length + carriedRoots.length + 1}` };
  if (authority?.relax.includes('single-certificate') === true)
    record.skip(
      'bundle-certificate',
      'bundle-chain-relaxed',
      'this v0.3 bundle carries a certificate chain, which the relaxation of its authority allows',
      extras,
    );
  else
    record.fail(
      'bundle-certificate',
      'bundle-chain-unexpected',
      'a v0.3 bundle has one certificate, not a chain; relax "single-certificate" accepts a private PKI’s chains',
      extras,
    );
}

/** May this certificate sign code (RFC 5280 §4.2.1.3, §4.2.1.12; Fulcio certificate specification)? */
function checkPurposes(leaf: Certificate, authority: CertificateAuthority | undefined, record: Recorder): void {
  const purposes = extendedKeyUsages(leaf);
  const extras = { expected: OID.codeSigning, actual: purposes?.join(', ') ?? 'none' };
  if (purposes?.includes(OID.codeSigning) === true)
    record.pass('certificate-purpose', 'the certificate is for code signing', extras);
  else if (authority?.relax.includes('code-signing') === true)
    record.skip(
      'certificate-purpose',
      'certificate-purpose-relaxed',
      'the certificate is not for code signing, which the relaxation of its authority allows',
      extras,
    );
  else record.fail('certificate-purpose', 'certificate-purpose', 'the certificate is not for code signing', extras);
  if (allowsKeyUsage(leaf, 0)) record.pass('certificate-key-usage', 'the certificate’s key may sign');
  else
    record.fail(
      'certificate-key-usage',
      'certificate-key-usage',
      'the certificate’s key may not sign (digitalSignature)',
    );
  const unknown = unknownCriticalExtension(leaf);
  if (unknown === undefined) record.pass('certificate-critical', 'every critical extension is understood');
  else
    record.fail(
      'certificate-critical',
      'certificate-critical-unknown',
      'the certificate has a critical extension that Sigtrail does not understand',
      { actual: unknown },
    );
}
