import { dirname, join, normalize } from 'node:path';
import { importedNames, type SourceFile } from './source-file.ts';

/**
 * The groups of files that import one another in a circle, type-only imports included: each is a set of files that can only be
 * understood together. Sorted, so that a failure reads the same each time.
 */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const imports = new Map(files.map(({ path, text }) => [path, relativeImports(path, text)]));
  return connectedGroups(imports).filter(
    (group) => group.length > 1 || group.some((path) => imports.get(path)?.includes(path)),
  );
}

function relativeImports(path: string, text: string): readonly string[] {
  return importedNames(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(path), name)));
}

/** Tarjan's strongly connected components. */
function connectedGroups(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const groups: (readonly string[])[] = [];
  const numbers = new Map<string, number>();
  const open: string[] = [];
  const visit = (node: string): number => {
    const number = numbers.size;
    numbers.set(node, number);
    let low = number;
    open.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!edges.has(next)) continue;
      if (!numbers.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, numbers.get(next) ?? low);
    }
    if (low === number) groups.push(open.splice(open.indexOf(node)).toSorted());
    return low;
  };
  for (const node of edges.keys()) if (!numbers.has(node)) visit(node);
  return groups.toSorted((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''));
}
