import { isMap, isScalar, type Node, type Scalar } from 'yaml';
import { isEmpty, spanOf, textOf } from '../../yaml/tree.ts';
import { findInDockerfile } from '../dockerfile/find-in-dockerfile.ts';
import {
  type BuildArguments,
  builtFound,
  foundAt,
  neighbourContext,
  problemFound,
  readNamedFile,
  under,
} from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import type { LookUp } from '../expand-variables.ts';
import type { BuildPart } from './build-part.ts';
import { isGiven } from './compose-file.ts';
import { findInContexts, namesOfContexts } from './contexts.ts';
import { textIn } from './interpolate.ts';
import type { Layer } from './layers.ts';
import { problemElsewhere } from './remote.ts';

/** What a service is built from: the builds of its layers, put together as Compose does. @throws GateError */
export function findInBuild(layers: readonly Layer[]): readonly FoundImage[] {
  const parts = layers.flatMap((layer): readonly BuildPart[] => {
    const build = layer.members.get('build');
    if (!isGiven(build)) return [];
    return [{ layer, node: build.value, path: under(layer.path, 'build'), keySpan: build.keySpan }];
  });
  const [first] = parts;
  if (first === undefined) return [];
  const others = [...parts.flatMap(findInContexts), ...findGenerator(parts)];
  const inline = memberOf(parts, 'dockerfile_inline');
  if (inline === undefined) return [...findInItsDockerfile(first, parts), ...others];
  const message =
    'a Dockerfile that is written into the Compose file: put it into a file of its own, which can be read';
  return [problemAt(inline.part, 'dockerfile_inline', inline.node, message), ...others];
}

interface PartMember {
  readonly part: BuildPart;
  readonly node: Node;
}

/** The nearest part that has this member; a build that is a text is its context. */
function memberOf(parts: readonly BuildPart[], key: string): PartMember | undefined {
  for (const part of parts) {
    const { node, layer } = part;
    const member = isMap(node) ? layer.file.tree.member(node, key) : key === 'context' ? node : undefined;
    if (member !== undefined && !isEmpty(member)) return { part, node: member };
  }
  return undefined;
}

function problemAt({ layer, path }: BuildPart, key: string, node: Node, message: string): FoundImage {
  return problemFound(layer.file.context, under(path, key), spanOf(node), 'unsupported-expression', message);
}

function findInItsDockerfile(first: BuildPart, parts: readonly BuildPart[]): readonly FoundImage[] {
  const folder = textOfMember(parts, 'context', 'the build context') ?? { value: '.', part: first };
  if ('outcome' in folder) return [folder];
  const dockerfile = textOfMember(parts, 'dockerfile', 'the Dockerfile') ?? { value: 'Dockerfile' };
  if ('outcome' in dockerfile) return [dockerfile];
  const { part } = folder;
  const { context } = part.layer.file;
  const elsewhere =
    problemElsewhere(context, part.path, part.keySpan, folder.value) ??
    problemElsewhere(context, part.path, part.keySpan, dockerfile.value);
  if (elsewhere !== undefined) return [elsewhere];
  const name = dockerfile.value.startsWith('/')
    ? dockerfile.value
    : `${folder.value.replace(/\/+$/, '')}/${dockerfile.value}`;
  const read = readNamedFile(context, part.path, part.keySpan, name);
  if ('outcome' in read) return [read];
  return [
    builtFound(context, part.path, part.keySpan, `is built from ${read.file}`),
    ...findInDockerfile({
      ...neighbourContext(context, read, 'dockerfile'),
      buildArguments: argumentsOf(parts),
      namedContexts: namesOfContexts(parts),
    }),
  ];
}

function textOfMember(
  parts: readonly BuildPart[],
  key: string,
  what: string,
): { readonly value: string; readonly part: BuildPart } | FoundImage | undefined {
  const member = memberOf(parts, key);
  if (member === undefined) return undefined;
  const { part, node } = member;
  const read = textIn(part.layer.file.context, node, under(part.path, key), what, part.keySpan);
  return 'outcome' in read ? read : { value: read.value, part };
}

/** The arguments of all parts, the nearest last, so that it counts. */
function argumentsOf(parts: readonly BuildPart[]): BuildArguments {
  return Object.fromEntries(parts.toReversed().flatMap(argumentsIn));
}

function argumentsIn({ layer, node, path }: BuildPart): readonly (readonly [string, ReturnType<LookUp>])[] {
  const { context, tree } = layer.file;
  const valueOf = (name: string, value: Node | undefined): ReturnType<LookUp> => {
    // An argument without a value takes its value from the environment, and is left out if the environment has none.
    if (value === undefined || isEmpty(value)) return context.variables(name);
    if (isPlainScalar(value, context.text)) return String(value.value);
    const read = textIn(context, value, path, `the argument ${name}`);
    return 'outcome' in read ? whyNot(read) : read.value;
  };
  const given = tree.member(node, 'args');
  const listed = tree.items(given).map((item): readonly [string, ReturnType<LookUp>] => {
    const written = textOf(item) ?? '';
    const read = textIn(context, item, path, 'the argument');
    const [name = '', ...rest] = ('outcome' in read ? written : read.value).split('=');
    if ('outcome' in read) return [name, whyNot(read)];
    return [name, rest.length > 0 ? rest.join('=') : context.variables(name)];
  });
  return [...tree.entries(given).map(({ key, value }) => [key, valueOf(key, value)] as const), ...listed];
}

/** A number or a truth value that every reader of YAML writes as it stands there. */
function isPlainScalar(node: Node, text: string): node is Scalar<number | boolean> {
  if (!isScalar(node) || (!Number.isSafeInteger(node.value) && typeof node.value !== 'boolean')) return false;
  const { start, end } = spanOf(node);
  return text.slice(start, end) === String(node.value);
}

function whyNot(found: FoundImage): ReturnType<LookUp> {
  return found.outcome === 'problem' ? { problem: found.problem, message: found.message } : undefined;
}

/** The image that BuildKit runs to write the SBOM of what it builds. */
function findGenerator(parts: readonly BuildPart[]): readonly FoundImage[] {
  const sbom = memberOf(parts, 'sbom');
  if (sbom === undefined || (isScalar(sbom.node) && typeof sbom.node.value === 'boolean')) return [];
  const { part, node } = sbom;
  const { context } = part.layer.file;
  const path = under(part.path, 'sbom');
  const read = textIn(context, node, path, 'the generator');
  if ('outcome' in read) return [read];
  // Fields separated by commas, which may be quoted.
  const [, before = '', image = ''] = /^((?:.*,)?\s*generator=)([^,]*)/i.exec(read.value) ?? [];
  if (read.value.includes('"'))
    return [problemAt(part, 'sbom', node, 'quotes are not read here: write generator=… without them')];
  if (image === '') return [];
  const start = read.span.start + before.length;
  const span = read.unpinnable === undefined ? { start, end: start + image.length } : read.span;
  return [foundAt(context, path, span, image, read.unpinnable === undefined ? {} : { unpinnable: read.unpinnable })];
}
