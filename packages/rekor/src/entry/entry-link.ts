import { createHash, type KeyObject } from 'node:crypto';

import { encodeHex, optionError, requireBytes, requireObject } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';

/** Which log an entry is in: by its key, since any log can claim any name. */
export interface LogIdentity {
  readonly publicKey: KeyObject;
  readonly baseUrl?: string;
}

/**
 * The page of an entry on search.sigstore.dev, by its global log index. The page knows one log, Rekor v1 of the public-good instance: for every other
 * log, the same number there is a stranger's entry, so there is no link.
 *
 * @throws RekorError `invalid-entry` for a negative or unsafe index
 * @example searchUrl(log, 658949562) // 'https://search.sigstore.dev/?logIndex=658949562', or undefined
 */
export function searchUrl(log: LogIdentity, logIndex: number): string | undefined {
  requireObject(log, 'searchUrl', 'log');
  if (!Number.isSafeInteger(logIndex) || logIndex < 0) {
    throw new RekorError(
      'invalid-entry',
      `the log index is ${String(logIndex)}; expected a whole number from 0 to 2^53-1`,
      { path: 'logIndex' },
    );
  }
  return isSearchable(log) ? `https://search.sigstore.dev/?logIndex=${String(logIndex)}` : undefined;
}

/** SHA-256 of the key of https://rekor.sigstore.dev, which is also its log id. */
const SEARCHABLE_LOG = 'c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d';

function isSearchable({ publicKey, baseUrl }: LogIdentity): boolean {
  if (baseUrl?.replace(/\/$/, '') !== 'https://rekor.sigstore.dev') return false;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex') === SEARCHABLE_LOG;
}

/**
 * The 80-digit id under which Rekor v1 serves an entry: the tree id in 16 hexadecimal digits, then the leaf hash.
 * `treeId` is the number in the checkpoint's origin (`checkpointTreeId`), or its decimal text.
 *
 * @throws RekorError `invalid-entry` for a tree id outside 1 to 2^63-1 or a leaf hash that is not 32 bytes
 */
export function entryUuid(treeId: bigint | string, leafHash: Uint8Array): string {
  if (typeof treeId !== 'bigint' && typeof treeId !== 'string')
    throw optionError('invalid-option', 'entryUuid: "treeId" must be a bigint or a string');
  requireBytes(leafHash, 'entryUuid', 'leafHash');
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
