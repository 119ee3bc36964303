import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, visit, type YAMLMap } from 'yaml';
import { GateError } from '../error.ts';
import type { TextSpan } from '../text/place.ts';
import type { YamlSource } from './yaml-source.ts';

/** One member of a mapping. */
export interface Entry {
  readonly key: string;
  readonly keySpan: TextSpan;
  /** What an alias names stands in its place; `undefined` where nothing is written. */
  readonly value: Node | undefined;
  /** The key has a tag of its own (`!!merge`). */
  readonly isTagged?: true;
}

/** A key that its mapping has twice: one reader takes the first, another the last. */
export interface DuplicateKey {
  readonly key: string;
  readonly span: TextSpan;
}

/** Reads one document, with aliases and merge keys followed. */
export interface YamlTree {
  readonly root: Node | undefined;
  /** The members of a mapping, those of merge keys (`<<`) behind its own; none if it is not a mapping. */
  entries(node: Node | undefined): readonly Entry[];
  /** The items of a sequence; none if it is not a sequence. */
  items(node: Node | undefined): readonly (Node | undefined)[];
  /** The value of a mapping's member. */
  member(node: Node | undefined, key: string): Node | undefined;
  /** The keys that were seen twice so far. */
  readonly duplicates: readonly DuplicateKey[];
  /** Keys that a merge key below them names again: Kubernetes' reader takes the merged value, others the mapping's own. */
  readonly overridden: readonly DuplicateKey[];
}

// Aliases multiply: ten lines of ten aliases each name ten billion nodes.
const MAX_VISITS = 2_000_000;

/** Makes the reader of a document. */
export function treeOf(document: Document.Parsed, { file, positionOf }: YamlSource): YamlTree {
  const duplicates = new Map<number, DuplicateKey>();
  const overridden = new Map<number, DuplicateKey>();
  let visits = 0;
  const spend = (node: Node, count: number): void => {
    visits += count + 1;
    if (visits > MAX_VISITS)
      throw new GateError('too-many-nodes', 'has more parts, with its aliases written out, than are read', {
        file,
        position: positionOf(spanOf(node).start),
      });
  };
  const anchored = anchorsOf(document);
  const resolved = (node: unknown): Node | undefined => {
    if (isAlias(node)) {
      const target = anchored.get(node);
      if (target !== undefined) return target;
      throw new GateError('invalid-yaml', `not YAML: *${node.source} names no anchor above it`, {
        file,
        position: positionOf(spanOf(node).start),
      });
    }
    return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
  };
  const entries = (node: Node | undefined, depth = 0): readonly Entry[] => {
    if (!isMap(node)) return [];
    spend(node, node.items.length);
    const own = ownEntries(node, resolved, (one) => duplicates.set(one.span.start, one));
    const merges = own.filter(
      ({ key, keySpan, isTagged }) => key === '<<' && (isTagged || keySpan.end - keySpan.start === 2),
    );
    if (merges.length === 0) return own;
    const plain = own.filter((one) => !merges.includes(one));
    const seen = new Set(plain.map(({ key }) => key));
    const merged = merges
      .flatMap(({ value, keySpan }) =>
        (isSeq(value) ? value.items.map(resolved) : [value])
          // A mapping that merges itself has no end.
          .flatMap((one) => (depth > 16 ? [] : entries(one, depth + 1)))
          .map((entry) => {
            const above = plain.find(({ key, keySpan: { start } }) => key === entry.key && start < keySpan.start);
            if (above !== undefined) overridden.set(above.keySpan.start, { key: entry.key, span: above.keySpan });
            return entry;
          }),
      )
      .filter(({ key }) => !seen.has(key) && seen.add(key));
    return [...plain, ...merged];
  };
  return {
    root: resolved(document.contents),
    entries: (node) => entries(node),
    items: (node) => {
      if (!isSeq(node)) return [];
      spend(node, node.items.length);
      return node.items.map(resolved);
    },
    member: (node, key) => entries(node).find((one) => one.key === key)?.value,
    get duplicates() {
      return [...duplicates.values()];
    },
    get overridden() {
      return [...overridden.values()];
    },
  };
}

/** What each alias names: the last node above it with that anchor. Asking each alias by itself would read the document once for each. */
function anchorsOf(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const last = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = last.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) last.set(node.anchor, node);
    },
  });
  return targets;
}

function ownEntries(
  map: YAMLMap,
  resolved: (node: unknown) => Node | undefined,
  sayTwice: (duplicate: DuplicateKey) => void,
): readonly Entry[] {
  const seen = new Set<string>();
  return map.items.flatMap((pair) => {
    const name = resolved(pair.key);
    // A key that is a mapping or a sequence names nothing that is looked for.
    if (!isScalar(name)) return [];
    // The library keeps `!!merge` as a symbol.
    const key = typeof name.value === 'symbol' ? '<<' : String(name.value);
    const keySpan = spanOf(isAlias(pair.key) ? pair.key : name);
    if (seen.has(key)) sayTwice({ key, span: keySpan });
    seen.add(key);
    return [
      { key, keySpan, value: resolved(pair.value), ...(name.tag === undefined ? {} : { isTagged: true as const }) },
    ];
  });
}

/** Where a node is written, without the blanks and comments behind it. */
export function spanOf(node: Pick<Node, 'range'> | undefined): TextSpan {
  const [start = 0, end = 0] = node?.range ?? [];
  return { start, end };
}

/** The text of a scalar; `undefined` for any other node. */
export function textOf(node: Node | undefined): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** Whether nothing is written there, or `null`. */
export function isEmpty(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.value === null);
}
