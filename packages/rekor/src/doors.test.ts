import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';

import * as everything from './index.ts';

const { publicKey } = createLog().key;
const digest = `sha256:${'0'.repeat(64)}`;
const openStore = (): never => {
  throw new Error('a refused call must not send a request');
};
const rekor = everything.createRekor({
  url: 'https://127.0.0.1:9',
  trust: [{ publicKey }],
  version: 1,
});
const store = { open: openStore };
const watcher = everything.monitor({ logs: [{ rekor }], store, sinks: [] });
const trust = { logs: [{ publicKey }] };
const unknown: object = { signal: undefined, typo: 1 };

type Call = () => unknown;

/** What takes options or trust: each call has one unknown member, or one wrong value. */
const REFUSED: Readonly<Record<string, Readonly<Record<'unknown-option' | 'invalid-option', readonly Call[]>>>> = {
  createRekor: {
    'unknown-option': [
      () => everything.createRekor({ url: 'https://rekor.test', trust: [], ...unknown }),
      () => everything.createRekor({ url: 'https://rekor.test', trust: [{ publicKey, validfor: {} } as never] }),
    ],
    'invalid-option': [
      () => everything.createRekor({ url: 'ftp://rekor.test', trust: [] }),
      () => everything.createRekor({ url: 'https://rekor.test', trust: [], timeoutMs: -1 }),
      () => everything.createRekor({ url: 'https://rekor.test', trust: [], ca: 'nothing' }),
      () => everything.createRekor({ url: 'https://rekor.test', trust: [], witnessQuorum: 1 }),
      () => everything.createRekor(undefined as never),
    ],
  },
  'rekor.version': {
    'unknown-option': [() => rekor.version(unknown)],
    'invalid-option': [() => rekor.version(7 as never)],
  },
  'rekor.entry': {
    'unknown-option': [
      () => rekor.entry({ logIndex: 1 }, unknown),
      () => rekor.entry({ logIndex: 1, index: 2 } as never),
    ],
    'invalid-option': [
      () => rekor.entry({ logIndex: -1 }),
      () => rekor.entry({ uuid: 7 as never }),
      () => rekor.entry({} as never),
      () => rekor.entry({ logIndex: 1, uuid: '0'.repeat(64) }),
      () => rekor.entry({ logIndex: 1 }, { signal: 'now' as never }),
    ],
  },
  'rekor.entries': {
    'unknown-option': [() => rekor.entries([], unknown), () => rekor.entries([{ logIndex: 1, ...unknown }])],
    'invalid-option': [() => rekor.entries({} as never), () => rekor.entries([{ proposed: 7 as never }])],
  },
  'rekor.search': {
    'unknown-option': [() => rekor.search({ hash: digest }, unknown), () => rekor.search({ hash: digest, ...unknown })],
    'invalid-option': [() => rekor.search({}), () => rekor.search({ hash: 'x' })],
  },
  'rekor.logInfo': {
    'unknown-option': [() => rekor.logInfo(unknown)],
    'invalid-option': [() => rekor.logInfo([] as never)],
  },
  'rekor.checkpoint': {
    'unknown-option': [() => rekor.checkpoint({}, unknown), () => rekor.checkpoint({ treeID: '1' } as never)],
    'invalid-option': [() => rekor.checkpoint({ treeId: '-1' }), () => rekor.checkpoint({ treeId: 1 as never })],
  },
  'rekor.consistency': {
    'unknown-option': [() => rekor.consistency('', undefined, unknown)],
    'invalid-option': [() => rekor.consistency(7 as never), () => rekor.consistency('', 7 as never)],
  },
  'rekor.scan': {
    'unknown-option': [() => rekor.scan(0, 1, unknown)],
    'invalid-option': [
      () => rekor.scan(-1),
      () => rekor.scan('0' as never),
      () => rekor.scan(2, 1),
      () => rekor.scan(0, 1, { ahead: 0.5 }),
      () => rekor.scan(0, 1, { under: 'note' as never }),
    ],
  },
  'rekor.advertisedKey': {
    'unknown-option': [() => rekor.advertisedKey({}, unknown), () => rekor.advertisedKey({ ...unknown })],
    'invalid-option': [() => rekor.advertisedKey({ treeId: '0' })],
  },
  monitor: {
    'unknown-option': [() => everything.monitor({ logs: [{ rekor }], store, sinks: [], ...unknown })],
    'invalid-option': [() => everything.monitor({ logs: [], store, sinks: [] })],
  },
  'monitor.run': {
    'unknown-option': [() => watcher.run(unknown)],
    'invalid-option': [() => watcher.run({ places: [{}] as never }), () => watcher.run({ signal: 1 as never })],
  },
  'monitor.watch': {
    'unknown-option': [() => watcher.watch(1, { signal: AbortSignal.abort(), onrun: 1 } as never)],
    'invalid-option': [
      () => watcher.watch(0, { signal: AbortSignal.abort() }),
      () => watcher.watch(1, {} as never),
      () => watcher.watch(1, { signal: AbortSignal.abort(), onRun: 1 as never }),
    ],
  },
  webhookSink: {
    'unknown-option': [() => everything.webhookSink('https://hook.test', { ...unknown })],
    'invalid-option': [
      () => everything.webhookSink('ftp://hook.test'),
      () => everything.webhookSink(7 as never),
      () => everything.webhookSink('https://hook.test', { secretHeaders: { a: 1 as never } }),
    ],
  },
  acknowledge: {
    'unknown-option': [() => everything.acknowledge(store, 'id', { ...unknown })],
    'invalid-option': [
      () => everything.acknowledge(store, 'id', { now: 1 as never }),
      () => everything.acknowledge(store, 7 as never),
    ],
  },
  callbackSink: {
    'unknown-option': [],
    'invalid-option': [
      () => everything.callbackSink('a', 1 as never),
      () => everything.callbackSink('', () => undefined),
    ],
  },
  jsonlSink: { 'unknown-option': [], 'invalid-option': [() => everything.jsonlSink('')] },
  createFileStore: { 'unknown-option': [], 'invalid-option': [() => everything.createFileStore('')] },
  compareProofs: {
    'unknown-option': [
      () => everything.compareProofs([], trust, { ...unknown }),
      () => everything.compareProofs([], { ...trust, ...unknown }),
    ],
    'invalid-option': [() => everything.compareProofs([], trust, { maxPairs: -1 })],
  },
  proveEntry: {
    'unknown-option': [() => everything.proveEntry({} as never, { ...trust, witnessquorum: 1 } as never)],
    'invalid-option': [() => everything.proveEntry({} as never, { ...trust, witnessQuorum: 1 })],
  },
  verifyEvidence: {
    'unknown-option': [() => everything.verifyEvidence({} as never, { ...trust, ...unknown })],
    'invalid-option': [() => everything.verifyEvidence({} as never, { logs: 7 as never })],
  },
  searchKeys: {
    'unknown-option': [() => everything.searchKeys({ digests: [digest], ...unknown })],
    'invalid-option': [() => everything.searchKeys({ digests: ['x'] }), () => everything.searchKeys({} as never)],
  },
  proposeHashedRekord: {
    'unknown-option': [() => everything.proposeHashedRekord({ ...unknown } as never)],
    'invalid-option': [() => everything.proposeHashedRekord(7 as never)],
  },
  proposeDsse: {
    'unknown-option': [() => everything.proposeDsse({ envelope: '', verifierPems: [], ...unknown })],
    'invalid-option': [() => everything.proposeDsse({} as never)],
  },
  parseLogKey: { 'unknown-option': [], 'invalid-option': [() => everything.parseLogKey(7 as never)] },
  parseWitnessKey: { 'unknown-option': [], 'invalid-option': [() => everything.parseWitnessKey(7 as never)] },
};

const CODES = ['unknown-option', 'invalid-option'] as const;

describe.each(Object.entries(REFUSED))('%s', (_, calls) => {
  it.each(CODES)('refuses with a TypeError: %s', async (code) => {
    for (const call of calls[code]) {
      const error: unknown = await Promise.resolve()
        .then(call)
        .then(
          () => undefined,
          (cause: unknown) => cause,
        );
      expect(error, String(call)).toBeInstanceOf(TypeError);
      expect(error, String(call)).toHaveProperty('code', code);
    }
  });
});

it('has every method among them', () => {
  const methods = (name: string, of: object): readonly string[] =>
    Object.entries(of).flatMap(([method, value]) =>
      typeof value === 'function' && method !== 'close' ? [`${name}.${method}`] : [],
    );
  const doors = [...methods('rekor', rekor), ...methods('monitor', watcher)];
  expect(
    Object.keys(REFUSED)
      .filter((name) => name.includes('.'))
      .toSorted(),
  ).toEqual(doors.toSorted());
});

it('throws no TypeError without a code', () => {
  const sources = globSync('**/*.ts', { cwd: import.meta.dirname }).filter(
    (path) => !path.endsWith('.test.ts') && path !== 'options.ts',
  );
  const plain = sources.filter((path) =>
    readFileSync(join(import.meta.dirname, path), 'utf8').includes('new TypeError('),
  );
  expect(plain).toEqual([]);
});
