// Asks the peers that are installed every row, or those with one of the given words in their name, against the row's own registry, and writes their answers to
// recorded.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Behaviour } from './behaviour.ts';
import { behaviours } from './behaviours.ts';
import { askAboutLayout } from './layout-peers.ts';
import { type LayoutBehaviour, layouts } from './layouts.ts';
import { askPeer, type Peer, peers, versionOf } from './peers.ts';
import { startBehaviour } from './started.ts';
import { withSetting } from './setting.ts';

/** Where the answers are kept. */
export const RECORDED: string = join(import.meta.dirname, 'recorded.json');

/** What peers answered. */
export interface Recorded {
  /** Versions by peer. A peer that isn't named was not installed. */
  readonly versions: Readonly<Record<string, string>>;
  /** Answers by row and peer. A peer that has no command for it isn't named. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The same about layouts. */
  readonly layouts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The answers as they were recorded. */
export function readRecorded(): Recorded {
  return JSON.parse(readFileSync(RECORDED, 'utf8')) as Recorded;
}

/** Asks the peers that are installed. */
export async function askPeers(rows: readonly Behaviour[], layoutRows: readonly LayoutBehaviour[]): Promise<Recorded> {
  const versions: Record<string, string> = {};
  for (const peer of peers) {
    const version = await versionOf(peer);
    if (version !== undefined) versions[peer.name] = version;
  }
  const installed = peers.filter(({ name }) => name in versions);
  const answers: Record<string, Readonly<Record<string, string>>> = {};
  for (const row of rows) answers[row.name] = await answersTo(row, installed);
  const saved: Record<string, Readonly<Record<string, string>>> = {};
  for (const row of layoutRows) saved[row.name] = await askAboutLayout(row, Object.keys(versions));
  return { versions, answers, layouts: saved };
}

async function answersTo(row: Behaviour, installed: readonly Peer[]): Promise<Readonly<Record<string, string>>> {
  const { server, setting } = await startBehaviour(row);
  try {
    const pairs = installed.map(async (peer) => {
      const answer = await withSetting(
        setting,
        async (place) => await askPeer(peer, row.operation, server, setting, place),
      );
      return [peer.name, answer] as const;
    });
    const answered = await Promise.all(pairs);
    return Object.fromEntries(answered.flatMap(([name, answer]) => (answer === undefined ? [] : [[name, answer]])));
  } finally {
    await server.close();
  }
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const isAsked = ({ name }: { readonly name: string }): boolean =>
    words.length === 0 || words.some((word) => name.includes(word));
  const before = words.length === 0 ? undefined : readRecorded();
  const now = await askPeers(behaviours.filter(isAsked), layouts.filter(isAsked));
  if (before !== undefined && JSON.stringify(before.versions) !== JSON.stringify(now.versions))
    throw new Error('other versions than those that were recorded: ask every row');
  const recorded: Recorded = {
    versions: now.versions,
    answers: inOrder(behaviours, { ...before?.answers, ...now.answers }),
    layouts: inOrder(layouts, { ...before?.layouts, ...now.layouts }),
  };
  writeFileSync(RECORDED, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

function inOrder(
  rows: readonly { readonly name: string }[],
  answers: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(rows.map(({ name }) => [name, answers[name] ?? {}]));
}
