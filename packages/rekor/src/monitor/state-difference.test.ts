import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, nextShard, type World } from '../../test/watched-log.ts';
import { acknowledge } from './acknowledge.ts';
import { createFileStore } from './file-store.ts';
import type { Monitor } from './monitor.ts';
import type { WatchEvent } from './watch-event.ts';
import type { WatchRun } from './watch-run.ts';

let world: World;
let watcher: Monitor;
beforeEach(async () => {
  world = await createWorld();
  world.sign();
  world.sign();
});
afterEach(async () => {
  await watcher.close();
  await world.close();
});

const kinds = ({ events }: WatchRun): readonly string[] =>
  events.map((event) => (event.kind === 'entry' ? 'entry' : `${event.kind} ${event.code}`)).toSorted();
const alarmsIn = ({ events }: WatchRun): readonly Extract<WatchEvent, { kind: 'alarm' }>[] =>
  events.filter((event) => event.kind === 'alarm');
const store = (): ReturnType<typeof createFileStore> => createFileStore(join(world.folder, 'state'));

interface EditedLog {
  trees: { treeId: string }[];
  known: object;
  cursor?: string;
}

interface EditedState {
  logs: Record<string, EditedLog>;
  places: Record<string, object>;
  sequence: number;
  reported: number;
}

const file = (): string => join(world.folder, 'state', 'state.json');

async function editState(change: (state: EditedState) => void): Promise<void> {
  const state = JSON.parse(await readFile(file(), 'utf8'));
  change(state);
  await writeFile(file(), JSON.stringify(state));
}

describe('a state that lost a part of what its runs had seen', () => {
  const onlyLog = ({ logs }: EditedState): EditedLog => Object.values(logs)[0] as EditedLog;
  beforeEach(async () => {
    watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }] });
    world.server.shards = [world.log, nextShard(world.log, 77n)];
    expect(await watcher.run()).toMatchObject({ exitCode: 10 });
  });

  it.each<[string, (state: EditedState) => void, string]>([
    ['its logs', (state) => (state.logs = {}), 'seen 2 trees of the log'],
    ['all trees of a log', (state) => (onlyLog(state).trees = []), 'holds 0 of them'],
    ['the newest tree of a log', (state) => onlyLog(state).trees.pop(), 'holds 1 of them'],
    ['the oldest tree of a log', (state) => onlyLog(state).trees.shift(), 'holds 1 of them'],
    ['the entries that were told of', (state) => (onlyLog(state).known = {}), 'told of 2 entries'],
    ['its place in a scan', (state) => delete onlyLog(state).cursor, 'does not say how far'],
    ['its place in a scan to one beyond the tree', (state) => (onlyLog(state).cursor = '999999'), 'up to 999999'],
    [
      'its place in a scan to the next one',
      (state) => (onlyLog(state).cursor = `${BigInt(onlyLog(state).cursor ?? 0) + 1n}`),
      'proven it only up to',
    ],
  ])('%s raises an alarm that stands until it is acknowledged, and blames no log', async (_, change, sentence) => {
    await editState(change);
    const run = await watcher.run();
    expect(kinds(run)).toEqual(['alarm state-incomplete']);
    expect(run).toMatchObject({ exitCode: 30, coverage: [{ how: 'nothing' }] });
    const [alarm] = alarmsIn(run);
    expect(alarm?.message).toContain(sentence);
    expect(alarm?.evidence).toBeUndefined();
    expect(await watcher.run()).toMatchObject({ exitCode: 30, events: [] });
    await acknowledge(store(), alarm?.id ?? '');
    await watcher.run();
    world.sign(undefined, world.server.shards.at(-1));
    expect(kinds(await watcher.run())).toEqual(['entry']);
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it('scans again from where it is told to, once the loss is acknowledged', async () => {
    await editState((state) => (onlyLog(state).cursor = '999999'));
    await acknowledge(store(), alarmsIn(await watcher.run())[0]?.id ?? '');
    expect(kinds(await watcher.run())).toEqual(['entry', 'entry']);
  });
});

describe('a state', () => {
  beforeEach(async () => {
    watcher = world.watcher();
    await watcher.run();
  });

  it.each([
    [1, 'schema version 1, and this release reads version 3'],
    [2, 'schema version 2, and this release reads version 3'],
    [4, 'written by a newer release'],
  ])('of schema version %i is refused by name', async (schemaVersion, sentence) => {
    const state = JSON.parse(await readFile(file(), 'utf8'));
    await writeFile(file(), JSON.stringify({ ...state, schemaVersion }));
    await expect(watcher.run()).rejects.toMatchObject({
      code: 'invalid-state',
      message: expect.stringContaining(sentence),
    });
  });

  it('that keeps a log under the address of another is refused', async () => {
    const text = await readFile(file(), 'utf8');
    await writeFile(file(), text.replace(`"url":"${world.rekor.url}"`, '"url":"https://rekor.example.test"'));
    await expect(watcher.run()).rejects.toMatchObject({
      code: 'invalid-state',
      message: expect.stringContaining('under the address'),
    });
  });

  it.each<[string, (state: EditedState) => void, string]>([
    ['that counts fewer events than were told', (state) => (state.sequence = 0), 'counts 0 events'],
    [
      'that lost the signatures of a place',
      (state) => (state.places['registry.test/app'] = {}),
      'has seen 1 signature at',
    ],
    ['that lost a place', (state) => (state.places = {}), 'holds 0 of them'],
  ])('%s is refused', async (_, change, sentence) => {
    const signatures = [{ id: `sha256:${'a'.repeat(64)}`, format: 'cosign-signature', entries: [] }];
    await watcher.run({ places: [{ name: 'registry.test/app', isComplete: true, signatures }] });
    await editState(change);
    await expect(watcher.run()).rejects.toMatchObject({
      code: 'invalid-state',
      message: expect.stringContaining(sentence),
    });
  });

  it('has nothing to acknowledge under an id that no change has', async () => {
    await expect(acknowledge(store(), 'alarm-0')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('waiting: nothing'),
    });
    await expect(acknowledge(createFileStore(join(world.folder, 'none')), 'alarm-0')).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
