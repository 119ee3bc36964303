import type { Node } from 'yaml';
import type { TextSpan } from '../text/place.ts';
import { readDocuments } from '../yaml/read-documents.ts';
import { readTextNode } from '../yaml/text-node.ts';
import { isEmpty, textOf, treeOf, type YamlTree } from '../yaml/tree.ts';
import { findInDockerfile } from './dockerfile/find-in-dockerfile.ts';
import {
  builtFound,
  type FindContext,
  foundAt,
  neighbourContext,
  problemFound,
  readNamedFile,
  under,
} from './find-context.ts';
import type { FoundImage } from './found-image.ts';
import { duplicatesOf } from './duplicate-keys.ts';

/** The images of a workflow or an action of GitHub: of its jobs, their services, and steps that are images. @throws GateError */
export function findInWorkflow(context: FindContext): readonly FoundImage[] {
  return readDocuments(context).flatMap((document) => {
    const tree = treeOf(document, context);
    const jobs = tree.entries(tree.member(tree.root, 'jobs'));
    return [
      ...jobs.flatMap(({ key, value }) => findInJob({ context, tree }, value, under('/jobs', key))),
      ...findInAction({ context, tree }, tree.member(tree.root, 'runs')),
      ...duplicatesOf(context, tree, ''),
    ];
  });
}

interface Walk {
  readonly context: FindContext;
  readonly tree: YamlTree;
}

function findInJob(walk: Walk, job: Node | undefined, path: string): readonly FoundImage[] {
  const { tree } = walk;
  return tree.entries(job).flatMap(({ key, value, keySpan }): readonly FoundImage[] => {
    const at = under(path, key);
    if (key === 'container') return containerOf(walk, value, at, keySpan);
    if (key === 'services') {
      if (textOf(value) !== undefined) return containerOf(walk, value, at, keySpan);
      return tree
        .entries(value)
        .flatMap((service) => containerOf(walk, service.value, under(at, service.key), service.keySpan));
    }
    return key === 'steps' ? findInSteps(walk, value, at) : [];
  });
}

/** Written as a text, or with its image among other settings. */
function containerOf(walk: Walk, node: Node | undefined, path: string, keySpan: TextSpan): readonly FoundImage[] {
  if (isEmpty(node)) return [];
  const image = walk.tree.entries(node).find(({ key }) => key === 'image');
  if (image !== undefined) return imageIn(walk, image.value, under(path, 'image'), image.keySpan);
  if (textOf(node) !== undefined) return imageIn(walk, node, path, keySpan);
  return [problemFound(walk.context, path, keySpan, 'no-image', 'this container names no image')];
}

function findInSteps(walk: Walk, steps: Node | undefined, path: string): readonly FoundImage[] {
  const { tree } = walk;
  return tree.items(steps).flatMap((step, index) =>
    tree
      .entries(step)
      .filter(({ key, value }) => key === 'uses' && /^docker:/i.test(textOf(value) ?? ''))
      .flatMap(({ value, keySpan }) => imageIn(walk, value, `${under(path, index)}/uses`, keySpan)),
  );
}

/** `action.yml`: an action that is an image, is built from a Dockerfile, or has steps. */
function findInAction(walk: Walk, runs: Node | undefined): readonly FoundImage[] {
  const { tree } = walk;
  // The runner compares without regard to case.
  const isDocker = textOf(tree.member(runs, 'using'))?.toLowerCase() === 'docker';
  const image = tree.entries(runs).find(({ key }) => key === 'image');
  const steps = findInSteps(walk, tree.member(runs, 'steps'), '/runs/steps');
  if (!isDocker || image === undefined) return steps;
  const isImage = /^docker:/i.test(textOf(image.value) ?? '');
  const read = isImage ? imageIn : builtFrom;
  return [...read(walk, image.value, '/runs/image', image.keySpan), ...steps];
}

/** The Dockerfile beside the action, whatever it is called. */
function builtFrom({ context }: Walk, node: Node | undefined, path: string, keySpan: TextSpan): readonly FoundImage[] {
  const read = readTextNode(node, context.text, 'the image');
  if ('problem' in read) return [problemFound(context, path, keySpan, read.problem, read.message)];
  const file = readNamedFile(context, path, read.span, read.value);
  if ('outcome' in file) return [file];
  return [
    builtFound(context, path, read.span, `is built from ${file.file}`),
    ...findInDockerfile(neighbourContext(context, file, 'dockerfile')),
  ];
}

function imageIn({ context }: Walk, node: Node | undefined, path: string, keySpan: TextSpan): readonly FoundImage[] {
  const read = readTextNode(node, context.text, 'the image');
  if ('problem' in read) {
    // An empty image is how a workflow says: no container.
    if (read.problem === 'no-image') return [];
    return [problemFound(context, path, read.span.end === 0 ? keySpan : read.span, read.problem, read.message)];
  }
  const { value, span, unpinnable } = read;
  if (value === '') return [];
  if (value.includes('${{'))
    return [
      problemFound(context, path, span, 'templated', `${JSON.stringify(value)} is known only while the workflow runs`),
    ];
  const [scheme = ''] = /^docker:\/\//i.exec(value) ?? [];
  const inner = unpinnable === undefined ? { start: span.start + scheme.length, end: span.end } : span;
  return [foundAt(context, path, inner, value.slice(scheme.length), unpinnable === undefined ? {} : { unpinnable })];
}
