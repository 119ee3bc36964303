import { optionError } from '@sigtrail/encoding';
import { type Digest, digestAlgorithm, digestHex, parseDigest } from 'oci-client-lite/names';

/**
 * The tag of cosign's signature manifest: `[prefix]sha256-<hex>.sig` (cosign `specs/SIGNATURE_SPEC.md`). Needs no network.
 *
 * For a sha512 digest this is what cosign would write, but it is longer than the 128 characters a tag may have in a registry.
 *
 * @throws OciError `invalid-digest`; TypeError for a prefix that can't start a tag
 * @example
 * ```ts
 * signatureTag('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'); // 'sha256-4413….sig'
 * ```
 */
export function signatureTag(digest: Digest, prefix = ''): string {
  return attachmentTag(digest, prefix, 'sig');
}

/**
 * The tag of cosign's attestation manifest: `[prefix]sha256-<hex>.att`.
 *
 * @throws OciError `invalid-digest`; TypeError for a prefix that can't start a tag
 */
export function attestationTag(digest: Digest, prefix = ''): string {
  return attachmentTag(digest, prefix, 'att');
}

/**
 * The tag of cosign's SBOM attachment, which is unsigned: `[prefix]sha256-<hex>.sbom`.
 *
 * @throws OciError `invalid-digest`; TypeError for a prefix that can't start a tag
 */
export function sbomTag(digest: Digest, prefix = ''): string {
  return attachmentTag(digest, prefix, 'sbom');
}

/** Whether a tag can begin with this (distribution-spec "Pulling manifests"); anything else would change the URL it becomes part of. */
export function isTagPrefix(prefix: string): boolean {
  return typeof prefix === 'string' && /^(?:\w[\w.-]*)?$/.test(prefix);
}

function attachmentTag(digest: Digest, prefix: string, suffix: 'sig' | 'att' | 'sbom'): string {
  parseDigest(digest);
  if (!isTagPrefix(prefix)) throw optionError('invalid-option', '"prefix" must be the beginning of a tag');
  return `${prefix}${digestAlgorithm(digest)}-${digestHex(digest)}.${suffix}`;
}
