import {
  checkOptions,
  type OptionTable,
  requireBytes,
  requireList,
  requireObject,
  requireText,
} from '@sigtrail/encoding';
import { aDate, anObject, aText } from '../option-checks.ts';
import { describeBytes, type PackedDescriptor } from './packed-descriptor.ts';
import { type BundleJson } from './bundle.ts';
import type { LegacyLayer } from './legacy-layer.ts';
import { toRfc3339 } from './validity.ts';

/** A manifest with every blob that it names: all that must be pushed. */
export interface PackedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
  readonly descriptor: PackedDescriptor;
  readonly blobs: readonly Buffer[];
}

/** Whatever takes manifests and blobs, such as a `FakeRegistry`. */
export interface ManifestSink {
  putManifest(repository: string, bytes: Uint8Array, mediaType: string, tag?: string): string;
  putBlob(repository: string, bytes: Uint8Array): string;
}

/** The manifest of a referrer that carries a bundle. */
export interface BundleManifestOptions {
  /** Default the media type of the bundle. */
  readonly artifactType?: string;
  /** `org.opencontainers.image.created`. */
  readonly created?: Date;
  readonly annotations?: Readonly<Record<string, string>>;
}

const BUNDLE_MANIFEST: OptionTable<BundleManifestOptions> = {
  artifactType: aText,
  created: aDate,
  annotations: anObject,
};

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/**
 * The manifest of a `.sig` or `.att` tag: one layer for each signature. With a `subject`, cosign's OCI 1.1 experiment. `before` is the manifest whose
 * layers come first.
 */
export function signatureManifest(
  layers: readonly LegacyLayer[],
  subject?: PackedDescriptor,
  before?: Uint8Array,
): PackedManifest {
  requireList(layers, 'signatureManifest', 'layers');
  if (subject !== undefined) requireObject(subject, 'signatureManifest', 'subject', ['digest']);
  if (before !== undefined) requireBytes(before, 'signatureManifest', 'before');
  const all = [...(before === undefined ? [] : layersOf(before)), ...layers.map(({ layer }) => layer)];
  const diffIds = all.map(({ digest }) => digest);
  const history = all.map(() => ({ created: '0001-01-01T00:00:00Z' }));
  const image = {
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    history,
    os: '',
    rootfs: { type: 'layers', diff_ids: diffIds },
    config: {},
  };
  const config = Buffer.from(JSON.stringify(image));
  const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  const configType = subject === undefined ? 'application/vnd.oci.image.config.v1+json' : artifactType;
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    ...(subject === undefined ? {} : { artifactType }),
    config: { ...describeBytes(configType, config) },
    layers: all,
    ...(subject === undefined ? {} : { subject }),
  };
  return pack(manifest, [config, ...layers.map(({ payload }) => payload)]);
}

function layersOf(manifest: Uint8Array): readonly PackedDescriptor[] {
  return (JSON.parse(Buffer.from(manifest).toString('utf8')) as { readonly layers: readonly PackedDescriptor[] })
    .layers;
}

/** The referrer that carries a bundle, as cosign 3 writes it. */
export function bundleManifest(
  bundle: BundleJson,
  subject: PackedDescriptor,
  options: BundleManifestOptions = {},
): PackedManifest {
  requireObject(bundle, 'bundleManifest', 'bundle', ['mediaType']);
  requireObject(subject, 'bundleManifest', 'subject', ['digest']);
  checkOptions(options, BUNDLE_MANIFEST, 'bundleManifest');
  const artifactType = options.artifactType ?? bundle.mediaType;
  const config = Buffer.from('{}');
  const layer = Buffer.from(JSON.stringify(bundle));
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: { ...describeBytes('application/vnd.oci.empty.v1+json', config), artifactType },
    layers: [describeBytes(bundle.mediaType, layer)],
    annotations: {
      ...contentAnnotations(bundle),
      ...(options.created === undefined ? {} : { 'org.opencontainers.image.created': toRfc3339(options.created) }),
      ...options.annotations,
    },
    subject: { mediaType, size, digest },
    artifactType,
  };
  return pack(manifest, [config, layer]);
}

/** Pushes a manifest and its blobs. */
export function pushManifest(sink: ManifestSink, repository: string, packed: PackedManifest, tag?: string): string {
  requireObject(sink, 'pushManifest', 'sink', ['putBlob', 'putManifest']);
  requireText(repository, 'pushManifest', 'repository');
  requireObject(packed, 'pushManifest', 'packed', ['blobs', 'bytes', 'mediaType']);
  if (tag !== undefined) requireText(tag, 'pushManifest', 'tag');
  for (const blob of packed.blobs) sink.putBlob(repository, blob);
  return sink.putManifest(repository, packed.bytes, packed.mediaType, tag);
}

function contentAnnotations(bundle: BundleJson): Readonly<Record<string, string>> {
  if (bundle.dsseEnvelope === undefined) return { 'dev.sigstore.bundle.content': 'message-signature' };
  const predicateType = predicateTypeOf(bundle.dsseEnvelope.payload);
  return {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    ...(predicateType === undefined ? {} : { 'dev.sigstore.bundle.predicateType': predicateType }),
  };
}

/** A payload need not be a statement, or JSON at all. */
function predicateTypeOf(payload: string): string | undefined {
  const text = Buffer.from(payload, 'base64').toString('utf8');
  return /"predicateType":"([^"]*)"/.exec(text)?.[1];
}

function pack(
  manifest: { readonly mediaType: string; readonly artifactType?: string },
  blobs: readonly Buffer[],
): PackedManifest {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const descriptor = describeBytes(manifest.mediaType, bytes);
  const { artifactType } = manifest;
  return {
    bytes,
    mediaType: manifest.mediaType,
    digest: descriptor.digest,
    descriptor: artifactType === undefined ? descriptor : { ...descriptor, artifactType },
    blobs,
  };
}
