import type { Node } from 'yaml';
import { readDocuments } from '../../yaml/read-documents.ts';
import { isEmpty, spanOf, textOf, treeOf, type YamlTree } from '../../yaml/tree.ts';
import { type FindContext, neighbourContext, problemFound, readNamedFile, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { duplicatesOf } from '../kubernetes.ts';
import { textIn } from './interpolate.ts';
import { type ComposeFile, findInService, servicesOf } from './service.ts';

/** The images of a Compose file: of all its services, whatever their profiles. @throws GateError */
export function findInCompose(context: FindContext): readonly FoundImage[] {
  return composeFilesOf(context).flatMap((file) => [
    ...servicesOf(file).flatMap((service) => findInService(file, service, [service.key])),
    ...includedBy(file),
    ...duplicatesOf(context, file.tree, file.path),
  ]);
}

/** The one service of another file that extends needs. @throws GateError */
function findOneService(
  context: FindContext,
  name: string,
  runs: readonly string[],
): readonly FoundImage[] | undefined {
  const found = composeFilesOf(context).flatMap((file) =>
    servicesOf(file)
      .filter(({ key }) => key === name)
      .map((service) => findInService(file, service, runs)),
  );
  return found.length === 0 ? undefined : found.flat();
}

function composeFilesOf(context: FindContext): readonly ComposeFile[] {
  const documents = readDocuments(context);
  return documents.map((document, index) => ({
    context,
    tree: treeOf(document, context),
    path: documents.length > 1 ? `/${index}` : '',
    findOneService,
  }));
}

function includedBy({ context, tree, path }: ComposeFile): readonly FoundImage[] {
  const include = under(path, 'include');
  return tree.items(tree.member(tree.root, 'include')).flatMap((item, index) => {
    const at = under(include, index);
    if (textOf(item) !== undefined) return includeFile(context, item, at);
    const named = tree.member(item, 'path');
    const files = textOf(named) === undefined ? tree.items(named) : [named];
    if (files.length === 0)
      return [problemFound(context, at, spanOf(item), 'unreadable-file', 'this include names no path')];
    const hasEnvironment = !isEmpty(tree.member(item, 'env_file'));
    return files.flatMap((one) => [
      ...(hasEnvironment ? [ownEnvironment(context, tree, item, at)] : []),
      ...(hasEnvironment ? [] : includeFile(context, one, under(at, 'path'))),
    ]);
  });
}

/** Its variables come from a file that would have to be read in Compose's own order. */
function ownEnvironment(context: FindContext, tree: YamlTree, item: Node | undefined, path: string): FoundImage {
  const span = tree.entries(item).find(({ key }) => key === 'env_file')?.keySpan ?? spanOf(item);
  const message = 'an include with an env_file of its own: check what docker compose config prints';
  return problemFound(context, path, span, 'unsupported-expression', message);
}

function includeFile(context: FindContext, node: Node | undefined, path: string): readonly FoundImage[] {
  const read = textIn(context, node, path, 'the path');
  if ('outcome' in read) return [read];
  if (/^(?:oci|https?|git|ssh):|^git@|\.git(?:$|#)/.test(read.value))
    return [problemFound(context, path, read.span, 'unreadable-file', `${read.value} is not a file of this machine`)];
  const file = readNamedFile(context, path, read.span, read.value);
  return 'outcome' in file ? [file] : findInCompose(neighbourContext(context, file, 'compose'));
}
