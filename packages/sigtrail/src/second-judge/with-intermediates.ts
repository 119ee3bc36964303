import type { X509Certificate } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';

/**
 * The authorities, each with the certificates that came beside a leaf on the way to it. They are no anchors: a path of
 * `@sigstore/verify` ends at a certificate that signed itself, so none that did is taken, and only an unbroken line from the leaf.
 */
export function withIntermediates(
  material: TrustMaterial,
  leaf: X509Certificate,
  beside: readonly X509Certificate[],
): TrustMaterial {
  const line: X509Certificate[] = [];
  for (const issuer of beside) {
    const issued = line.at(-1) ?? leaf;
    if (verifies(issuer, issuer) || !verifies(issued, issuer) || line.some((one) => one.equals(issuer))) break;
    line.push(issuer);
  }
  const certificateAuthorities = material.certificateAuthorities.map(({ certChain, validFor }) => ({
    validFor,
    certChain: [...certChain, ...line],
  }));
  return { ...material, certificateAuthorities };
}

function verifies(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer);
  } catch {
    return false; // a key that can't have signed it
  }
}
