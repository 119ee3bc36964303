import { optionError } from '@sigtrail/encoding';
import type { OciClientOptions } from 'oci-client-lite';
import { checkClientOptions } from 'oci-client-lite/names';
import type { VerifierOptions } from './options.ts';
import { assertKeys } from './policy/parse-options.ts';

/**
 * The options of a verifier's client, with its stores. Checked now, though the client is only made with the first question. A copy: changing the object afterwards changes nothing.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function parseRegistry(
  registry: VerifierOptions['registry'] = {},
  stores: VerifierOptions['stores'],
): OciClientOptions {
  if (typeof registry !== 'object' || registry === null || Array.isArray(registry))
    throw optionError('invalid-option', '"registry" must be an object with options of oci-client-lite');
  const own = { ...registry };
  checkClientOptions(own);
  const stored = withStores(own, stores);
  if (stored !== own) checkClientOptions(stored);
  return stored;
}

/** The stores are the client's. If they were given in both places, one would be ignored. */
function withStores(registry: OciClientOptions, stores: VerifierOptions['stores']): OciClientOptions {
  if (stores === undefined) return registry;
  assertKeys(stores, ['blobs', 'listings'], 'stores');
  const { blobs, listings } = stores;
  if (blobs === undefined && listings === undefined)
    throw optionError('invalid-option', '"stores" must have "blobs", "listings" or both');
  return {
    ...registry,
    ...(blobs === undefined ? {} : { cache: cacheWith(blobs, registry) }),
    ...(listings === undefined ? {} : { listings: listingsWith(listings, registry) }),
  };
}

type Stores = NonNullable<VerifierOptions['stores']>;

function cacheWith(store: NonNullable<Stores['blobs']>, { cache = {} }: OciClientOptions): OciClientOptions['cache'] {
  if (cache !== false && cache.store !== undefined)
    throw optionError('invalid-option', '"stores.blobs" and "registry.cache.store" are the same: give one of them');
  if (!isStore(store))
    throw optionError(
      'invalid-option',
      '"stores.blobs" must be a store, such as directoryStore(path) of sigtrail/stores',
    );
  return { ...(cache === false ? { maxBytes: 0 } : cache), store };
}

const MIN_KEY_BYTES = 32;

function listingsWith(
  given: NonNullable<Stores['listings']>,
  { listings }: OciClientOptions,
): NonNullable<Stores['listings']> {
  if (listings !== undefined)
    throw optionError('invalid-option', '"stores.listings" and "registry.listings" are the same: give one of them');
  assertKeys(given, ['store', 'key', 'maxAgeMs', 'asker', 'clock'], 'stores.listings');
  const { store, key, maxAgeMs } = given;
  if (!isStore(store))
    throw optionError(
      'invalid-option',
      '"stores.listings.store" must be a store, such as directoryStore(path) of sigtrail/stores',
    );
  if (!(key instanceof Uint8Array) || key.byteLength < MIN_KEY_BYTES)
    throw optionError(
      'invalid-option',
      `"stores.listings.key" must be at least ${MIN_KEY_BYTES} random bytes, which the store does not hold: randomBytes(${MIN_KEY_BYTES}) of node:crypto, once for all processes`,
    );
  if (maxAgeMs !== undefined && !(Number.isSafeInteger(maxAgeMs) && maxAgeMs > 0 && maxAgeMs <= 86_400_000))
    throw optionError(
      'invalid-option',
      '"stores.listings.maxAgeMs" must be a whole number from 1 to 86,400,000, a day',
    );
  return { ...given };
}

function isStore(value: unknown): boolean {
  const { get, set } = (value ?? {}) as { readonly get?: unknown; readonly set?: unknown };
  return typeof get === 'function' && typeof set === 'function';
}
