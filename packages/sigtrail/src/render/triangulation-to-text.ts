import { counted, requireObject } from '@sigtrail/encoding';
import {
  dependentSteps,
  type Find,
  findsOf,
  formatPlatform,
  gapsOf,
  type ManifestNode,
  type Triangulation,
} from '@sigtrail/triangulate/names';
import { cacheNotes } from '../report/cache-notes.ts';
import { describeAge } from './describe-age.ts';
import { safeText } from './safe-text.ts';

/** What is attached to an image, as a tree for people, and the places that were searched. Text of strangers is escaped. */
export function triangulationToText(graph: Triangulation): string {
  requireObject(graph, 'triangulationToText', 'graph', ['finds', 'locations']);
  const [root, ...below] = graph.manifests;
  const lines = [`${safeText(graph.pinned)}${root?.role === 'index' ? ' (index)' : ''}`];
  const branches = [
    ...findsOf(graph, graph.digest).map((find) => [findToText(find)]),
    ...below.map((node) => [nodeToText(node), ...findsOf(graph, node.digest).map((find) => `   ${findToText(find)}`)]),
  ];
  for (const [at, branch] of branches.entries()) lines.push(...branchLines(branch, at === branches.length - 1));
  if (graph.finds.length === 0) lines.push('   nothing was found');
  lines.push('looked at');
  for (const { kind, name, answer, code, message, retryAfterMs, ageMs } of graph.locations)
    lines.push(
      `  ${answer.padEnd(11)} ${kind.padEnd(15)} ${safeText(name)}${code === undefined ? '' : ` [${code}] ${safeText(message ?? '')}`}${retryAfterMs === undefined ? '' : ` (retry after ${retryAfterMs} ms)`}${describeAge(ageMs)}`,
    );
  const requests = graph.transcript.filter(
    ({ method, note }) => method !== 'READ' && note !== 'cached' && note !== 'shared listing',
  ).length;
  if (requests > 0)
    lines.push(`${counted(requests, 'request')} in ${counted(dependentSteps(graph.transcript), 'dependent step')}`);
  const gaps = gapsOf(graph).length;
  lines.push(
    gaps === 0
      ? 'every place answered: what is not listed is not there'
      : `${gaps} could not be read: nothing is known to be absent`,
  );
  if (graph.finds.length === 0) lines.push(...cacheNotes(graph.locations).map((note) => `note: ${safeText(note)}`));
  return `${lines.map(safeText).join('\n')}\n`;
}

function branchLines([head = '', ...rest]: readonly string[], last: boolean): readonly string[] {
  return [`${last ? '└─' : '├─'} ${head}`, ...rest.map((line) => `${last ? '  ' : '│ '}${line}`)];
}

function nodeToText({ role, platform, digest, about, looked }: ManifestNode): string {
  const what = role === 'image' ? (platform === undefined ? 'image' : formatPlatform(platform)) : role;
  const lead = about === undefined ? '' : ` about ${about}`;
  return `${safeText(what)} ${digest}${lead}${looked ? '' : ' (not looked at)'}`;
}

function findToText(find: Find): string {
  const { kind, bundleVersion, carrier, tag, manifestDigest, layer, predicateTypeHint, artifactType, unread } = find;
  const parts = [
    `${kind}${bundleVersion === undefined ? '' : ` ${bundleVersion}`}`,
    `by ${carrier}${tag === undefined ? '' : ` ${tag}`}`,
    layer?.digest ?? manifestDigest,
    ...(predicateTypeHint === undefined ? [] : [`says ${predicateTypeHint}`]),
    ...(kind === 'unknown-referrer' && artifactType !== undefined ? [artifactType] : []),
    ...(find.otherSubject === undefined ? [] : [`names ${find.otherSubject} as its subject`]),
    ...(unread === undefined ? [] : [`NOT READ [${unread.code}] ${unread.message}`]),
  ];
  return safeText(parts.join('  '));
}
