import { type Entry, isEmpty, textOf } from '../../yaml/tree.ts';
import { neighbourContext, problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { type ComposeFile, composeFilesOf, isGiven, type Section, workloadsOf } from './compose-file.ts';
import { textIn } from './interpolate.ts';
import { readHere } from './remote.ts';

/** A service as one place writes it. What it extends is a layer of its own. */
export interface Layer {
  readonly file: ComposeFile;
  readonly service: Entry;
  readonly path: string;
  readonly members: ReadonlyMap<string, Entry>;
}

/** A service with all that it extends, the nearest first; and what of it can't be told. */
export interface Layers {
  readonly layers: readonly [Layer, ...Layer[]];
  readonly problems: readonly FoundImage[];
}

/** A member of a layer. */
export interface LayerMember {
  readonly layer: Layer;
  readonly entry: Entry;
}

/** Follows `extends`, through this file and others. @throws GateError */
export function layersOf(file: ComposeFile, section: Section, service: Entry, trail: readonly string[] = []): Layers {
  const path = under(under(file.path, section), service.key);
  const members = new Map(file.tree.entries(service.value).map((entry) => [entry.key, entry]));
  const layer: Layer = { file, service, path, members };
  const scattered = section === 'services' && file.scattered.has(service.key) ? [scatteredService(layer)] : [];
  const extended = members.get('extends');
  if (!isGiven(extended)) return { layers: [layer], problems: scattered };
  const base = extendedBy(layer, extended, section, [...trail, stepOf(file, service)]);
  if ('outcome' in base) return { layers: [layer], problems: [...scattered, base] };
  return { layers: [layer, ...base.layers], problems: [...scattered, ...base.problems] };
}

function scatteredService({ file, service, path }: Layer): FoundImage {
  const message = `several documents of this file have the service ${JSON.stringify(service.key)}: write it into one`;
  return problemFound(file.context, path, service.keySpan, 'unsupported-expression', message);
}

/** The nearest layer that has this member. */
export function nearest(layers: readonly Layer[], key: string): LayerMember | undefined {
  for (const layer of layers) {
    const entry = layer.members.get(key);
    if (isGiven(entry)) return { layer, entry };
  }
  return undefined;
}

const MAX_CHAIN = 32;

function extendedBy(layer: Layer, extended: Entry, section: Section, trail: readonly string[]): Layers | FoundImage {
  const { file, path } = layer;
  const at = under(path, 'extends');
  const missing = (message: string): FoundImage =>
    problemFound(file.context, at, extended.keySpan, 'missing-service', message);
  const isDirect = textOf(extended.value) !== undefined;
  const named = isDirect ? extended.value : file.tree.member(extended.value, 'service');
  const other = isDirect ? undefined : file.tree.member(extended.value, 'file');
  if (isEmpty(named)) return missing('this extends names no service');
  const service = textIn(file.context, named, at, 'the service', extended.keySpan);
  if ('outcome' in service) return service;
  const name = service.value;
  if (isEmpty(other)) {
    const base = workloadsOf(file, section).find(({ key }) => key === name);
    if (base === undefined) return missing(`the file has no service ${JSON.stringify(name)}`);
    if (trail.includes(stepOf(file, base)) || trail.length > MAX_CHAIN)
      return missing('these services extend each other without an end');
    return layersOf(file, section, base, trail);
  }
  const read = textIn(file.context, other, under(at, 'file'), 'the file');
  if ('outcome' in read) return read;
  const neighbour = readHere(file.context, under(at, 'file'), read.span, read.value);
  if ('outcome' in neighbour) return neighbour;
  for (const document of composeFilesOf(neighbourContext(file.context, neighbour, 'compose'))) {
    const base = workloadsOf(document, 'services').find(({ key }) => key === name);
    if (base !== undefined) return layersOf(document, 'services', base, trail);
  }
  return missing(`${neighbour.file} has no service ${JSON.stringify(name)}`);
}

function stepOf({ context, path }: ComposeFile, { key }: Entry): string {
  return JSON.stringify([context.file, path, key]);
}
