import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin, PluginBuild } from 'esbuild';
import { root } from './workspace.ts';

/**
 * Has each import of the workspace's own names lead to the file that has the name, past the `index.ts` that lists it. In one bundled file
 * a module is evaluated where something imports it: through a list, that would be everything on it.
 */
export const leafImports: Plugin = {
  name: 'leaf-imports',
  setup(build) {
    build.onLoad({ filter: SOURCES }, async ({ path }) => {
      const text = readFileSync(path, 'utf8');
      return { contents: inAscii(await withLeafImports(text, path, resolverOf(build))), loader: 'ts' };
    });
  },
};

/** One character beyond Latin-1, in a template with a tag, and V8 would keep the whole program in two bytes a character. */
function inAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Where an import leads: the absolute path of a file, or `undefined` if the file is not ours. */
type Resolve = (name: string, importer: string) => Promise<string | undefined>;

const SOURCES = new RegExp(`^${root.replaceAll(/[^\w/]/g, '\\$&')}/packages/[^/]+/src/.*\\.ts$`);

function resolverOf(build: PluginBuild): Resolve {
  return async (name, importer) => {
    if (name.startsWith('.')) return join(dirname(importer), name);
    const { path, errors } = await build.resolve(name, { kind: 'import-statement', resolveDir: dirname(importer) });
    return errors.length === 0 && SOURCES.test(path) ? path : undefined;
  };
}

/** The text of a file with the imports replaced. Imports other than a list of names stay as they are. */
export async function withLeafImports(text: string, path: string, resolve: Resolve): Promise<string> {
  // As a namespace, zod is tree-shaken: else its messages in some 50 languages would come along.
  let replaced = text.replaceAll("import { z } from 'zod';", "import * as z from 'zod';");
  for (const [statement, names = '', from = ''] of text.matchAll(IMPORT)) {
    const target = await resolve(from, path);
    if (target === undefined) continue;
    const imports = namesIn(names);
    const lines: string[] = [];
    for (const [name, local] of imports) {
      const leaf = await leafOf(name, target, resolve);
      lines.push(`import { ${leaf.name} as ${local} } from ${JSON.stringify(leaf.path)};`);
    }
    replaced = replaced.replace(statement, () => `${lines.join(' ')}`);
  }
  return replaced;
}

const IMPORT = /^import \{([^}]*)\} from '([^']+)';$/gm;
const EXPORT = /^export \{([^}]*)\} from '([^']+)';$/gm;

/** The names of a list as [there, here], without types, which are gone at run time. */
function namesIn(list: string): readonly (readonly [there: string, here: string])[] {
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('type '))
    .map((one) => {
      const [there = '', here = there] = one.split(' as ');
      return [there, here];
    });
}

/** Follows a name through the lists that re-export it. */
async function leafOf(
  name: string,
  path: string,
  resolve: Resolve,
): Promise<{ readonly name: string; readonly path: string }> {
  for (const [, names = '', from = ''] of readFileSync(path, 'utf8').matchAll(EXPORT)) {
    const found = namesIn(names).find(([, here]) => here === name);
    const target = found === undefined ? undefined : await resolve(from, path);
    if (found !== undefined && target !== undefined) return leafOf(found[0], target, resolve);
  }
  return { name, path };
}
