import type { Descriptor } from 'oci-client-lite';
import { failureOf } from './failure.ts';
import type { Search } from './search.ts';
import type { Find, FindKind } from './triangulation.ts';
import { withinBudget } from './within-budget.ts';

const mib = 1024 * 1024;
/** Bytes held of one location: 1 000 bundles of 16 MiB would be 16 GiB. A thousand honest ones are some 20 MiB. */
const maxLocationBytes = 256 * mib;

/**
 * Fetches the bytes of the wanted finds of one location into `search.contents`. A layer that can't be read, or is too large, says so in
 * `unread` and disturbs no other.
 */
export async function fetchContents(search: Search, finds: readonly Find[]): Promise<readonly Find[]> {
  if (!search.fetch) return finds;
  const layers = new Map(
    finds.flatMap(({ kind, layer }) =>
      layer === undefined || !search.wanted.has(kind) || layer.size > capOf(search, kind)
        ? []
        : [[keyOf(layer), layer]],
    ),
  );
  const budget = Math.max(maxLocationBytes, search.maxBundleBytes);
  const affordable = withinBudget([...layers.values()], ({ size }) => size, budget);
  const allowed = new Set([...affordable].map(keyOf));
  return Promise.all(
    finds.map(async (find) => {
      const { kind, layer } = find;
      if (layer === undefined || !search.wanted.has(kind)) return find;
      const cap = capOf(search, kind);
      if (layer.size > cap) return { ...find, unread: tooLarge(`${layer.size} bytes; the limit is ${cap}`) };
      if (!allowed.has(keyOf(layer))) return { ...find, unread: tooLarge(`more than ${budget} bytes in one location`) };
      const unread = await fetchOnce(search, layer);
      return unread === undefined ? find : { ...find, unread };
    }),
  );
}

function capOf({ maxBundleBytes }: Search, kind: FindKind): number {
  switch (kind) {
    case 'cosign-signature':
    case 'oci11-signature':
      return mib;
    case 'sigstore-bundle':
      return maxBundleBytes;
    case 'cosign-attestation':
    case 'dsse-attestation':
    case 'cosign-sbom':
      return 128 * mib; // SBOMs of large images, signed or not, have tens of megabytes
    case 'unknown-referrer':
      return 0;
  }
}

// Two descriptors can give one digest different sizes; only one of them is right, and each must hear for itself.
function keyOf({ digest, size }: Descriptor): string {
  return `${digest} ${size}`;
}

function fetchOnce(search: Search, layer: Descriptor): Promise<Find['unread']> {
  const key = keyOf(layer);
  const known = search.fetching.get(key);
  if (known !== undefined) return known;
  const fetching = fetchLayer(search, layer);
  search.fetching.set(key, fetching);
  return fetching;
}

async function fetchLayer({ repository, reader, contents }: Search, layer: Descriptor): Promise<Find['unread']> {
  try {
    // The declared size is the cap: it was checked against the limit of its kind.
    const bytes = await reader.read((options) => repository.fetchBlob(layer, { ...options, maxBytes: layer.size }));
    contents.set(layer.digest, bytes);
    return undefined;
  } catch (error) {
    const { code, message } = failureOf(error);
    return { code, message };
  }
}

function tooLarge(message: string): NonNullable<Find['unread']> {
  return { code: 'too-large', message };
}
