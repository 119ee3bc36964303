import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, digestHex } from '../reference/digest.ts';
import { OciError } from '../error.ts';

/** The bytes that must come. */
export interface ExpectedBlob {
  readonly digest: Digest;
  /** Absent: only the digest is known. */
  readonly size?: number;
  /** More than this is not read. */
  readonly maxBytes: number;
}

/**
 * The bytes of a blob, hashed as they pass. The last piece is held back until size and digest turn out right, so that no reader gets the whole of
 * a wrong blob, and a reader that ignores errors gets less than it needs.
 *
 * @throws OciError `size-mismatch`, `digest-mismatch` in place of the last piece
 */
export async function* checkedStream(
  source: AsyncIterable<Uint8Array>,
  { digest, size: known, maxBytes }: ExpectedBlob,
  url: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    size += piece.byteLength;
    if (size > maxBytes) throw known === undefined ? tooLarge(maxBytes, url) : wrongSize(known, 'longer', url);
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (known !== undefined && size !== known) throw wrongSize(known, 'shorter', url);
  const actual = hash.digest('hex');
  if (actual !== digestHex(digest)) {
    throw new OciError('digest-mismatch', 'the bytes of the blob do not have the requested digest', {
      expected: digest,
      actual: `${algorithm}:${actual}`,
      url,
    });
  }
  if (held !== undefined) yield held;
}

function tooLarge(maxBytes: number, url: string): OciError {
  return new OciError('too-large', `the blob is larger than ${maxBytes} bytes`, { expected: maxBytes, url });
}

function wrongSize(expected: number, how: string, url: string): OciError {
  return new OciError('size-mismatch', `the blob is ${how} than its descriptor says`, {
    expected,
    url,
  });
}
