import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestHex, digestOf } from '../src/index.ts';
import { indexBytes } from './fake-registry.ts';

/** Writes an OCI image layout. */
export async function writeLayout(
  directory: string,
  blobs: readonly Uint8Array[],
  entries: readonly object[],
): Promise<void> {
  const folder = join(directory, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(directory, 'index.json'), indexBytes(entries));
  for (const blob of blobs) await writeFile(join(folder, digestHex(digestOf(blob))), blob);
}
