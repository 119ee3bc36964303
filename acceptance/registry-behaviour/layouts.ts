import { createHash } from 'node:crypto';
import { types } from './registry-server.ts';

/** One layout as programs write it, and a read of it: a row of the table, and a test. */
export interface LayoutBehaviour {
  readonly name: string;
  /** The program that writes it. */
  readonly met?: string | undefined;
  /** Files by path. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** The tar file that the files are put in. Unless given, they stay a directory. */
  readonly archive?: 'docker-archive' | 'oci-archive' | undefined;
  /** Where the tar file is cut off: bytes. */
  readonly cutAt?: number | undefined;
  /** The tag to read; `''` for the layout's image. */
  readonly tag: string;
  /** Our client's answer. */
  readonly ours: string;
  readonly why: string;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const blobPath = (bytes: Buffer): string => `blobs/sha256/${sha256(bytes)}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const descriptor = (mediaType: string, bytes: Buffer): object => ({
  mediaType,
  digest: `sha256:${sha256(bytes)}`,
  size: bytes.length,
});

const layer = Buffer.alloc(1024); // an empty tar file
const config = json({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
});
const manifest = (annotations?: object): Buffer =>
  json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: [descriptor(types.layer, layer)],
    ...(annotations === undefined ? {} : { annotations }),
  });
const image = manifest();
const signature = manifest({ note: 'stands for a signature' });

/** The image that every layout holds. */
export const layoutImage: { readonly digest: string; readonly bytes: Buffer } = {
  digest: `sha256:${sha256(image)}`,
  bytes: image,
};

const entry = (bytes: Buffer, annotations: object): object => ({ ...descriptor(types.manifest, bytes), annotations });
const blobs = (...contents: readonly Buffer[]): Record<string, Buffer> =>
  Object.fromEntries(contents.map((bytes) => [blobPath(bytes), bytes]));
const layout = (manifests: readonly object[], contents: Record<string, Buffer>): Record<string, Buffer> => ({
  'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
  'index.json': json({ schemaVersion: 2, mediaType: types.index, manifests }),
  ...contents,
});

const refName = 'org.opencontainers.image.ref.name';
const tagged = entry(image, { [refName]: 'v1' });
const good = layout([tagged], blobs(image, config, layer));
const fullName = layout([entry(image, { [refName]: 'registry.example/acme/app:v1' })], blobs(image, config, layer));
const dockerNames = { 'io.containerd.image.name': 'registry.example/acme/app:v1', [refName]: 'v1' };
const saved = (configPath: string, layerPath: string): Record<string, Buffer> => ({
  'manifest.json': json([{ Config: configPath, RepoTags: ['registry.example/acme/app:v1'], Layers: [layerPath] }]),
});
const cosign = (kind: string): object => ({ kind: `dev.cosignproject.cosign/${kind}` });

/** Layouts and tar files. */
export const layouts: readonly LayoutBehaviour[] = [
  {
    name: 'a layout whose name is a full reference, read by its tag',
    met: 'containerd, Docker',
    files: fullName,
    tag: 'v1',
    ours: 'reads the image',
    why: 'The reference ends in the tag; two entries with the same tag are refused.',
  },
  {
    name: 'a layout whose name is a full reference, read by the reference',
    met: 'containerd, Docker',
    files: fullName,
    tag: 'registry.example/acme/app:v1',
    ours: 'reads the image',
    why: 'That is the name in the layout.',
  },
  {
    name: 'a layout without the tag',
    files: good,
    tag: 'v2',
    ours: 'refuses: not-found',
    why: 'The message lists the tags that the layout has.',
  },
  {
    name: 'the tar file of docker save since Docker 25',
    met: 'docker save',
    files: {
      ...layout([entry(image, dockerNames)], blobs(image, config, layer)),
      ...saved(blobPath(config), blobPath(layer)),
    },
    archive: 'docker-archive',
    tag: 'v1',
    ours: 'reads the image',
    why: 'It holds a layout, and so the bytes that were signed. Readers of `manifest.json` make up a manifest, and no signature covers that.',
  },
  {
    name: 'the tar file of docker save before Docker 25',
    met: 'docker save',
    files: { 'config.json': config, 'layer.tar': layer, ...saved('config.json', 'layer.tar') },
    archive: 'docker-archive',
    tag: '',
    ours: 'refuses: invalid-layout',
    why: 'It doesn’t hold the manifest that was signed; the message says how to write a layout.',
  },
  {
    name: 'a layout in a tar file',
    met: 'skopeo copy … oci-archive:FILE',
    files: good,
    archive: 'oci-archive',
    tag: 'v1',
    ours: 'reads the image',
    why: 'It is read in place, nothing is extracted.',
  },
  {
    name: 'a layout in a tar file that is cut short',
    files: good,
    archive: 'oci-archive',
    cutAt: 2048,
    tag: 'v1',
    ours: 'refuses: invalid-layout',
    why: 'What was cut off could be a signature.',
  },
  {
    name: 'a layout with an image and its signatures, marked by kind and without tags',
    met: 'cosign save',
    files: layout(
      [entry(image, cosign('image')), entry(signature, cosign('sigs'))],
      blobs(image, signature, config, layer),
    ),
    tag: '',
    ours: 'reads the image',
    why: 'cosign marks the image; its signatures get the tags that they have in a registry.',
  },
  {
    name: 'a layout whose index.json names a manifest that is missing',
    files: layout([tagged], blobs(config, layer)),
    tag: 'v1',
    ours: 'refuses: invalid-layout',
    why: 'It is damage, not absence: deleting a file must not hide a signature.',
  },
];
