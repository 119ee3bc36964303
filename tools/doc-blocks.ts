import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.ts';

/** Fenced TypeScript or JavaScript of a page. */
export interface DocBlock {
  readonly page: string;
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly code: string;
  /** What a reader already has: the text of a comment `<!-- given: declare const pem: string; -->` right above the fence. */
  readonly given: string;
  /** It is marked `<!-- run -->`: it needs no network and no file, so the check runs it. */
  readonly runs: boolean;
}

/** Every page for readers. */
export const docPages = (): readonly string[] =>
  globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/**/*.md'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  }).toSorted();

/** The blocks of all pages. */
export const docBlocks = (): readonly DocBlock[] =>
  docPages().flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')));

const BLOCK = /(?:^<!-- (run|given: ([\s\S]*?)) -->\n\n?)?^```(?:ts|js|typescript|javascript|mjs)\n([\s\S]*?)^```$/gm;

/** The blocks of one page. */
export function blocksOf(page: string, text: string): readonly DocBlock[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, mark, given = '', code = ''] = match;
    const fence = match.index + whole.indexOf('```');
    return { page, line: text.slice(0, fence).split('\n').length, code, given, runs: mark === 'run' };
  });
}

/** `docs-policies-44.ts`: the block of `docs/policies.md` whose fence is on line 44. */
export const blockFile = ({ page, line }: DocBlock): string =>
  `${page.replace(/\.md$/, '').replaceAll('/', '-')}-${line}.ts`;

/** The block as a module, in which every line has the same number as in the page. */
export function blockModule({ line, code, given }: DocBlock): string {
  return `${given.replaceAll('\n', ' ')}export {};${'\n'.repeat(line)}${code}`;
}
