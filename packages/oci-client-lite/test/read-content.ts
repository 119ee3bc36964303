import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';
import {
  descriptorOf,
  emptyConfig,
  encode,
  indexBytes,
  manifestBytes,
  serveMap,
  type Stored,
  types,
} from './fake-registry.ts';
import { serveRepository } from './setting.ts';
import { writeLayout } from './layout.ts';
import { digestOf, type OciRepository, openLayout } from '../src/index.ts';

export const configType = 'application/vnd.oci.image.config.v1+json';

export const config = encode({
  architecture: 'arm64',
  os: 'linux',
  variant: 'v8',
  created: '2026-01-02T03:04:05Z',
  config: { Labels: { a: 'b', __proto__x: 'y' }, Env: null, Cmd: ['/app'] },
  rootfs: { type: 'layers', diff_ids: [] },
});
export const arm = manifestBytes({ config: descriptorOf(config, configType) });
export const amd = manifestBytes({ annotations: { arch: 'amd64' } });

export const inner = indexBytes([
  descriptorOf(arm, types.manifest, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
]);

export const index = indexBytes([
  descriptorOf(amd, types.manifest, { platform: { os: 'linux', architecture: 'amd64' } }),
  descriptorOf(inner, types.index, { platform: { os: 'linux', architecture: 'arm64' } }),
]);

export const blob = encode('x'.repeat(200_000));
export const blobDescriptor = descriptorOf(blob, 'application/octet-stream');
export const path = (kind: string, bytes: Uint8Array): string => `acme/app/${kind}/${digestOf(bytes)}`;

export const content: readonly [string, Stored][] = [
  ['acme/app/manifests/v1', { bytes: index, type: types.index }],
  ...[index, inner].map((bytes): [string, Stored] => [path('manifests', bytes), { bytes, type: types.index }]),
  ...[arm, amd].map((bytes): [string, Stored] => [path('manifests', bytes), { bytes, type: types.manifest }]),
  ...[config, blob, emptyConfig].map((bytes): [string, Stored] => [path('blobs', bytes), { bytes, type: 'x/y' }]),
];
export const everything = serveMap(new Map(content));

/** The same content as a registry and as a layout. */
export async function both(): Promise<readonly (readonly [string, OciRepository])[]> {
  const { repository } = await serveRepository(everything);
  const directory = await mkdtemp(`${tmpdir()}/layout-`);
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeLayout(
    directory,
    [inner, arm, amd, index, config, blob, emptyConfig],
    [descriptorOf(index, types.index, { annotations: { 'org.opencontainers.image.ref.name': 'v1' } })],
  );
  return [
    ['registry', repository],
    ['layout', openLayout(directory)],
  ];
}
