import { checkOptions, expecting, type OptionTable, requireText } from '@sigtrail/encoding';
import { GateError, isGateError } from '../error.ts';
import { findInProject } from './compose/find-in-compose.ts';
import { findInDevcontainer } from './devcontainer.ts';
import { findInDockerfile } from './dockerfile/find-in-dockerfile.ts';
import { contextOf, type FindContext, type FindOptions, problemFound, under } from './find-context.ts';
import { FILE_KINDS, type FileKind, type FoundImage, withServicesOf } from './found-image.ts';
import { kindOf } from './kind-of.ts';
import { findInKubernetes } from './kubernetes/find-in-kubernetes.ts';
import { findInWorkflow } from './workflow.ts';

/** What a file names. */
export interface FoundImages {
  readonly kind: FileKind;
  /** In the order of the file, each place once. */
  readonly images: readonly FoundImage[];
}

/**
 * Finds every image that a file names, with its place: manifests of Kubernetes (also rendered by Helm or kustomize), Compose files, Dockerfiles,
 * workflows of GitHub, devcontainer.json. What can't be told is reported at its place, and never left out.
 *
 * @throws GateError with file, line and column, for what can't be read at all
 * @example
 * for (const image of findImages(text, { file: 'compose.yaml' }).images)
 *   if (image.outcome === 'image') console.log(image.line, image.reference.repository);
 */
export function findImages(text: string, options: FindOptions = {}): FoundImages {
  requireText(text, 'findImages', 'text');
  checkOptions(options, OPTIONS, 'findImages');
  const kind = options.kind ?? kindOf(text, options.file);
  if (kind === undefined)
    throw new GateError(
      'unknown-kind',
      'is neither a Kubernetes manifest nor a Compose file, Dockerfile, workflow or devcontainer.json; if it is one, say which: kind, or --kind on the command line',
      {
        file: options.file ?? 'text',
      },
    );
  const context = contextOf(text, kind, options);
  return { kind, images: onceEach(findOrExplain(context)) };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const OPTIONS: OptionTable<FindOptions> = {
  file: expecting('text', isText),
  kind: expecting(`one of ${FILE_KINDS.join(', ')}`, (value) => FILE_KINDS.some((kind) => kind === value)),
  environment: expecting('an object', isRecord),
  withheld: expecting('a list of names', (value) => Array.isArray(value) && value.every(isText)),
  buildArguments: expecting('an object', isRecord),
  dotEnv: expecting('a boolean', (value) => typeof value === 'boolean'),
  readNeighbour: expecting('a function', (value) => typeof value === 'function'),
};

function findOrExplain(context: FindContext): readonly FoundImage[] {
  try {
    return find(context);
  } catch (error) {
    // A template of Helm is no YAML before it is rendered: its lines say which images it would name.
    if (isGateError(error) && error.code === 'invalid-yaml' && error.file === context.file) {
      const templated = templatedLines(context);
      if (templated.length > 0) return templated;
    }
    throw error;
  }
}

function find(context: FindContext): readonly FoundImage[] {
  switch (context.kind) {
    case 'kubernetes':
      return findInKubernetes(context);
    case 'compose':
      return findInProject(context);
    case 'dockerfile':
      return findInDockerfile(context);
    case 'workflow':
      return findInWorkflow(context);
    case 'devcontainer':
      return findInDevcontainer(context);
  }
}

function templatedLines(context: FindContext): readonly FoundImage[] {
  const { text } = context;
  const lines = [...text.matchAll(/^[ \t-]*["']?image["']?:[^\n]*\{\{[^\n]*$/gm)];
  const shown = lines.length > 0 ? lines : [...text.matchAll(/^[^\n]*\{\{[^\n]*$/gm)].slice(0, 1);
  return shown.map((match, index) => {
    const line = match[0].trimEnd();
    const start = match.index + (line.length - line.trimStart().length);
    const span = { start, end: match.index + line.length };
    const message = 'this is a template: render it first (helm template … | sigtrail gate -)';
    return problemFound(context, under('', index), span, 'templated', message);
  });
}

/** An anchor's image is met once for each alias: it stands in the file once. */
function onceEach(found: readonly FoundImage[]): readonly FoundImage[] {
  const seen = new Map<string, FoundImage>();
  for (const one of found) {
    const key = JSON.stringify([one.file, one.offsets, one.outcome, one.outcome === 'image' ? one.named : one.message]);
    seen.set(key, withServicesOf(seen.get(key) ?? one, one));
  }
  const order = new Map<string, number>();
  for (const { file } of found) if (!order.has(file)) order.set(file, order.size);
  return [...seen.values()].toSorted(
    (left, right) =>
      (order.get(left.file) ?? 0) - (order.get(right.file) ?? 0) || left.offsets.start - right.offsets.start,
  );
}
