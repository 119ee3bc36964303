import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIGEST, REPOSITORY } from '../../test/watched-image.ts';
import { createWorld, nextShard, type World } from '../../test/watched-log.ts';
import { callbackSink } from './sink.ts';
import { type WatchEvent, WatchEventSchema } from './watch-event.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => world.close());

const kinds = (events: readonly WatchEvent[]): readonly string[] =>
  events.map((event) => (event.kind === 'entry' ? `entry ${event.entry.logIndex}` : `${event.kind} ${event.code}`));

describe('a watcher of an image', () => {
  it('tells of what is there at first, then of what is new, each once', async () => {
    world.sign();
    await using watcher = world.watcher();
    const first = await watcher.run();
    expect(kinds(first.events)).toEqual(['notice first-use', 'entry 1']);
    expect(first).toMatchObject({ exitCode: 10, problems: [], coverage: [{ how: 'index', alarms: 0 }] });
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
    world.sign();
    const third = await watcher.run();
    expect(kinds(third.events)).toEqual(['entry 3']);
    expect(third.events[0]).toMatchObject({ baseline: false, expected: 'not-asked', sequence: 3 });
    const told = await world.events();
    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(told.map((event) => WatchEventSchema.parse(event))).toEqual(told);
  });

  it('proves what it tells: place, time, names, digest and why', async () => {
    world.sign();
    await using watcher = world.watcher();
    const [, event] = (await watcher.run()).events;
    expect(event).toMatchObject({
      kind: 'entry',
      baseline: true,
      matchedBy: [`image ${REPOSITORY}@${DIGEST}`],
      entry: {
        logIndex: 1,
        treeIndex: 1,
        kind: 'hashedrekord',
        inclusion: 'verified',
        promise: 'verified',
        integratedTime: world.sigstore.now.toISOString(),
        signers: [{ kind: 'certificate', subjects: [GITHUB_WORKFLOW] }],
      },
    });
  });

  it('tells an unexpected signer apart from an expected one', async () => {
    await using watcher = world.watcher({
      expected: [{ subject: GITHUB_WORKFLOW }],
    });
    world.sign();
    expect((await watcher.run()).exitCode).toBe(10);
    world.sign(await world.sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] }));
    const run = await watcher.run();
    expect(run).toMatchObject({
      exitCode: 20,
      events: [{ expected: 'no', entry: { signers: [{ subjects: ['mallory@evil.test'] }] } }],
    });
  });

  it('watches a person whatever is signed, by name', async () => {
    const { sigstore } = world;
    await using watcher = world.watcher({ images: [], identities: [{ subject: 'mallory@evil.test' }] });
    await watcher.run();
    const mallory = await sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer: mallory });
    expect((await watcher.run()).events).toMatchObject([{ matchedBy: ['subject mallory@evil.test'] }]);
  });

  it('watches a key whatever it signs, and knows it among who is expected', async () => {
    const { sigstore } = world;
    const signer = generateKeyPair('p256');
    const identities = [{ publicKey: signer.pem }];
    await using watcher = world.watcher({ images: [], identities, expected: identities });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer: generateKeyPair('p256') });
    const entries = (await watcher.run()).events.filter((event) => event.kind === 'entry');
    expect(entries).toMatchObject([{ expected: 'yes', entry: { signers: [{ kind: 'public-key', subjects: [] }] } }]);
    expect(entries[0]?.matchedBy).toEqual([`key ${entries[0]?.entry.signers[0]?.fingerprint ?? ''}`]);
  });

  it('reads every entry of a log that it scans, and goes on from there', async () => {
    await using watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }] });
    for (let i = 0; i < 15; i++) world.sign();
    const run = await watcher.run();
    expect(run.events.filter(({ kind }) => kind === 'entry')).toHaveLength(15);
    expect(run).toMatchObject({ exitCode: 10, coverage: [{ how: 'scan', size: '31' }] });
    world.sign();
    expect(kinds((await watcher.run()).events)).toEqual(['entry 31']);
  });

  it('leaves for the next run what is over the bound of one', async () => {
    await using watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }], maxEntriesPerRun: 10 });
    for (let i = 0; i < 10; i++) world.sign();
    const first = await watcher.run();
    expect(first).toMatchObject({ exitCode: 14, problems: [{ code: 'scan-unfinished' }] });
    const second = await watcher.run();
    await watcher.run();
    const entries = (await world.events()).filter(({ kind }) => kind === 'entry');
    expect(second.events.length).toBeGreaterThan(0);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(10);
    expect(entries).toHaveLength(10);
  });
});

describe('a log that keeps growing', () => {
  it('is proven to its end when it opens a new tree, and the new one is watched', async () => {
    const { log, server } = world;
    await using watcher = world.watcher();
    world.sign();
    await watcher.run();
    world.sign();
    const next = nextShard(log, 77n);
    server.shards = [log, next];
    world.sign(undefined, next);
    const run = await watcher.run();
    expect(run.exitCode).toBe(10);
    expect(kinds(run.events).toSorted()).toEqual(['entry 3', 'entry 6', 'notice shard-rollover']);
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
  });

  it('is watched from its very first entry when it opens with an empty tree', async () => {
    const { log, server } = world;
    await using watcher = world.watcher();
    world.sign();
    await watcher.run();
    const next = nextShard(log, 77n, 0);
    server.shards = [log, next];
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [{ kind: 'notice', code: 'shard-rollover' }] });
    world.sign(undefined, next);
    expect(await watcher.run()).toMatchObject({ exitCode: 10, problems: [], events: [{ kind: 'entry' }] });
  });

  it('is not asked about what is no longer watched', async () => {
    world.sign();
    await using before = world.watcher();
    await before.run();
    const images = [{ digest: `sha256:${'cd'.repeat(32)}` }];
    await using after = world.watcher({ images });
    expect(await after.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it('is not alarming when its index forgets an entry that the log still has', async () => {
    const { log, server } = world;
    world.sign();
    await using watcher = world.watcher();
    await watcher.run();
    const entry = log.entries[1];
    if (entry !== undefined) server.index.forget(entry);
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [{ kind: 'notice', code: 'index-incomplete' }] });
  });
});

describe('whom it tells', () => {
  it('keeps for a sink that fails, and stops no other', async () => {
    let down = true;
    const heard: string[] = [];
    const broken = callbackSink('broken', ({ id }) => {
      if (down) throw new Error('no route');
      heard.push(id);
    });
    const good: string[] = [];
    await using watcher = world.watcher({ sinks: [broken, callbackSink('good', ({ id }) => void good.push(id))] });
    world.sign();
    const first = await watcher.run();
    expect(first).toMatchObject({
      exitCode: 14,
      problems: [{ code: 'sink-failed', message: 'no route', where: 'broken' }],
    });
    expect([heard, good.length]).toEqual([[], 2]);
    down = false;
    await watcher.run();
    expect(heard).toEqual(good);
  });

  it('lets no second run have the state, and says so', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = callbackSink('slow', () => promise);
    await using watcher = world.watcher({ sinks: [slow] });
    const first = watcher.run();
    await expect.poll(async () => watcher.run().catch(({ code }: { code: string }) => code)).toBe('state-locked');
    resolve();
    await first;
  });

  it('refuses a state that it can’t read, rather than start anew', async () => {
    await using watcher = world.watcher();
    await watcher.run();
    await writeFile(join(world.folder, 'state', 'state.json'), '{"schemaVersion":2}');
    await expect(watcher.run()).rejects.toMatchObject({ code: 'invalid-state' });
  });

  it('says what could not be looked at, and forgets nothing for it', async () => {
    world.sign();
    await using watcher = world.watcher();
    await watcher.run();
    world.server.lie = () => ({ status: 503 });
    expect(await watcher.run()).toMatchObject({ exitCode: 14, coverage: [{ how: 'nothing' }] });
    world.server.lie = undefined;
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it.each([
    ['no logs', { logs: [] }],
    ['an unknown option', { imges: [] }],
    ['text that is not a digest', { images: [{ digest: 'latest' }] }],
    ['two sinks of one name', { sinks: [callbackSink('a', () => undefined), callbackSink('a', () => undefined)] }],
  ])('throws a TypeError for %s', (_, mistaken: object) => {
    expect(() => world.watcher(mistaken)).toThrow(TypeError);
  });
});
