import { checkOptions, type OptionTable, requireList, requireObject } from '@sigtrail/encoding';
import { anObject, aText } from '../option-checks.ts';
import { digestOf } from './digest.ts';
import { MEDIA_TYPE } from './media-type.ts';
import type { ContentDescriptor } from './stored-manifest.ts';

/** Content of a manifest that is not pushed yet: bytes, and how the manifest shall describe them. */
export interface ManifestPart {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a manifest points back at, and what it says it is. */
export interface ManifestExtras {
  readonly subject?: ContentDescriptor;
  readonly artifactType?: string;
}

const EXTRAS: OptionTable<ManifestExtras> = { subject: anObject, artifactType: aText };

/** The `{}` that artifacts use as their config (image-spec §guidance-for-an-empty-descriptor). */
export const EMPTY_CONFIG: ManifestPart = { bytes: Buffer.from('{}'), mediaType: MEDIA_TYPE.empty };

/** The descriptor of some bytes. */
export function descriptorOf(part: ManifestPart): ContentDescriptor {
  requireObject(part, 'descriptorOf', 'part', ['bytes', 'mediaType']);
  const { bytes, mediaType, annotations } = part;
  return {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * The bytes of an OCI image manifest over this config and these layers (image-spec §manifest). Push the parts as well:
 * the manifest only names them.
 *
 * @example
 * const layer = { bytes: Buffer.from('hello'), mediaType: 'text/plain' };
 * registry.putBlob('acme/app', layer.bytes);
 * registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
 * registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, [layer]), MEDIA_TYPE.manifest, 'v1');
 */
export function manifestOf(
  config: ManifestPart,
  layers: readonly ManifestPart[],
  annotations?: Readonly<Record<string, string>>,
  extras: ManifestExtras = {},
): Buffer {
  requireList(layers, 'manifestOf', 'layers');
  checkExtras(annotations, extras, 'manifestOf');
  const { subject, artifactType } = extras;
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      artifactType,
      config: descriptorOf(config),
      layers: layers.map(descriptorOf),
      subject,
      annotations,
    }),
  );
}

/** The bytes of an OCI image index over these manifests (image-spec §image-index). */
export function indexOf(
  manifests: readonly ContentDescriptor[],
  annotations?: Readonly<Record<string, string>>,
  extras: ManifestExtras = {},
): Buffer {
  requireList(manifests, 'indexOf', 'manifests');
  checkExtras(annotations, extras, 'indexOf');
  const { subject, artifactType } = extras;
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, artifactType, manifests, subject, annotations }),
  );
}

function checkExtras(annotations: unknown, extras: ManifestExtras, door: string): void {
  if (annotations !== undefined) requireObject(annotations, door, 'annotations');
  checkOptions(extras, EXTRAS, door);
}
