import { encodeHex } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';

/**
 * The page of a public-good entry on search.sigstore.dev, by its global log index. Only entries of rekor.sigstore.dev are there.
 *
 * @throws RekorError `invalid-entry` for a negative or unsafe index
 * @example searchUrl(658949562) // 'https://search.sigstore.dev/?logIndex=658949562'
 */
export function searchUrl(logIndex: number): string {
  if (!Number.isSafeInteger(logIndex) || logIndex < 0) {
    throw new RekorError('invalid-entry', 'a log index must be a whole number from 0 to 2^53-1', { path: 'logIndex' });
  }
  return `https://search.sigstore.dev/?logIndex=${String(logIndex)}`;
}

/**
 * The 80-digit id under which Rekor v1 serves an entry: the tree id in 16 hexadecimal digits, then the leaf hash.
 * `treeId` is the number in the checkpoint's origin (`checkpointTreeId`), or its decimal text.
 *
 * @throws RekorError `invalid-entry` for a tree id outside 1 to 2^63-1 or a leaf hash that is not 32 bytes
 */
export function entryUuid(treeId: bigint | string, leafHash: Uint8Array): string {
  if (typeof treeId === 'string' && !/^[1-9][0-9]{0,18}$/.test(treeId)) {
    throw new RekorError('invalid-entry', 'a tree id must be a decimal number', { path: 'treeId' });
  }
  const tree = BigInt(treeId);
  // Trillian tree ids are positive int64; 0 never names a tree.
  if (tree <= 0n || tree >= 2n ** 63n)
    throw new RekorError('invalid-entry', 'a tree id must be from 1 to 2^63-1', { path: 'treeId' });
  if (leafHash.byteLength !== 32)
    throw new RekorError('invalid-entry', 'a leaf hash must be 32 bytes', { path: 'leafHash' });
  return tree.toString(16).padStart(16, '0') + encodeHex(leafHash);
}
