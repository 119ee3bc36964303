import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../test/watched-log.ts';
import { RekorError } from '../error.ts';
import { callbackSink } from './sink.ts';
import { type PlacedSignature, type WatchEvent, WatchEventSchema } from './watch-event.ts';
import { lookAtPlaces, type PlacesState, type WatchedPlace } from './watch-places.ts';

const NAME = 'registry.fake.test/acme/app@sha256:00';
const signature = (digit: string): PlacedSignature => ({
  id: `sha256:${digit.repeat(64)}`,
  format: 'cosign-signature',
  entries: [{ uuid: 'ab', logIndex: 7 }],
});
const [ONE, TWO] = [signature('1'), signature('2')];
const place = (signatures: readonly PlacedSignature[], isComplete = true, name = NAME): WatchedPlace => ({
  name,
  isComplete,
  signatures,
});

describe('lookAtPlaces', () => {
  /** Runs, one after the other; the ids of what each told is gone. */
  function looks(...runs: readonly (readonly WatchedPlace[])[]): readonly (readonly string[])[] {
    let state: PlacesState = {};
    return runs.map((places, run) => {
      const look = lookAtPlaces(state, places, `2026-11-27T00:00:0${run}.000Z`);
      state = look.places;
      return look.events.map((event) => (event.kind === 'gone' ? event.signature.id : event.kind));
    });
  }

  it('tells of a signature that was there and is not, once', () => {
    expect(looks([place([ONE, TWO])], [place([TWO])], [place([TWO])])).toEqual([[], [ONE.id], []]);
  });

  it('tells of all when nothing is left', () => {
    expect(looks([place([ONE, TWO])], [place([])])).toEqual([[], [ONE.id, TWO.id]]);
  });

  it('tells nothing of a place that could not be read to the end, and tells it when it could', () => {
    expect(looks([place([ONE])], [place([], false)], [place([], false)], [place([])])).toEqual([[], [], [], [ONE.id]]);
  });

  it('remembers what a place that could not be read to the end did show', () => {
    expect(looks([place([ONE], false)], [place([])])).toEqual([[], [ONE.id]]);
  });

  it('tells nothing of a place that was not looked at', () => {
    const other = 'registry.fake.test/acme/app@sha256:11';
    expect(looks([place([ONE])], [place([TWO], true, other)], [place([])])).toEqual([[], [], [ONE.id]]);
  });

  it('tells it again, as another event, when it came back and left again', () => {
    const first = lookAtPlaces({}, [place([ONE])], '2026-11-27T00:00:00.000Z');
    const gone = lookAtPlaces(first.places, [place([])], '2026-11-27T00:00:01.000Z');
    const back = lookAtPlaces(gone.places, [place([ONE])], '2026-11-27T00:00:02.000Z');
    const again = lookAtPlaces(back.places, [place([])], '2026-11-27T00:00:03.000Z');
    expect([gone, back, again].map(({ events }) => events.length)).toEqual([1, 0, 1]);
    expect(again.events[0]?.id).not.toBe(gone.events[0]?.id);
  });

  it('takes one signature in two layers for one: it is gone with the last', () => {
    expect(looks([place([ONE, ONE])], [place([ONE])], [place([])])).toEqual([[], [], [ONE.id]]);
  });
});

describe('a watcher with places', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => world.close());

  it('tells sinks once, with exit code 20, apart from alarms', async () => {
    await using watcher = world.watcher();
    expect((await watcher.run({ places: [place([ONE, TWO])] })).exitCode).toBe(10);
    const run = await watcher.run({ places: [place([TWO])] });
    expect(run).toMatchObject({ exitCode: 20, coverage: [{ alarms: 0 }] });
    expect(run.events).toMatchObject([
      { kind: 'gone', code: 'signature-gone', place: NAME, signature: ONE, since: expect.any(String) },
    ]);
    expect(await watcher.run({ places: [place([TWO])] })).toMatchObject({ exitCode: 0, events: [] });
    const told = await world.events();
    expect(told.filter(({ kind }) => kind === 'gone')).toEqual(run.events);
    expect(told.map((event) => WatchEventSchema.parse(event))).toEqual(told);
  });

  it('tells it also while the log can’t be read: a registry needs no log', async () => {
    await using watcher = world.watcher();
    await watcher.run({ places: [place([ONE])] });
    await world.server.close();
    const run = await watcher.run({ places: [place([])] });
    expect(run).toMatchObject({ exitCode: 20, events: [{ kind: 'gone' }], coverage: [{ how: 'nothing' }] });
  });

  it('keeps it for a sink that is down', async () => {
    const heard: WatchEvent[] = [];
    let isDown = true;
    const sink = callbackSink('pager', (event) => {
      if (isDown) throw new RekorError('sink-failed', 'down');
      heard.push(event);
    });
    await using watcher = world.watcher({ sinks: [sink] });
    await watcher.run({ places: [place([ONE])] });
    await watcher.run({ places: [place([])] });
    isDown = false;
    await watcher.run({ places: [place([])] });
    expect(heard.filter(({ kind }) => kind === 'gone')).toMatchObject([{ signature: ONE }]);
  });

  it.each([
    ['an id that is not a digest', place([{ ...ONE, id: 'one' }])],
    ['an unknown member', { ...place([]), complete: true }],
    ['a place without a name', place([], true, '')],
  ])('refuses %s', async (_what, wrong) => {
    await using watcher = world.watcher();
    await expect(watcher.run({ places: [wrong] })).rejects.toThrow(TypeError);
  });
});
