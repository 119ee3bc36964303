import type { AttachmentOptions, AttachmentType, Triangulated, TriangulateOptions } from '@sigtrail/triangulate';
import { toSigtrailError } from '../lower-errors.ts';

/**
 * Everything that is attached to an image, where it is and how it was found. Nothing in it is verified.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `timeout`, `aborted`, `invalid-reference`; TypeError for options
 * @example
 * const { graph } = await triangulateImage('ghcr.io/acme/app:1.4', { platforms: 'each' });
 */
export async function triangulateImage(reference: string, options: TriangulateOptions = {}): Promise<Triangulated> {
  const { triangulate } = await import('@sigtrail/triangulate');
  return await triangulate(reference, options).catch(rethrow(reference));
}

/**
 * The line that `cosign triangulate` prints: where something would be, not that it is there.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `timeout`, `aborted`, `invalid-reference`; TypeError for options
 */
export async function nameAttachment(
  reference: string,
  type: AttachmentType,
  options: AttachmentOptions = {},
): Promise<string> {
  const { attachmentName } = await import('@sigtrail/triangulate');
  return await attachmentName(reference, type, options).catch(rethrow(reference));
}

function rethrow(reference: string): (error: unknown) => never {
  return (error) => {
    throw toSigtrailError(error, `could not read ${reference}`, reference);
  };
}
