import type { Find } from '@sigtrail/triangulate';

/** Something that is attached to an image, according to the registry: a lead, not verified. */
export interface Attachment {
  /** What its types say that it is: `cosign-sbom`, `sigstore-bundle`, `unknown-referrer` … */
  readonly kind: Find['kind'];
  /** The digest of its manifest. */
  readonly digest: string;
  /** The digest that it is attached to: the image, an entry of its index, or an attestation manifest. */
  readonly subject: string;
  /** The artifact type that its manifest, or the list that names it, states. */
  readonly artifactType?: string;
  /** The predicate type that an annotation or an unverified statement names. */
  readonly predicateType?: string;
}

/** Everything that was found, signed or not, in order. Equal layers of one manifest count once. */
export function attachmentsOf(finds: readonly Find[]): readonly Attachment[] {
  const all = finds.map(({ kind, manifestDigest, signs, artifactType, predicateTypeHint }) => ({
    kind,
    digest: manifestDigest,
    subject: signs,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(predicateTypeHint === undefined ? {} : { predicateType: predicateTypeHint }),
  }));
  return [...new Map(all.map((attachment) => [JSON.stringify(attachment), attachment])).values()];
}
