import { optionError } from '@sigtrail/encoding';
import { parseImageLocator } from './locator.ts';
import { parseAttachmentOptions, type TriangulateOptions, type Wanted } from './options.ts';
import { createReader } from './reader.ts';
import { digestIn, resolveImage } from './resolve-image.ts';
import { openSources } from './sources.ts';
import { attestationTag, sbomTag, signatureTag } from './tags.ts';

/** What `cosign triangulate --type` takes. */
export type AttachmentType = 'signature' | 'attestation' | 'sbom' | 'digest';

/** The options of `triangulate` that say where things are. */
export type AttachmentOptions = Omit<
  TriangulateOptions,
  'want' | 'fetch' | 'platforms' | 'maxBundleBytes' | 'maxParallelReads' | 'sharedListings'
>;

const wantOf: Readonly<Record<AttachmentType, Wanted>> = {
  signature: 'signatures',
  attestation: 'attestations',
  sbom: 'sboms',
  // cosign prints the repository of the signatures here too.
  digest: 'signatures',
};

/**
 * The line that `cosign triangulate` prints: `repository:sha256-<hex>.sig`, or `repository@sha256:<hex>`. It says where something would be,
 * not that it is there. A tag costs one request, a digest none.
 *
 * @throws OciError whatever resolving the tag can throw, `invalid-reference`, `invalid-digest`; TypeError for options
 * @example
 * ```ts
 * await attachmentName('ghcr.io/acme/app:1.4', 'signature'); // 'ghcr.io/acme/app:sha256-….sig'
 * ```
 */
export async function attachmentName(
  reference: string,
  type: AttachmentType,
  options: AttachmentOptions = {},
): Promise<string> {
  if (!Object.hasOwn(wantOf, type))
    throw optionError('invalid-option', '"type" must be "signature", "attestation", "sbom" or "digest"');
  const settings = parseAttachmentOptions(options, wantOf[type]);
  const locator = parseImageLocator(reference);
  const sources = openSources(locator, settings);
  try {
    const digest =
      digestIn(locator) ?? (await resolveImage(createReader(settings), sources.image, locator)).value.digest;
    const name = sources.attached[0]?.repository.name ?? sources.image.name;
    switch (type) {
      case 'signature':
        return `${name}:${signatureTag(digest, settings.tagPrefix)}`;
      case 'attestation':
        return `${name}:${attestationTag(digest, settings.tagPrefix)}`;
      case 'sbom':
        return `${name}:${sbomTag(digest, settings.tagPrefix)}`;
      case 'digest':
        return `${name}@${digest}`;
    }
  } finally {
    await sources.close();
  }
}
