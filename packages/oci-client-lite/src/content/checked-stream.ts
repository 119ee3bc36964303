import { createHash } from 'node:crypto';
import type { Descriptor } from './descriptor.ts';
import { digestAlgorithm, digestHex } from '../reference/digest.ts';
import { OciError } from '../error.ts';

/**
 * The bytes of a blob, hashed as they pass. The last piece is held back until size and digest are right, so that no reader gets the whole of
 * a wrong blob, and a reader that ignores errors gets less than it needs.
 *
 * @throws OciError `size-mismatch`, `digest-mismatch` in place of the last piece
 */
export async function* checkedStream(
  source: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  url: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const algorithm = digestAlgorithm(descriptor.digest);
  const hash = createHash(algorithm);
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    size += piece.byteLength;
    if (size > descriptor.size) throw wrongSize(descriptor, 'longer', url);
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (size !== descriptor.size) throw wrongSize(descriptor, 'shorter', url);
  const actual = hash.digest('hex');
  if (actual !== digestHex(descriptor.digest)) {
    throw new OciError('digest-mismatch', 'the bytes of the blob are not the ones asked for', {
      expected: descriptor.digest,
      actual: `${algorithm}:${actual}`,
      url,
    });
  }
  if (held !== undefined) yield held;
}

function wrongSize(descriptor: Descriptor, how: string, url: string): OciError {
  return new OciError('size-mismatch', `the blob is ${how} than its descriptor says`, {
    expected: descriptor.size,
    url,
  });
}
