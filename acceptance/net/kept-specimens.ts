import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type MintedSpecimens, mintSpecimens } from './engine.ts';

const FILE = join(import.meta.dirname, 'specimens.json.gz');

/** The specimens that were signed once and kept: only of the same bytes are the mutations of a seed the same in every run. */
export function keptSpecimens(): MintedSpecimens {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8')) as MintedSpecimens;
}

/** Signs what is mutated anew. The mutations are others then, so a new baseline must follow. */
export async function mint(): Promise<void> {
  writeFileSync(FILE, gzipSync(JSON.stringify(await mintSpecimens()), { level: 9 }));
}
