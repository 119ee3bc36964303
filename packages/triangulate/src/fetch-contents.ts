import type { Descriptor } from 'oci-client-lite';
import { failureOf } from './failure.ts';
import { predicateTypeOf } from './predicate-type.ts';
import type { FoundAt, Search } from './search.ts';
import type { Find, FindKind } from './triangulation.ts';
import { withinBudget } from './within-budget.ts';

const mib = 1024 * 1024;
/** Bytes held for one location: 1 000 bundles of 16 MiB would be 16 GiB. A thousand honest ones are about 20 MiB. */
const maxLocationBytes = 256 * mib;

/**
 * Fetches the bytes of the wanted finds of a location into `search.contents`. A layer that can't be read, or is too large, says so in
 * `unread` and doesn't affect the others.
 */
export async function fetchContents(search: Search, found: readonly FoundAt[]): Promise<readonly Find[]> {
  const { maxBundleBytes } = search;
  const finds = found.map(({ find }) => find);
  if (!search.fetch) return finds;
  const layers = new Map(
    finds.flatMap(({ kind, layer }) =>
      layer === undefined || !isFetched(search, kind) || layer.size > layerCap(kind, maxBundleBytes)
        ? []
        : [[keyOf(layer), layer]],
    ),
  );
  const budget = Math.max(maxLocationBytes, maxBundleBytes);
  const affordable = withinBudget([...layers.values()], ({ size }) => size, budget);
  const allowed = new Set([...affordable].map(keyOf));
  return Promise.all(
    found.map(async ({ find, step }) => {
      const { kind, layer } = find;
      if (layer === undefined || !isFetched(search, kind)) return find;
      const cap = layerCap(kind, maxBundleBytes);
      if (layer.size > cap) return { ...find, unread: tooLarge(`${layer.size} bytes; the limit is ${cap}`) };
      if (!allowed.has(keyOf(layer))) return { ...find, unread: tooLarge(`more than ${budget} bytes in one location`) };
      const unread = await fetchOnce(search, layer, step);
      return unread === undefined ? withPredicateType(search, find, layer) : { ...find, unread };
    }),
  );
}

function isFetched({ wanted, fetchesStatements = false }: Search, kind: FindKind): boolean {
  return kind !== 'unknown-referrer' && (kind !== 'buildkit-attestation' || fetchesStatements) && wanted.has(kind);
}

/** The most bytes that a layer of this kind may have. */
export function layerCap(kind: FindKind, maxBundleBytes: number): number {
  switch (kind) {
    case 'cosign-signature':
    case 'oci11-signature':
      return mib;
    case 'sigstore-bundle':
      return maxBundleBytes;
    case 'cosign-attestation':
    case 'dsse-attestation':
    case 'buildkit-attestation':
    case 'attestation-statement':
    case 'cosign-sbom':
    case 'unknown-referrer':
      return 64 * mib; // an SBOM of 17,000 components or more, in base64
  }
}

function withPredicateType({ contents }: Search, find: Find, { digest }: Descriptor): Find {
  if (find.predicateTypeHint !== undefined) return find;
  const predicateType = predicateTypeOf(find.kind, contents.get(digest));
  return predicateType === undefined ? find : { ...find, predicateTypeHint: predicateType };
}

// Two descriptors can state different sizes for the same digest. Only one of them is right, and each gets its own answer.
function keyOf({ digest, size }: Descriptor): string {
  return `${digest} ${size}`;
}

function fetchOnce(search: Search, layer: Descriptor, step: number): Promise<Find['unread']> {
  const key = `${search.repository.name} ${keyOf(layer)}`;
  const earlier = search.fetching.get(key);
  if (earlier !== undefined) return earlier;
  const fetching = fetchLayer(search, layer, step);
  search.fetching.set(key, fetching);
  return fetching;
}

async function fetchLayer(
  { repository, reader, contents }: Search,
  layer: Descriptor,
  step: number,
): Promise<Find['unread']> {
  try {
    // The declared size is the cap: it was checked against the limit of its kind.
    const { value } = await reader.read(repository, step, (options) =>
      repository.fetchBlob(layer, { ...options, maxBytes: layer.size }),
    );
    contents.set(layer.digest, value);
    return undefined;
  } catch (error) {
    const { code, message } = failureOf(error);
    return { code, message };
  }
}

function tooLarge(message: string): NonNullable<Find['unread']> {
  return { code: 'too-large', message };
}
