import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand } from '../command.ts';

/** A blob of a layout, as the OCI image specification describes it. */
export interface WrittenBlob {
  readonly mediaType: string;
  readonly digest: `sha256:${string}`;
  readonly size: number;
}

/** A layer: compressed as it is stored, and the digest of what it is unpacked to. */
export interface WrittenLayer {
  readonly blob: WrittenBlob;
  readonly diffId: `sha256:${string}`;
}

/** Writes a blob under its digest. */
export async function writeBlob(layout: string, mediaType: string, bytes: Uint8Array): Promise<WrittenBlob> {
  const digest = digestOf(bytes);
  const folder = join(layout, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

/**
 * Packs a folder as a layer. Everything belongs to root, has no time, and keeps of its mode only whether it can be executed: what is different from machine to machine is left out.
 *
 * @throws Error where tar fails
 */
export async function writeLayer(layout: string, folder: string): Promise<WrittenLayer> {
  const archive = `${folder}.tar`;
  const same = ['--format=ustar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const { ok, output } = await runCommand('tar', [...same, '--mode=u=rwX,go=rX', '-cf', archive, '-C', folder, '.']);
  if (!ok) throw new Error(`tar can’t pack ${folder}: ${output}`);
  const unpacked = await readFile(archive);
  const blob = await writeBlob(layout, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(unpacked, { level: 9 }));
  return { blob, diffId: digestOf(unpacked) };
}

/** Writes the two files that make the folder a layout with one image, which has a name. */
export async function writeLayoutIndex(layout: string, image: WrittenBlob, name: string): Promise<void> {
  const manifests = [{ ...image, annotations: { 'org.opencontainers.image.ref.name': name } }];
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function digestOf(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
