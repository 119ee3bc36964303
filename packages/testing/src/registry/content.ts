import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A stored manifest with the Content-Type it is served with. */
export interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** A descriptor as the referrers list shows it. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything one repository holds. */
export interface RepositoryContent {
  readonly manifests: Map<string, StoredManifest>;
  readonly blobs: Map<string, Uint8Array>;
  readonly tags: Map<string, string>;
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** `sha256:` and hex. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An empty repository. */
export function emptyRepository(): RepositoryContent {
  return { manifests: new Map(), blobs: new Map(), tags: new Map() };
}

/** What refers to a digest, by the `subject` of every stored manifest (distribution-spec "Listing Referrers"). */
export function referrersOf(content: RepositoryContent, subject: string): readonly ReferrerDescriptor[] {
  return [...content.manifests].flatMap(([digest, { bytes, mediaType }]) => {
    const manifest = parse(bytes);
    if (manifest?.subject?.digest !== subject) return [];
    const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
    return [
      {
        mediaType,
        digest,
        size: bytes.length,
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
      },
    ];
  });
}

/**
 * Reads an OCI image layout: tags by `org.opencontainers.image.ref.name`, and the `kind` annotations of `cosign save`,
 * which has no tags (its `sigs` and `atts` become the tags that cosign would give them).
 */
export function loadLayout(content: RepositoryContent, directory: string): void {
  const blobs = join(directory, 'blobs', 'sha256');
  for (const name of existsSync(blobs) ? readdirSync(blobs).toSorted() : []) {
    const bytes = readFileSync(join(blobs, name));
    const digest = `sha256:${name}`;
    content.blobs.set(digest, bytes);
    const mediaType = manifestType(bytes);
    if (mediaType !== undefined) content.manifests.set(digest, { bytes, mediaType });
  }
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as { manifests: { digest: string; mediaType: string; annotations?: Record<string, string> }[] };
  const image = index.manifests.find(({ annotations }) => /\/image(Index)?$/.test(annotations?.['kind'] ?? ''));
  for (const { digest, mediaType, annotations = {} } of index.manifests) {
    const stored = content.manifests.get(digest);
    // The layout of the olareg registry keeps its lists of referrers as indexes of its own: the API makes them anew.
    if (annotations['org.olareg.referrer.subject'] !== undefined) content.manifests.delete(digest);
    else if (stored !== undefined) content.manifests.set(digest, { bytes: stored.bytes, mediaType });
    const tag = annotations['org.opencontainers.image.ref.name'];
    if (tag !== undefined) content.tags.set(tag, digest);
    const kind = /\/(sigs|atts)$/.exec(annotations['kind'] ?? '')?.[1];
    if (kind !== undefined && image !== undefined) content.tags.set(`${image.digest.replace(':', '-')}.${kind.slice(0, 3)}`, digest);
  }
}

interface LooseManifest {
  readonly schemaVersion?: unknown;
  readonly mediaType?: string;
  readonly manifests?: unknown;
  readonly layers?: unknown;
  readonly artifactType?: string;
  readonly subject?: { readonly digest?: string };
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

function parse(bytes: Uint8Array): LooseManifest | undefined {
  if (bytes[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as LooseManifest;
  } catch {
    return undefined; // a blob that only starts like JSON
  }
}

function manifestType(bytes: Uint8Array): string | undefined {
  const manifest = parse(bytes);
  if (manifest?.schemaVersion !== 2) return undefined;
  if (manifest.mediaType !== undefined) return manifest.mediaType;
  return Array.isArray(manifest.manifests) ? INDEX : Array.isArray(manifest.layers) ? 'application/vnd.oci.image.manifest.v1+json' : undefined;
}
