import type { Document, Node } from 'yaml';
import { readDocuments } from '../../yaml/read-documents.ts';
import { type Entry, isEmpty, treeOf, type YamlTree } from '../../yaml/tree.ts';
import type { FindContext } from '../find-context.ts';

/** One document of Compose while it is read. */
export interface ComposeFile {
  readonly context: FindContext;
  readonly tree: YamlTree;
  /** The path of the document. */
  readonly path: string;
  /** The services that more than one document of its file has: Compose puts them together. */
  readonly scattered: ReadonlySet<string>;
}

/** The documents of a Compose file. @throws GateError */
export function composeFilesOf(context: FindContext): readonly ComposeFile[] {
  const trees = readDocuments(context).map((document: Document.Parsed) => treeOf(document, context));
  const scattered = repeatedIn(trees.map((tree) => tree.entries(tree.member(tree.root, 'services'))));
  return trees.map((tree, index) => ({ context, tree, path: trees.length > 1 ? `/${index}` : '', scattered }));
}

function repeatedIn(documents: readonly (readonly Entry[])[]): ReadonlySet<string> {
  const names = documents.flatMap((services) => [...new Set(services.map(({ key }) => key))]);
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

/** Where Compose keeps what it runs. */
export type Section = 'services' | 'jobs';

/**
 * The services or jobs of a document. Compose runs a service that is called `x-…` as any other; what has nothing to run there is an extension to its older
 * versions.
 */
export function workloadsOf({ tree }: ComposeFile, section: Section): readonly Entry[] {
  return tree
    .entries(tree.member(tree.root, section))
    .filter(({ key, value }) => !key.startsWith('x-') || tree.entries(value).some((entry) => RUNS.has(entry.key)));
}

const RUNS: ReadonlySet<string> = new Set(['image', 'build', 'extends']);

/** The tag of a value that Compose does not read as it stands: `!reset` takes it away, `!override` replaces what other files say. */
export function tagOf(node: Node | undefined): string | undefined {
  const { tag } = node ?? {};
  return tag === '!reset' || tag === '!override' ? tag : undefined;
}

/** Whether something is written there that counts. Compose takes nothing from behind `!reset`. */
export function isGiven(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && !isEmpty(entry.value) && tagOf(entry.value) !== '!reset';
}
