import { requireSize } from './require-size.ts';
import { assertKeys } from '../policy/parse-options.ts';
import type { ContentStore } from 'oci-client-lite';

/** How large a store in memory may become. */
export interface MemoryStoreOptions {
  /** The limit for all contents together. Default 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * Keeps content in the memory of this process, for several verifiers to share: each already has its own. The least recently used content goes first.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const blobs = memoryStore({ maxBytes: 256 * 1024 ** 2 });
 * const [ours, theirs] = [createVerifier({ trust: { file: 'ours.json' }, stores: { blobs } }), createVerifier({ stores: { blobs } })];
 */
export function memoryStore(options: MemoryStoreOptions = {}): ContentStore {
  assertKeys(options, ['maxBytes'], 'options');
  const { maxBytes = 64 * 1024 ** 2 } = options;
  requireSize(maxBytes, 'maxBytes');
  const contents = new Map<string, Uint8Array>();
  let total = 0;
  const drop = (key: string): void => {
    total -= contents.get(key)?.byteLength ?? 0;
    contents.delete(key);
  };
  return {
    get: (key) => {
      const bytes = contents.get(key);
      if (bytes === undefined) return undefined;
      contents.delete(key);
      contents.set(key, bytes);
      return bytes;
    },
    set: (key, bytes) => {
      drop(key);
      if (bytes.byteLength > maxBytes) return;
      contents.set(key, Uint8Array.from(bytes));
      total += bytes.byteLength;
      for (const oldest of contents.keys()) {
        if (total <= maxBytes) break;
        drop(oldest);
      }
    },
  };
}
