/**
 * The greatest number of entries that can be filled if each signer fills at most one entry and each entry is filled at most once: maximum bipartite
 * matching by augmenting paths (Kuhn). `fits[signer]` lists the entries that the signer could fill.
 */
export function maximumMatching(fits: readonly (readonly number[])[]): number {
  const signerOf = new Map<number, number>();
  let size = 0;
  for (const signer of fits.keys()) if (place(signer, fits, signerOf, new Set())) size += 1;
  return size;
}

/** Finds an entry for a signer; the signer that holds the entry may move to another entry. Depth is bounded by the number of entries. */
function place(
  signer: number,
  fits: readonly (readonly number[])[],
  signerOf: Map<number, number>,
  tried: Set<number>,
): boolean {
  for (const entry of fits[signer] ?? []) {
    if (tried.has(entry)) continue;
    tried.add(entry);
    const holder = signerOf.get(entry);
    if (holder === undefined || place(holder, fits, signerOf, tried)) {
      signerOf.set(entry, signer);
      return true;
    }
  }
  return false;
}
