import {
  checkOptions,
  expecting,
  type KnownKeys,
  isEncodingError,
  type OptionTable,
  parseJsonStrict,
  requireBytes,
} from '@sigtrail/encoding';
import {
  type Descriptor,
  isAbsent,
  readAnnotations,
  readDescriptor,
  readDescriptors,
  ShapeError,
} from './descriptor.ts';
import type { Digest } from '../reference/digest.ts';
import { OciError } from '../error.ts';
import { baseMediaType, manifestKind, ociIndex, ociManifest, saysNothing } from './media-types.ts';

/** An image or artifact manifest. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The manifest's own `subject`: a lead, not proof. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image index, or Docker's manifest list. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  /** The index's own `subject`: a lead, not proof. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Either; `kind` distinguishes them. */
export type Manifest = ImageManifest | ImageIndex;

/** Manifest bytes, with the digest computed from them. */
export interface FetchedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  /** The mirror that said what the tag names (`tags: true`), which may be days behind. Absent if the registry said it, and for a digest. */
  readonly mirror?: string;
}

/** Where the media type of a manifest came from. */
export interface ManifestSource {
  /** `Content-Type`, or the media type of the descriptor that led here. */
  readonly declared?: string | undefined;
  /** Whether to derive a media type from the shape if neither the bytes nor the source name one (OCI 1.0 left it optional; files have no header). */
  readonly guess?: boolean | undefined;
  /** Most layers or entries. 1 000. */
  readonly maxDescriptors?: number | undefined;
  readonly url?: string | undefined;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const SOURCE: OptionTable<ManifestSource> = {
  declared: expecting('a media type', isText),
  guess: expecting('a boolean', (value) => typeof value === 'boolean'),
  maxDescriptors: expecting('a whole number', (value) => Number.isSafeInteger(value) && Number(value) >= 0),
  url: expecting('a string', isText),
};

/**
 * Reads a manifest. Refuses anything that two readers could understand differently.
 *
 * @throws OciError `invalid-manifest`, `unsupported-media-type`
 */
export function parseManifest(bytes: Uint8Array, source: ManifestSource = {}): Manifest {
  const { body, kind, mediaType } = openManifest(bytes, source);
  return readShape(source, () => readFields(body, kind, mediaType));
}

/** A list whose entries were read one by one. */
export interface EntryList {
  readonly entries: readonly Descriptor[];
  /** What is wrong with each entry that was left out: `entry 3 (sha256:…): size must be a whole number`. */
  readonly malformed: readonly string[];
}

/**
 * Reads an index as a list of leads: an unreadable entry doesn't spoil the good ones. The caller must not conclude that a missing entry is
 * absent. The platform of an entry says nothing about a referrer, so an empty platform (some registries copy it) is ignored.
 *
 * @throws OciError `invalid-manifest`, `unsupported-media-type`, `too-large`
 */
export function parseEntryList(bytes: Uint8Array, source: ManifestSource = {}): EntryList {
  const { body, kind, mediaType } = openManifest(bytes, source);
  if (kind !== 'index')
    throw new OciError('unsupported-media-type', 'the list is an image, not an index', {
      actual: mediaType,
      url: source.url,
    });
  const entries: Descriptor[] = [];
  const malformed: string[] = [];
  const listed = readShape(source, () => {
    readFields({ ...body, manifests: [] }, kind, mediaType); // the fields around the entries
    const list = body['manifests'] ?? [];
    if (!Array.isArray(list)) throw new ShapeError('manifests must be a list');
    return list as readonly unknown[];
  });
  for (const [index, entry] of listed.entries()) {
    try {
      const lead = typeof entry === 'object' && entry !== null ? { ...entry, platform: undefined } : entry;
      entries.push(readDescriptor(lead, 'it'));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      malformed.push(`entry ${index + 1}${nameOf(entry)}: ${error.message.replace(/^it[. ]/, '')}`);
    }
  }
  return { entries, malformed };
}

// Its digest, if that can be shown.
function nameOf(entry: unknown): string {
  const digest = typeof entry === 'object' && entry !== null && 'digest' in entry ? entry.digest : undefined;
  return typeof digest === 'string' && /^[A-Za-z0-9+._:-]{1,160}$/.test(digest) ? ` (${digest})` : '';
}

interface OpenedManifest {
  readonly body: Readonly<Record<string, unknown>>;
  readonly kind: Manifest['kind'];
  readonly mediaType: string;
}

/** The JSON of a manifest, once its kind is known. */
function openManifest(bytes: Uint8Array, source: ManifestSource): OpenedManifest {
  requireBytes(bytes, 'parseManifest', 'bytes');
  checkOptions(source, SOURCE, 'parseManifest');
  const { url } = source;
  const body = parseStrict(bytes, url);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new OciError('invalid-manifest', 'the manifest is not a JSON object', { url });
  const mediaType = decideMediaType(body, source);
  const kind = manifestKind(mediaType);
  if (kind === undefined) {
    throw new OciError('unsupported-media-type', 'neither an OCI nor a Docker v2 manifest or index', {
      actual: mediaType.slice(0, 255),
      url,
    });
  }
  // CVE-2021-41190: the same bytes must not be an index for one reader and an image for another, whatever type they are delivered as.
  const isImage = 'layers' in body || 'config' in body || 'fsLayers' in body;
  if ('manifests' in body ? isImage || kind === 'image' : kind === 'index') {
    throw new OciError(
      'invalid-manifest',
      kind === 'index' ? 'an index has "manifests", but no "layers" or "config"' : 'an image has no "manifests"',
      { url },
    );
  }
  const maxDescriptors = source.maxDescriptors ?? 1000;
  for (const list of Object.values(body)) {
    if (Array.isArray(list) && list.length > maxDescriptors)
      throw new OciError('too-large', `the manifest lists more than ${maxDescriptors} descriptors`, {
        actual: list.length,
        url,
      });
  }
  return { body: body as Readonly<Record<string, unknown>>, kind, mediaType }; // an object, checked above
}

function readShape<T>({ url }: ManifestSource, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new OciError('invalid-manifest', `the manifest is malformed: ${error.message}`, { url });
  }
}

function parseStrict(bytes: Uint8Array, url: string | undefined): unknown {
  try {
    // The size was capped when the bytes were read; the caller chooses the number of descriptors.
    return parseJsonStrict(bytes, { maxBytes: bytes.byteLength, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    if (!isEncodingError(cause)) throw cause;
    const code = cause.code === 'too-large' ? 'too-large' : 'invalid-manifest';
    throw new OciError(code, `the manifest can’t be read: ${cause.message}`, { url, cause });
  }
}

function readFields(body: Readonly<Record<string, unknown>>, kind: Manifest['kind'], mediaType: string): Manifest {
  const { schemaVersion, artifactType, subject, annotations } = body;
  if (schemaVersion !== 2) throw new ShapeError('schemaVersion must be 2');
  if (!isAbsent(artifactType) && typeof artifactType !== 'string')
    throw new ShapeError('artifactType must be a string');
  const shared = {
    mediaType,
    ...(isAbsent(artifactType) ? {} : { artifactType }),
    ...(isAbsent(subject) ? {} : { subject: readDescriptor(subject, 'subject') }),
    ...(isAbsent(annotations) ? {} : { annotations: readAnnotations(annotations, 'annotations') }),
  };
  if (kind === 'index') return { kind, ...shared, manifests: readDescriptors(body['manifests'], 'manifests') };
  const config = readDescriptor(body['config'], 'config');
  return { kind, ...shared, config, layers: readDescriptors(body['layers'], 'layers') };
}

function decideMediaType(body: object, source: ManifestSource): string {
  const { url } = source;
  const head = body as { readonly schemaVersion?: unknown; readonly mediaType?: unknown };
  if (head.schemaVersion === 1)
    throw new OciError('unsupported-media-type', 'Docker schema 1 manifests are not supported', {
      actual: 'schemaVersion 1',
      url,
    });
  const declared = baseMediaType(source.declared);
  const own = typeof head.mediaType === 'string' && head.mediaType !== '' ? head.mediaType : undefined;
  if (own === undefined && head.mediaType !== undefined && head.mediaType !== null && head.mediaType !== '') {
    throw new OciError('invalid-manifest', '"mediaType" is not a string', { url });
  }
  if (declared !== undefined && !saysNothing(declared)) {
    if (own !== undefined && own !== declared) {
      throw new OciError(
        'invalid-manifest',
        'the manifest’s mediaType differs from the Content-Type it was delivered with',
        {
          expected: declared.slice(0, 255),
          actual: own.slice(0, 255),
          url,
        },
      );
    }
    return declared;
  }
  if (own !== undefined) return own;
  if (source.guess === true) return 'manifests' in body ? ociIndex : ociManifest;
  throw new OciError('unsupported-media-type', 'neither the answer nor the manifest names a manifest type', {
    actual: declared ?? 'none',
    url,
  });
}

// Go ignores the case of a struct's members, and JavaScript does not: `"Layers"` would be layers for cosign and nothing for us.
const KNOWN_KEYS: KnownKeys = {
  names: [
    'schemaVersion',
    'mediaType',
    'artifactType',
    'config',
    'layers',
    'manifests',
    'subject',
    'annotations',
    'digest',
    'size',
    'data',
    'urls',
    'platform',
    'architecture',
    'os',
    'os.version',
    'os.features',
    'variant',
    'features',
    'fsLayers',
  ],
  within: ['config', 'layers', 'manifests', 'subject', 'platform'],
};
