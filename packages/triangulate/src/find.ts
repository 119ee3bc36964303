import type { Descriptor, Digest } from 'oci-client-lite';
import { bundleVersionOf, type PlacedLayer } from './classify.ts';
import type { Search } from './search.ts';
import type { Find } from './triangulation.ts';

/** What is known about an attached manifest. */
export interface FoundManifest {
  readonly kind: Find['kind'];
  readonly carrier: Find['carrier'];
  readonly tag?: string;
  readonly manifestDigest: Digest;
  /** What the manifest claims to be about. */
  readonly subject?: Digest | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Descriptor['annotations'];
}

/** A find without a layer: of an unknown kind, or not read. */
export function toFind(
  search: Pick<Search, 'repository' | 'digest'>,
  found: FoundManifest,
  unread?: Find['unread'],
): Find {
  return build(search, found, undefined, unread);
}

/** A find for each layer. Two layers may have the same digest and different annotations, so a layer is identified by its place. */
export function toFinds(
  search: Pick<Search, 'repository' | 'digest'>,
  found: FoundManifest,
  layers: readonly PlacedLayer[],
): readonly Find[] {
  return layers.map((placed) => build(search, found, placed, undefined));
}

function build(
  { repository, digest }: Pick<Search, 'repository' | 'digest'>,
  { kind, carrier, tag, manifestDigest, subject, artifactType, annotations }: FoundManifest,
  placed: PlacedLayer | undefined,
  unread: Find['unread'],
): Find {
  const layer = placed?.layer;
  const layerIndex = placed?.layerIndex ?? 0;
  const hint =
    annotations?.['dev.sigstore.bundle.predicateType'] ??
    layer?.annotations?.['predicateType'] ??
    layer?.annotations?.['in-toto.io/predicate-type'];
  const bundleVersion =
    kind === 'sigstore-bundle' ? (bundleVersionOf(layer?.mediaType) ?? bundleVersionOf(artifactType)) : undefined;
  return {
    id: `${manifestDigest}#${layerIndex}`,
    kind,
    carrier,
    ...(tag === undefined ? {} : { tag }),
    repository: repository.name,
    signs: digest,
    manifestDigest,
    ...(subject === undefined || subject === digest ? {} : { otherSubject: subject }),
    ...(artifactType === undefined || artifactType === '' ? {} : { artifactType }),
    ...(hint === undefined || hint === '' ? {} : { predicateTypeHint: hint }),
    ...(bundleVersion === undefined ? {} : { bundleVersion }),
    ...(layer === undefined ? {} : { layer }),
    layerIndex,
    unsignedAnnotations: { ...layer?.annotations },
    unsignedManifestAnnotations: { ...annotations },
    ...(unread === undefined ? {} : { unread }),
  };
}
