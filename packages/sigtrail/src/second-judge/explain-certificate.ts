import { EXTENSION_OID_SCT, type X509Certificate } from '@sigstore/core';
import { byKeyOnly } from './asked.ts';
import type { Explanation } from './explanation.ts';
import { RememberingCertificate } from './remembering-certificate.ts';

/** SCTs are inside the certificate, so an SCT of an unknown CT log can't be removed. The rest is asked without any SCT. */
export const explainScts: Explanation = ({ asked, refusal: { message } }) => {
  const { key } = asked.entity;
  if (message !== 'SCT verification failed' || key.$case !== 'certificate') return undefined;
  const scts = key.certificate.extSCT?.signedCertificateTimestamps ?? [];
  if (scts.every(({ logID }) => asked.material.ctlogs.some((log) => log.logID.equals(logID)))) return undefined;
  return {
    reason: '@sigstore/verify refuses a certificate with any SCT of an unknown CT log',
    rest: {
      ...asked,
      entity: { ...asked.entity, key: { $case: 'certificate', certificate: new WithoutScts(key.certificate.root) } },
      thresholds: { ...asked.thresholds, sct: 0 },
    },
  };
};

/** `@sigstore/verify` looks for SCTs in its copy, which has none. */
class WithoutScts extends RememberingCertificate {
  override clone(): X509Certificate {
    const copy = super.clone();
    const at = copy.extensions.findIndex(({ subs: [oid] }) => oid?.toOID() === EXTENSION_OID_SCT);
    if (at >= 0) copy.extensions.splice(at, 1);
    return copy;
  }
}

/** Only if such an authority really issued the certificate. The rest is asked with just the certificate's key. */
export const explainAnchors: Explanation = ({ asked, refusal: { message } }) => {
  const { key } = asked.entity;
  if (message !== 'Failed to verify certificate chain' || key.$case !== 'certificate') return undefined;
  const { certificate } = key;
  const isIssued = asked.material.certificateAuthorities.some(
    ({ certChain }) => !isSelfSigned(certChain.at(-1)) && certChain.some((issuer) => isIssuedBy(certificate, issuer)),
  );
  return isIssued ? { reason: '@sigstore/verify needs self-signed anchors', rest: byKeyOnly(asked) } : undefined;
};

/** `@sigstore/verify` follows a chain until a certificate that signed itself. */
export function isSelfSigned(certificate: X509Certificate | undefined): boolean {
  return certificate !== undefined && certificate.subject.equals(certificate.issuer) && certificate.verify();
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.issuer.equals(issuer.subject) && certificate.verify(issuer);
  } catch {
    return false; // a key that can't have signed it
  }
}
