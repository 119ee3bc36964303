import { dirname } from 'node:path';
import type { Node } from 'yaml';
import { isEmpty, spanOf, textOf } from '../../yaml/tree.ts';
import { type FindContext, neighbourContext, type NeighbourFile, problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import type { ComposeFile } from './compose-file.ts';
import { withDotEnv, withEnvironmentFile } from './environment.ts';
import { textIn } from './interpolate.ts';
import { readHere } from './remote.ts';

/** Reads the Compose files of an `include`, each by `find`. @throws GateError */
export function findIncluded(
  file: ComposeFile,
  find: (context: FindContext) => readonly FoundImage[],
): readonly FoundImage[] {
  const { tree, path } = file;
  const include = under(path, 'include');
  return tree
    .items(tree.member(tree.root, 'include'))
    .flatMap((item, index) => findInItem(file, item, under(include, index), find));
}

function findInItem(
  file: ComposeFile,
  item: Node | undefined,
  path: string,
  find: (context: FindContext) => readonly FoundImage[],
): readonly FoundImage[] {
  const { context, tree } = file;
  const problem = (key: string, message: string): readonly FoundImage[] => {
    const span = tree.entries(item).find((entry) => entry.key === key)?.keySpan ?? spanOf(item);
    return [problemFound(context, path, span, 'unsupported-expression', message)];
  };
  if (textOf(item) === undefined && !isEmpty(tree.member(item, 'project_directory')))
    return problem(
      'project_directory',
      'this moves where the paths of the file lead: check what docker compose config prints',
    );
  const named = textOf(item) === undefined ? tree.member(item, 'path') : item;
  const places = textOf(named) === undefined ? tree.items(named) : [named];
  if (places.length === 0)
    return [problemFound(context, path, spanOf(item), 'unreadable-file', 'this include names no path')];
  const read = places.map((place) => includedFile(context, place, path));
  const [first] = read;
  if (first === undefined || 'outcome' in first) return read.filter((one) => 'outcome' in one);
  // The first file says where the paths of all of them lead, and which variables there are.
  if (read.some((one) => !('outcome' in one) && dirname(one.file) !== dirname(first.file)))
    return problem(
      'path',
      'the paths of these files lead from the folder of the first: check what docker compose config prints',
    );
  const variables = variablesOf(file, item, path, first);
  if ('outcome' in variables) return [variables];
  return read.flatMap((one) =>
    'outcome' in one ? [one] : find({ ...neighbourContext(context, one, 'compose'), variables: variables.variables }),
  );
}

function includedFile(context: FindContext, node: Node | undefined, path: string): NeighbourFile | FoundImage {
  const read = textIn(context, node, path, 'the path');
  if ('outcome' in read) return read;
  return readHere(context, path, read.span, read.value);
}

/** Under the variables of the file that includes: those of the environment files that the include names, else of the `.env` beside the first file. */
function variablesOf(
  { context, tree }: ComposeFile,
  item: Node | undefined,
  path: string,
  first: NeighbourFile,
): FindContext | FoundImage {
  const named = tree.member(item, 'env_file');
  if (isEmpty(named)) return withDotEnv(neighbourContext(context, first, 'compose'));
  const files = textOf(named) === undefined ? tree.items(named) : [named];
  let filled = context;
  // Of several files the last counts, so that it is asked first.
  for (const node of files.toReversed()) {
    const read = textIn(context, node, under(path, 'env_file'), 'the environment file');
    if ('outcome' in read) return read;
    if (read.value === '/dev/null') continue;
    const file = readHere(context, under(path, 'env_file'), read.span, read.value);
    if ('outcome' in file) return file;
    filled = withEnvironmentFile(filled, file);
  }
  return filled;
}
