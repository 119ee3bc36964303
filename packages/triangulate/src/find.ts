import type { Descriptor, Digest } from 'oci-client-lite';
import type { PlacedLayer } from './classify.ts';
import type { Search } from './search.ts';
import type { Find } from './triangulation.ts';

/** What a manifest with something attached is known by. */
export interface FoundManifest {
  readonly kind: Find['kind'];
  readonly carrier: Find['carrier'];
  readonly tag?: string;
  readonly manifestDigest: Digest;
  readonly artifactType?: string | undefined;
  readonly annotations?: Descriptor['annotations'];
}

/** A find without a layer: of no known kind, or not read. */
export function toFind(search: Search, found: FoundManifest, unread?: Find['unread']): Find {
  return build(search, found, undefined, unread);
}

/** One find for each layer. Two layers may share one digest and differ in their annotations, so a layer is known by its place. */
export function toFinds(search: Search, found: FoundManifest, layers: readonly PlacedLayer[]): readonly Find[] {
  return layers.map((placed) => build(search, found, placed, undefined));
}

function build(
  { repository, digest }: Search,
  { kind, carrier, tag, manifestDigest, artifactType, annotations }: FoundManifest,
  placed: PlacedLayer | undefined,
  unread: Find['unread'],
): Find {
  const layer = placed?.layer;
  const layerIndex = placed?.layerIndex ?? 0;
  const hint = annotations?.['dev.sigstore.bundle.predicateType'] ?? layer?.annotations?.['predicateType'];
  return {
    id: `${manifestDigest}#${layerIndex}`,
    kind,
    carrier,
    ...(tag === undefined ? {} : { tag }),
    repository: repository.name,
    signs: digest,
    manifestDigest,
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(hint === undefined || hint === '' ? {} : { predicateTypeHint: hint }),
    ...(layer === undefined ? {} : { layer }),
    layerIndex,
    unsignedAnnotations: { ...layer?.annotations },
    unsignedManifestAnnotations: { ...annotations },
    ...(unread === undefined ? {} : { unread }),
  };
}
