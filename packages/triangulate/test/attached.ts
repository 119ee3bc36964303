import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from 'oci-client-lite';
import { type Find, type FindKind, gapsOf, type Triangulated, type TriangulateOptions } from '../src/index.ts';

/** An image that real tools signed (`case.json` of shared/fixtures/local-stack). */
export interface Case {
  readonly name: string;
  readonly about: string;
  readonly format: 'legacy' | 'legacy-oci11' | 'bundle' | 'mixed' | 'none';
  readonly referrersApi: boolean;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly children?: readonly string[];
  readonly layouts: Readonly<Record<string, string>>;
  readonly made: readonly { readonly tool: string; readonly args?: readonly string[] }[];
}

/** The number of finds of each kind. */
export type Counts = Readonly<Partial<Record<FindKind, number>>>;

/** Every case of the folder; none where it isn't there. */
export function readCases(localStack: string): readonly Case[] {
  return (existsSync(localStack) ? readdirSync(localStack) : [])
    .map((name) => join(localStack, name, 'case.json'))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Case);
}

/** What the recorded commands of a case attached, by digest. */
export function attachedTo(one: Case): Readonly<Record<string, Counts>> {
  const attached: Record<string, Partial<Record<FindKind, number>>> = {};
  const add = (digest: string, kind: FindKind, count = 1): void => {
    const counts = (attached[digest] ??= {});
    counts[kind] = (counts[kind] ?? 0) + count;
  };
  const commands = one.made.filter(({ tool }) => tool.startsWith('cosign'));
  // Forty of its attestations, and three referrers of other kinds, were pushed without a command of their own.
  const byHand = one.made.length - commands.length;
  for (const { tool, args = [] } of commands) {
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(args.at(-1) ?? '')?.[1] ?? one.digest;
    const kind = kindOf(tool, args);
    for (const subject of args.includes('--recursive') ? [digest, ...(one.children ?? [])] : [digest])
      add(subject, kind);
  }
  if (byHand > 0) {
    if (one.name !== 'many-referrers') throw new Error(`${one.name}: what was attached by hand must be said here`);
    attached[one.digest] = { 'sigstore-bundle': 40, 'unknown-referrer': 3 };
  }
  // Copied from another image, by other means than a command.
  if (one.made.length === 0 && one.format !== 'none')
    add(
      one.digest,
      one.format === 'bundle'
        ? 'sigstore-bundle'
        : one.name.includes('-att-')
          ? 'cosign-attestation'
          : 'cosign-signature',
    );
  return attached;
}

function kindOf(tool: string, args: readonly string[]): FindKind {
  const [command] = args;
  if (command === 'attach') return 'cosign-sbom';
  if (tool.startsWith('cosign3') || args.includes('--new-bundle-format')) return 'sigstore-bundle';
  if (command === 'attest') return 'cosign-attestation';
  return args.some((word) => word.includes('oci-1-1')) ? 'oci11-signature' : 'cosign-signature';
}

/** What was found, by digest. */
export function foundBy({ graph }: Triangulated): Readonly<Record<string, Counts>> {
  const found: Record<string, Partial<Record<FindKind, number>>> = {};
  for (const { signs, kind } of graph.finds) {
    const counts = (found[signs] ??= {});
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return found;
}

/** The options that a case needs: each platform of an index, and where its signatures are. `nameOf` names a repository at this place. */
export function optionsFor(one: Case, nameOf: (repository: string) => string): TriangulateOptions {
  const elsewhere = Object.keys(one.layouts).find((repository) => repository !== one.repository);
  return {
    ...(one.children === undefined ? {} : { platforms: 'each' }),
    ...(elsewhere === undefined ? {} : { repositories: nameOf(elsewhere) }),
  };
}

/** All that must not depend on where it was read from. */
export function withoutCarrier({ graph, contents }: Triangulated): object {
  const bare = (find: Find): object => ({ ...find, carrier: undefined, repository: undefined });
  return {
    digest: graph.digest,
    mediaType: graph.mediaType,
    size: graph.size,
    manifests: graph.manifests,
    finds: graph.finds.toSorted((a, b) => (`${a.signs}${a.id}` < `${b.signs}${b.id}` ? -1 : 1)).map(bare),
    contents: [...contents.keys()].toSorted(),
  };
}

/** What is wrong with a triangulation that should have seen everything; empty when nothing is. */
export function flawsOf({ graph, contents }: Triangulated): readonly string[] {
  return [
    ...gapsOf(graph).map((gap) => `gap: ${JSON.stringify(gap)}`),
    ...graph.finds
      .filter(({ kind, layer }) => kind !== 'unknown-referrer' && !contents.has(layer?.digest ?? ''))
      .map(({ id }) => `no bytes: ${id}`),
    ...[...contents]
      .filter(([digest, bytes]) => digestOf(bytes) !== digest)
      .map(([digest]) => `wrong bytes: ${digest}`),
  ];
}
