import { foundAt, problemFound, under } from '../find-context.ts';
import { contextName } from '../context-name.ts';
import type { FoundImage } from '../found-image.ts';
import type { BuildPart } from './build-part.ts';
import { workloadsOf } from './compose-file.ts';
import { type ComposeText, textIn } from './interpolate.ts';
import { isRemote } from './remote.ts';

/** Images that builds take files from by names of their own (`additional_contexts`). Folders and services of this file name none. */
export function findInContexts(part: BuildPart): readonly FoundImage[] {
  const { context } = part.layer.file;
  return contextsOf(part).flatMap(({ at, read, value, shift }): readonly FoundImage[] => {
    if ('outcome' in read) return [read];
    const scheme = 'docker-image://';
    if (!value.startsWith(scheme)) {
      if (isLocal(part, value)) return [];
      const message = `the context ${JSON.stringify(value)} leads elsewhere: it is not read`;
      return [problemFound(context, at, read.span, 'unreadable-file', message)];
    }
    const start = read.span.start + shift + scheme.length;
    return [
      read.unpinnable === undefined
        ? foundAt(context, at, { start, end: read.span.end }, value.slice(scheme.length))
        : foundAt(context, at, read.span, value.slice(scheme.length), { unpinnable: read.unpinnable }),
    ];
  });
}

function isLocal({ layer }: BuildPart, value: string): boolean {
  const service = /^service:(.*)$/.exec(value)?.[1];
  if (service !== undefined) return workloadsOf(layer.file, 'services').some(({ key }) => key === service);
  // A letter and a colon begin a path of Windows.
  return !isRemote(value) && !/^[a-z][a-z\d+.-]+:/i.test(value);
}

/** The names that a build takes from elsewhere: an image of such a name is never pulled. */
export function namesOfContexts(parts: readonly BuildPart[]): ReadonlySet<string> {
  return new Set(parts.flatMap(contextsOf).map(({ name }) => contextName(name)));
}

interface NamedContext {
  readonly name: string;
  readonly at: string;
  readonly read: ComposeText | FoundImage;
  readonly value: string;
  /** How far behind the beginning of the text the value stands. */
  readonly shift: number;
}

/** Written as a mapping, or as a list of `name=value`. */
function contextsOf({ layer, node, path }: BuildPart): readonly NamedContext[] {
  const { context, tree } = layer.file;
  const contexts = under(path, 'additional_contexts');
  const given = tree.member(node, 'additional_contexts');
  return [
    ...tree.entries(given).map(({ key, value }): NamedContext => {
      const at = under(contexts, key);
      const read = textIn(context, value, at, 'the context');
      return { name: key, at, read, value: 'outcome' in read ? '' : read.value, shift: 0 };
    }),
    ...tree.items(given).map((item, index): NamedContext => {
      const at = under(contexts, index);
      const read = textIn(context, item, at, 'the context');
      const text = 'outcome' in read ? '' : read.value;
      const shift = text.indexOf('=') + 1;
      return { name: text.slice(0, Math.max(0, shift - 1)), at, read, value: text.slice(shift), shift };
    }),
  ];
}
