import type { Descriptor } from '../content/descriptor.ts';
import type { FetchedManifest, ImageManifest } from '../content/manifest.ts';
import { OciError } from '../error.ts';
import { harmless } from '../harmless.ts';
import { digestAlgorithm, digestHex } from '../reference/digest.ts';
import { foldFileName, unsafeFileName } from './file-name.ts';

/** A file of an artifact. Read it with `fetchBlob(file.descriptor)` or `openBlob(file.descriptor)`. */
export interface ArtifactFile {
  /**
   * A relative path with `/` between its parts, safe to join to a directory on every system, and unique in the artifact, ignoring
   * case. The artifact claims this name; it proves nothing about the content.
   */
  readonly name: string;
  readonly descriptor: Descriptor;
  /** Where the name comes from: the title of the file, the name and version of the Helm chart, or the digest if the artifact gives no name. */
  readonly namedBy: 'title' | 'chart' | 'digest';
  /** Whether oras packed a directory: the content is its `.tar.gz`, which this package does not unpack. */
  readonly isPackedDirectory: boolean;
}

/** An artifact and its files. No content has been read yet. */
export interface FetchedArtifact extends FetchedManifest {
  readonly manifest: ImageManifest;
  /** `artifactType` of the manifest, else the media type of its configuration. */
  readonly artifactType: string;
  readonly files: readonly ArtifactFile[];
}

const title = 'org.opencontainers.image.title';
const version = 'org.opencontainers.image.version';
const unpack = 'io.deis.oras.content.unpack';
const emptyType = 'application/vnd.oci.empty.v1+json';
const chartSuffixes: ReadonlyMap<string, string> = new Map([
  ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', '.tgz'],
  ['application/tar+gzip', '.tgz'], // Helm before 3.7
  ['application/vnd.cncf.helm.chart.provenance.v1.prov', '.tgz.prov'],
]);
const chartConfig = 'application/vnd.cncf.helm.config.v1+json';

/**
 * The files of an artifact, by names that are safe to write.
 *
 * @throws OciError `unsupported-media-type` for an index; `unsafe-file-name`
 */
export function toArtifact(fetched: FetchedManifest): FetchedArtifact {
  const { manifest } = fetched;
  if (manifest.kind === 'index')
    throw new OciError(
      'unsupported-media-type',
      'an index has no files: choose one of its artifacts by "platform" or by digest',
      { actual: fetched.mediaType },
    );
  const files = manifest.layers.filter((layer) => !isPlaceholder(layer)).map((layer) => toFile(layer, manifest));
  refuseUnsafe(files);
  return { ...fetched, manifest, artifactType: manifest.artifactType ?? manifest.config.mediaType, files };
}

// An artifact without files has one empty layer (image-spec manifest.md "Guidance for an Empty Descriptor").
function isPlaceholder(layer: Descriptor): boolean {
  return layer.mediaType === emptyType && layer.annotations?.[title] === undefined;
}

function toFile(descriptor: Descriptor, manifest: ImageManifest): ArtifactFile {
  const { annotations, digest } = descriptor;
  const isPackedDirectory = annotations?.[unpack] === 'true';
  const named = annotations?.[title];
  if (named !== undefined) return { name: named, descriptor, namedBy: 'title', isPackedDirectory };
  const chart = chartName(descriptor, manifest);
  if (chart !== undefined) return { name: chart, descriptor, namedBy: 'chart', isPackedDirectory };
  return {
    name: `${digestAlgorithm(digest)}-${digestHex(digest)}`,
    descriptor,
    namedBy: 'digest',
    isPackedDirectory,
  };
}

// Helm writes no titles: `helm pull` names the file by the chart and its version.
function chartName({ mediaType }: Descriptor, { config, annotations }: ImageManifest): string | undefined {
  const suffix = config.mediaType === chartConfig ? chartSuffixes.get(mediaType) : undefined;
  const name = annotations?.[title];
  const number = annotations?.[version];
  return suffix === undefined || name === undefined || number === undefined ? undefined : `${name}-${number}${suffix}`;
}

function refuseUnsafe(files: readonly ArtifactFile[]): void {
  const places = new Map<string, 'file' | 'directory'>();
  for (const [index, { name }] of files.entries()) {
    const refuse = (reason: string): OciError =>
      new OciError(
        'unsafe-file-name',
        `file ${index + 1} of the artifact is named ${JSON.stringify(harmless(name))}: ${reason}`,
        { actual: harmless(name) },
      );
    const reason = unsafeFileName(name);
    if (reason !== undefined) throw refuse(reason);
    const segments = foldFileName(name).split('/');
    for (let depth = 1; depth < segments.length; depth += 1) {
      const directory = segments.slice(0, depth).join('/');
      if (places.get(directory) === 'file') throw refuse('one of its directories is a file of the artifact');
      places.set(directory, 'directory');
    }
    const place = segments.join('/');
    if (places.get(place) === 'directory') throw refuse('other files of the artifact use it as a directory');
    if (places.has(place)) throw refuse('another file of the artifact has the same name (case is ignored)');
    places.set(place, 'file');
  }
}
