import type { X509Certificate } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';

/**
 * The authorities, each with the certificates that came with a leaf and lead to it. Those are not anchors: a path of
 * `@sigstore/verify` ends at a self-signed certificate, so self-signed ones are not used, and only an unbroken line from the leaf is.
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
