import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.ts';

/** A TypeScript file of the repository. */
export interface SourceFile {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** A test, or a helper of tests (`packages/x/test/`): not shipped, so it may import more and print more. */
  readonly isTest: boolean;
}

/** The TypeScript files that a pattern below the root names. */
export function sourceFiles(pattern: string): readonly SourceFile[] {
  return globSync(pattern, { cwd: root })
    .filter((path) => !path.includes('node_modules') && !path.includes('/dist/'))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8'), isTest: isTestFile(path) }));
}

const isTestFile = (path: string): boolean => /\.test(-d)?\.ts$|^packages\/[^/]+\/test\//.test(path);

/** The module names after `from`, `import` and `import(`, in code and not in comments. */
export function importedNames(text: string): readonly string[] {
  const code = withoutComments(text);
  const pattern = /(?:^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*|^\s*import\s+|\bimport\s*\(\s*)(['"])([^'"\n]+)\1/gm;
  return [...code.matchAll(pattern)].map((match) => match[2] ?? '');
}

/**
 * The code with its comments blanked out, so that an example in a TSDoc comment doesn't count as code. Good enough for formatted
 * sources: it keeps strings and template literals, and expects no regular expression with a quote or `//` in it.
 */
export function withoutComments(text: string): string {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token));
}

/** The package that a bare module name belongs to: `sigtrail/report` → `sigtrail`, `@scope/name/x` → `@scope/name`. */
export function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
