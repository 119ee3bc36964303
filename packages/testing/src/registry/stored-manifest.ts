import { type ContentDigest, digestOf } from './digest.ts';
import { MEDIA_TYPE } from './media-type.ts';

/** A descriptor as manifests, indexes and referrers lists show it (image-spec §descriptor). */
export interface ContentDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** In an index: what the manifest runs on. */
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

/** A manifest in the registry: its bytes as they were pushed, and what was read from them once. */
export interface StoredManifest {
  readonly bytes: Uint8Array;
  /** The Content-Type it is served with: the pusher's word, not necessarily what the bytes say. */
  readonly mediaType: string;
  /** Digest of the manifest that this one refers to. */
  readonly subject?: string;
  /** What an index lists; empty for any other manifest. */
  readonly entries: readonly ContentDescriptor[];
  /** How the referrers API lists it (distribution-spec §listing-referrers). */
  readonly descriptor: ContentDescriptor;
}

/** Reads what a registry must know of a manifest. Bytes that are no manifest are stored all the same, without a subject. */
export function toStoredManifest(
  bytes: Uint8Array,
  mediaType: string,
  digest: ContentDigest = digestOf(bytes),
): StoredManifest {
  const manifest = readObject(bytes) ?? {};
  const subject = text(object(manifest['subject'])?.['digest']);
  // distribution-spec §listing-referrers: an image manifest without artifactType is listed with its config's media type.
  const artifactType = text(manifest['artifactType']) ?? text(object(manifest['config'])?.['mediaType']);
  const annotations = object(manifest['annotations']) as Record<string, string> | undefined;
  return {
    bytes,
    mediaType,
    ...(subject === undefined ? {} : { subject }),
    entries: listed(manifest['manifests']),
    descriptor: {
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** The media type of bytes that look like a manifest, or `undefined` for every other blob. */
export function manifestMediaType(bytes: Uint8Array): string | undefined {
  const manifest = readObject(bytes);
  if (manifest?.['schemaVersion'] !== 2) return undefined;
  // `mediaType` is optional in OCI manifests (image-spec §manifest), so the shape has to tell.
  const told = text(manifest['mediaType']);
  if (Array.isArray(manifest['manifests'])) return told ?? MEDIA_TYPE.index;
  if (Array.isArray(manifest['layers'])) return told ?? MEDIA_TYPE.manifest;
  return undefined;
}

/** The entries of an index that name a digest. */
function listed(manifests: unknown): readonly ContentDescriptor[] {
  if (!Array.isArray(manifests)) return [];
  return manifests.flatMap((entry: unknown) => {
    const { digest, mediaType, size, annotations } = object(entry) ?? {};
    if (typeof digest !== 'string' || typeof mediaType !== 'string' || typeof size !== 'number') return [];
    const noted = object(annotations) as Record<string, string> | undefined;
    return [{ digest, mediaType, size, ...(noted === undefined ? {} : { annotations: noted }) }];
  });
}

function readObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (bytes[0] !== 0x7b) return undefined;
  try {
    return object(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined; // a blob that only starts like JSON
  }
}

function object(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
