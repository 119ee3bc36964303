import type { Find } from '@sigtrail/triangulate';

/** Something that is attached to an image, by the word of the registry: a lead, of which nothing was verified. */
export interface Attachment {
  /** What it is by its types: `cosign-sbom`, `sigstore-bundle`, `unknown-referrer` … */
  readonly kind: Find['kind'];
  /** The digest of its manifest. */
  readonly digest: string;
  /** The digest that it hangs on: the image, an entry of its index, or an attestation manifest. */
  readonly subject: string;
  readonly artifactType?: string;
  /** The predicate type that an annotation or an unverified statement names. */
  readonly predicateType?: string;
}

/** Every kind that an attachment can have. */
export const ATTACHMENT_KINDS: readonly Find['kind'][] = [
  'cosign-signature',
  'cosign-attestation',
  'cosign-sbom',
  'sigstore-bundle',
  'oci11-signature',
  'dsse-attestation',
  'buildkit-attestation',
  'attestation-statement',
  'unknown-referrer',
];

/** Everything that was found, signed or not, in the order of the finds. Several layers of one manifest that say the same are one. */
export function attachmentsOf(finds: readonly Find[]): readonly Attachment[] {
  const all = finds.map(({ kind, manifestDigest, signs, artifactType, predicateTypeHint }) => ({
    kind,
    digest: manifestDigest,
    subject: signs,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(predicateTypeHint === undefined ? {} : { predicateType: predicateTypeHint }),
  }));
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
