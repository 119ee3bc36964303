import { isSeq, type Node } from 'yaml';
import { GateError } from '../error.ts';
import type { TextSpan } from '../text/place.ts';
import { readDocuments } from '../yaml/read-documents.ts';
import { type NoText, readTextNode, type TextNode } from '../yaml/text-node.ts';
import { isEmpty, spanOf, textOf, treeOf, type YamlTree } from '../yaml/tree.ts';
import { withDotEnv } from './compose/environment.ts';
import { findInCompose } from './compose/find-in-compose.ts';
import { findInDockerfile } from './dockerfile/find-in-dockerfile.ts';
import {
  builtFound,
  type FindContext,
  foundAt,
  neighbourContext,
  type NeighbourFile,
  problemFound,
  readNamedFile,
  under,
} from './find-context.ts';
import type { FoundImage } from './found-image.ts';
import { changingBuild, imageInRun, mountsImage } from './engine-options.ts';
import { duplicatesOf } from './duplicate-keys.ts';
import { blankComments } from '../text/blank-comments.ts';
import { refuseOddLines } from '../text/refuse-odd-lines.ts';

/** The image of a devcontainer.json, or those of the Dockerfile or the Compose files that it names. @throws GateError */
export function findInDevcontainer(context: FindContext): readonly FoundImage[] {
  refuseOddLines(context);
  const text = blankComments(context.text);
  requireJson(context, text);
  // JSON is YAML once its comments are gone, and every place stays what it was.
  return readDocuments({ ...context, text }).flatMap((document) => {
    const tree = treeOf(document, context);
    const walk: Walk = { context, tree };
    const found = tree.entries(tree.root).flatMap(({ key, value, keySpan }) => findInMember(walk, key, value, keySpan));
    return [...found, ...duplicatesOf(context, tree, '')];
  });
}

/** YAML takes more than JSON: behind its `#`, editors read on. @throws GateError `invalid-yaml` */
function requireJson({ file, positionOf }: FindContext, text: string): void {
  const shift = text.startsWith('\uFEFF') ? 1 : 0;
  if (text.trim() === '') return;
  try {
    JSON.parse(text.slice(shift));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The engine says where; it names no place where the text ends too early.
    const [, at = text.length] = / position (\d+)/.exec(error.message) ?? [];
    throw new GateError('invalid-yaml', 'not JSON with comments', {
      file,
      position: positionOf(Math.min(Number(at) + shift, text.length)),
      cause: error,
    });
  }
}

interface Walk {
  readonly context: FindContext;
  readonly tree: YamlTree;
}

function findInMember(walk: Walk, key: string, value: Node | undefined, keySpan: TextSpan): readonly FoundImage[] {
  const path = under('', key);
  const { context, tree } = walk;
  switch (key) {
    case 'image': {
      const read = readPlain(value, context.text, 'the image');
      if ('problem' in read) return [noText(context, path, keySpan, read)];
      return [
        foundAt(
          context,
          path,
          read.span,
          read.value,
          read.unpinnable === undefined ? {} : { unpinnable: read.unpinnable },
        ),
      ];
    }
    case 'dockerFile':
      return dockerfileOf(walk, value, path, keySpan, undefined);
    case 'build':
      return [
        ...dockerfileOf(
          walk,
          tree.member(value, 'dockerfile'),
          under(path, 'dockerfile'),
          keySpan,
          tree.member(value, 'args'),
        ),
        ...doubtfulOptions(walk, tree.member(value, 'options'), under(path, 'options'), changingBuild),
      ];
    case 'runArgs':
      return doubtfulOptions(walk, value, path, imageInRun);
    case 'workspaceMount':
      return findInMount(walk, value, path);
    case 'mounts':
      return tree.items(value).flatMap((mount, index) => findInMount(walk, mount, under(path, index)));
    case 'dockerComposeFile': {
      return composeOf(walk, textOf(value) === undefined ? tree.items(value) : [value], path, keySpan);
    }
    default:
      return [];
  }
}

/** Reads a text without variables: those are filled in only where the container is made. */
function readPlain(node: Node | undefined, text: string, what: string): TextNode | NoText {
  const read = readTextNode(node, text, what);
  if ('problem' in read || !read.value.includes('${')) return read;
  const message = `${JSON.stringify(read.value)} is filled in where the container is made`;
  return { problem: 'templated', message, span: read.span };
}

function noText(context: FindContext, path: string, keySpan: TextSpan, { problem, message, span }: NoText): FoundImage {
  return problemFound(context, path, problem === 'templated' ? span : keySpan, problem, message);
}

function dockerfileOf(
  { context, tree }: Walk,
  node: Node | undefined,
  path: string,
  keySpan: TextSpan,
  given: Node | undefined,
): readonly FoundImage[] {
  if (isEmpty(node)) return [problemFound(context, path, keySpan, 'no-image', 'this build names no Dockerfile')];
  const read = readPlain(node, context.text, 'the Dockerfile');
  if ('problem' in read) return [noText(context, path, keySpan, read)];
  const file = readNamedFile(context, path, read.span, read.value);
  if ('outcome' in file) return [file];
  const inner = neighbourContext(context, file, 'dockerfile');
  const buildArguments = Object.fromEntries(
    tree.entries(given).map(({ key, value }) => {
      const argument = readPlain(value, context.text, `the argument ${key}`);
      return [key, 'problem' in argument ? argument : argument.value];
    }),
  );
  return [
    builtFound(context, path, read.span, `is built from ${file.file}`),
    ...findInDockerfile({ ...inner, buildArguments }),
  ];
}

/** Options of a build or a run that choose another image than the file names. */
function doubtfulOptions(
  { context, tree }: Walk,
  options: Node | undefined,
  path: string,
  find: (options: readonly string[]) => number,
): readonly FoundImage[] {
  if (isEmpty(options)) return [];
  const items = tree.items(options);
  const index = isSeq(options) ? find(items.map((item) => textOf(item) ?? '')) : 0;
  if (index < 0) return [];
  const span = spanOf(items[index] ?? options);
  const written = context.text.slice(span.start, span.end);
  const message = `${written} decides which image is built or run: name it in image, or in build`;
  return [problemFound(context, under(path, index), span, 'unsupported-expression', message)];
}

/** A mount of an image, whose files the container then has: in the text form of `--mount`, or as members. */
function findInMount({ context, tree }: Walk, mount: Node | undefined, path: string): readonly FoundImage[] {
  const text =
    textOf(mount) ??
    tree
      .entries(mount)
      .map(({ key, value }) => `${key}=${textOf(value) ?? ''}`)
      .join(',');
  if (!mountsImage(text)) return [];
  const message = 'this mount may be of an image, which is not read here: let a Compose file name it';
  return [problemFound(context, path, spanOf(mount), 'unsupported-expression', message)];
}

/** As `docker compose -f FIRST -f SECOND` does: the variables are those beside the first file. */
function composeOf(
  { context }: Walk,
  nodes: readonly (Node | undefined)[],
  path: string,
  keySpan: TextSpan,
): readonly FoundImage[] {
  const files = nodes.map((node): NeighbourFile | FoundImage => {
    const read = readPlain(node, context.text, 'the Compose file');
    if ('problem' in read) return noText(context, path, keySpan, read);
    return readNamedFile(context, path, read.span, read.value);
  });
  const [first] = files;
  const { variables } =
    first === undefined || 'outcome' in first ? context : withDotEnv(neighbourContext(context, first, 'compose'));
  return files.flatMap((file) =>
    'outcome' in file ? [file] : findInCompose({ ...neighbourContext(context, file, 'compose'), variables }),
  );
}
