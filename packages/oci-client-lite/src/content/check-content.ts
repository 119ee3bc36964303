import { type Digest, digestAlgorithm, digestOf, parseDigest } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import type { Descriptor } from './descriptor.ts';
import { type FetchedManifest, parseManifest } from './manifest.ts';

/**
 * Most layers or entries of a fetched manifest; its bytes are capped as well. A caller that stops earlier reports both what it read and that it stopped: a `.sig`
 * with one signature too many must not hide the thousand before it.
 */
export const maxDescriptors = 10_000;

/** Refuses a descriptor before any request or allocation. @throws OciError `invalid-digest`, `too-large` */
export function checkDescriptor(descriptor: Descriptor, maxBytes: number): void {
  parseDigest(descriptor.digest);
  if (!Number.isSafeInteger(descriptor.size) || descriptor.size < 0)
    throw new OciError('invalid-manifest', 'the size of a descriptor must be a whole number');
  if (descriptor.size > maxBytes) {
    throw new OciError('too-large', `the blob is larger than ${maxBytes} bytes`, {
      expected: maxBytes,
      actual: descriptor.size,
    });
  }
}

/** The content embedded in a descriptor, if it really is the content (image-spec descriptor.md "Embedded Content"). */
export function embeddedData(descriptor: Descriptor): Uint8Array | undefined {
  const { data, size, digest } = descriptor;
  if (data === undefined || data.length !== Math.ceil(size / 3) * 4) return undefined;
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  if (bytes.byteLength !== size) return undefined;
  return digestOf(bytes, digestAlgorithm(digest)) === digest ? bytes : undefined;
}

/** Parses manifest bytes whose digest is known. @throws OciError `invalid-manifest`, `unsupported-media-type` */
export function toManifest(
  bytes: Uint8Array,
  digest: Digest,
  contentType: string | undefined,
  url?: string,
): FetchedManifest {
  const manifest = parseManifest(bytes, { declared: contentType, url, maxDescriptors });
  return { digest, mediaType: manifest.mediaType, size: bytes.byteLength, bytes, manifest };
}

/** A blob read is capped at the size that its descriptor states: exceeding it does not mean "too large" but "a different blob". */
export function asSizeMismatch(error: unknown, size: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'too-large') return error;
  const url = error instanceof Error && 'url' in error && typeof error.url === 'string' ? error.url : undefined;
  return new OciError('size-mismatch', 'the blob is longer than its descriptor says', {
    expected: size,
    url,
    cause: error,
  });
}

/** Whether an error concerns only one manifest, not the place it is in. */
export function concernsOneManifest(error: unknown): boolean {
  const codes: readonly string[] = [
    'not-found',
    'too-large',
    'digest-mismatch',
    'size-mismatch',
    'invalid-manifest',
    'unsupported-media-type',
    'invalid-response',
  ];
  return isOciError(error) && codes.includes(error.code);
}
