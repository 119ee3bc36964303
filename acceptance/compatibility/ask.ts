import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { startRegistry } from '@sigtrail/testing';
import type { CompatibilityRow, Line, Place } from './row.ts';

/** Our answer to a row, which all its doors must give. */
export async function askRow({ name, ask }: CompatibilityRow): Promise<string> {
  if (typeof ask === 'function') return await ask();
  return await withPlace(ask, async (place) => {
    const answers: string[] = [];
    for (const words of [ask.words, ...(ask.doors ?? [])]) answers.push(await answerTo(words, place));
    const [first = '', ...others] = answers;
    const differing = others.find((answer) => answer !== first);
    if (differing !== undefined) throw new Error(`${name}: one door answers "${first}", another "${differing}"`);
    return first;
  });
}

/** Provides a line's input while `work` runs. */
export async function withPlace<T>({ serve }: Line, work: (place: Place) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'compatibility-'));
  const registry = await startRegistry();
  try {
    await serve({ registry, directory });
    return await work({ registry, directory });
  } finally {
    await registry.close();
    await rm(directory, { recursive: true });
  }
}

/** A line's words for this place; files stay relative where `directory` is the working directory. */
export function wordsAt(words: readonly string[], { registry }: Place, directory?: string): readonly string[] {
  return words.map((word) => {
    const text = word.replace('REGISTRY', registry.host);
    return directory === undefined ? text : text.replace(/^(oci:)?\.\//, `$1${directory}/`);
  });
}

/** What our command answers to words. */
export async function answerTo(words: readonly string[], place: Place): Promise<string> {
  let text = '';
  const print = (printed: string): void => void (text += printed);
  const code = await main([...wordsAt(words, place, place.directory), '--verbose'], { stdout: print, stderr: print });
  return nameAnswer(code, text.replaceAll(place.directory, '.'));
}

/** An answer by its exit code, with the codes that were printed. */
function nameAnswer(code: number, text: string): string {
  const codesOf = (pattern: RegExp): string =>
    [...new Set([...text.matchAll(pattern)].map(([, found]) => found))].join(', ');
  switch (code) {
    case 0:
      return 'accepted';
    case 10:
      return 'unsigned';
    case 12:
      return `refused: ${codesOf(/refused \(([a-z0-9-]+)\)/g)}`;
    case 14:
      return `indeterminate: ${codesOf(/^ *problem +([a-z0-9-]+):/gm)}`;
    default:
      return `exit code ${code}: ${text.split('\n', 1)[0] ?? ''}`;
  }
}
