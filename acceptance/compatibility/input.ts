import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './row.ts';

/** Files by their path: as text, or in base64 where they are not text. */
type Packed = Readonly<Record<string, string | { readonly base64: string }>>;

/** Unpacks `inputs/NAME.json`, a layout and the keys beside it, and serves the layout as `REGISTRY/acme/app`. */
export function packedInput(name: string): (place: Place) => void {
  return ({ registry, directory }) => {
    unpackInput(name, directory);
    registry.loadLayout('acme/app', join(directory, 'layout'));
  };
}

/** Unpacks `inputs/NAME.json` into a directory. */
export function unpackInput(name: string, directory: string): void {
  const path = join(import.meta.dirname, 'inputs', `${name}.json`);
  const packed = JSON.parse(readFileSync(path, 'utf8')) as Packed;
  for (const [file, content] of Object.entries(packed)) {
    const target = join(directory, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'));
  }
}
