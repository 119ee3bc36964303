import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One recorded thing and whether it got the verdict it must get. */
export interface RekorRow {
  readonly name: string;
  readonly pass: boolean;
  /** What came instead. */
  readonly actual?: string;
}

/** Compares, and keeps what came for the one that reads a failure. */
export function row(name: string, expected: string, actual: string): RekorRow {
  return expected === actual ? { name, pass: true } : { name, pass: false, actual: `${actual}, not ${expected}` };
}

export type Json = Readonly<Record<string, unknown>>;

/** Every file below a folder, by path from the fixtures. */
export function filesBelow(fixtures: string, folder: string): readonly string[] {
  return readdirSync(join(fixtures, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => statSync(join(fixtures, name)).isFile());
}

/** Every object in every JSON file below a folder; bundles inside of texts are looked into. */
export function objectsBelow(
  fixtures: string,
  folder: string,
): readonly { readonly file: string; readonly object: Json }[] {
  const found: { file: string; object: Json }[] = [];
  const walk = (file: string, value: unknown): void => {
    if (typeof value === 'string' && /^\{"(?:SignedEntryTimestamp|mediaType)"/.test(value))
      walk(file, JSON.parse(value));
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) found.push({ file, object: value as Json });
    for (const below of Object.values(value)) walk(file, below);
  };
  for (const file of filesBelow(fixtures, folder)) {
    let json: unknown;
    try {
      json = JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
    } catch {
      continue; // tiles, layers and texts
    }
    walk(file, json);
  }
  return found;
}
