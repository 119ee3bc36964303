import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '@sigtrail/testing';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram, main } from './main.ts';

// Every line of `sigtrail …` that a page prints must be one that the command understands: a flag that was renamed is found here, not by a reader.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
];
const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);

interface Printed {
  readonly page: string;
  readonly text: string;
}

/** The lines of code blocks, and what stands between backticks, that begin with the command's name. */
function printedIn(page: string): readonly Printed[] {
  const text = readFileSync(`${root}${page}`, 'utf8').replaceAll(/\\\n\s*/g, ' ');
  const blocks = text.split('\n').flatMap((line) => /^\s*(?:\$ )?(sigtrail [a-z].*)$/.exec(line)?.[1] ?? []);
  const inline = [...text.matchAll(/`(sigtrail [a-z][^`\n]*)`/g)].map(([, line = '']) => line);
  return [...blocks, ...inline].map((line) => ({ page, text: line.replace(/\s+#.*$/, '') }));
}

const printed = pages.flatMap((page) => {
  try {
    return printedIn(page);
  } catch (error) {
    // A package without a README has no lines.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
});

/** The command of a line, and the words after it. What stands after `--` is another program's. */
function resolve(text: string): { readonly command: Command; readonly words: readonly string[] } {
  const [line = ''] = text.split(/ -- | \| | >/);
  const words = line.split(/\s+/).slice(1);
  let command = program;
  while (command.commands.length > 0) {
    // `get|search` stands for each of them.
    const names = (words.shift() ?? '').split('|');
    const found = names.map((name) => command.commands.find((one) => one.name() === name));
    const [next] = found;
    // What is no command below may be an argument of the command itself: `sigtrail gate FILE`, beside `sigtrail gate lint`.
    if (next === undefined && names.length === 1 && command.registeredArguments.length > 0) {
      words.unshift(names[0] ?? '');
      break;
    }
    if (next === undefined || found.includes(undefined))
      throw new Error(`no command ${names.join(' or ')} in: ${text}`);
    command = next;
    if (words.length === 0) break;
  }
  return { command, words };
}

describe('a line of sigtrail that a page prints', () => {
  it('is found on more than one page', () => {
    expect(printed.length).toBeGreaterThan(10);
    expect(new Set(printed.map(({ page }) => page)).size).toBeGreaterThan(3);
  });

  it.each(printed.map(({ page, text }) => [page, text] as const))('%s: %s', (_page, text) => {
    const { command, words } = resolve(text);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    const flags = words.flatMap((word) => /^[[(]*(--?[a-z][\w-]*)/.exec(word)?.[1] ?? []);
    expect(flags.filter((flag) => flag !== '--help' && !known.includes(flag))).toEqual([]);
  });

  it('that only needs a reference runs against a registry', async () => {
    const registry = await startRegistry();
    try {
      for (const { text } of printed) {
        const { words } = resolve(text);
        if (!/^sigtrail (?:inspect|claims|triangulate|tree) <ref>$/.test(text)) continue;
        const argv = [text.split(' ')[1] ?? '', ...words].map((word) =>
          word.replace('<ref>', `${registry.host}/acme/app:v1`),
        );
        // Image not found: the line was understood, and the registry asked.
        expect([text, await main(argv, { stdout: () => undefined, stderr: () => undefined })]).toEqual([text, 11]);
      }
    } finally {
      await registry.close();
    }
  });
});
