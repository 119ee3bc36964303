import { type Digest, digestAlgorithm, digestHex } from 'oci-client-lite';

/** The tag of cosign's signature manifest: `[prefix]sha256-<hex>.sig` (cosign `SIGNATURE_SPEC.md`). Needs no network. */
export function signatureTag(digest: Digest, prefix = ''): string {
  return `${prefix}${digestAlgorithm(digest)}-${digestHex(digest)}.sig`;
}

/** The tag of cosign's attestation manifest. */
export function attestationTag(digest: Digest, prefix = ''): string {
  return `${prefix}${digestAlgorithm(digest)}-${digestHex(digest)}.att`;
}

/** The tag of cosign's (unsigned, deprecated) SBOM attachment. */
export function sbomTag(digest: Digest, prefix = ''): string {
  return `${prefix}${digestAlgorithm(digest)}-${digestHex(digest)}.sbom`;
}
