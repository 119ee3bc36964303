import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { formatCheckpoint } from '../note/checkpoint.ts';
import { createRekor } from './client.ts';
import type { Rekor, RekorOptions } from './rekor.ts';
import { encodeBase64, encodeHex } from '@sigtrail/encoding';
import { entryUuid } from '../entry/entry-link.ts';
import { leafHash } from '../proof/merkle.ts';

const BODY = Buffer.from('{"apiVersion":"0.0.1","kind":"jar","spec":{}}');
const LEAF = leafHash(BODY);
const ROOT = encodeHex(LEAF);
const LOG_ID = 'c0'.repeat(32);
const UUID = entryUuid(42n, LEAF);
const CHECKPOINT = formatCheckpoint({
  origin: 'log.example - 42',
  size: 1n,
  rootHash: LEAF,
  extensions: [],
  signatures: [{ name: 'log.example', keyHint: new Uint8Array(4), signature: new Uint8Array(8) }],
});
const ENTRY = {
  body: encodeBase64(BODY),
  integratedTime: 1700000000,
  logID: LOG_ID,
  logIndex: 2_000_000_007,
  verification: {
    inclusionProof: { checkpoint: CHECKPOINT, hashes: [], logIndex: 0, rootHash: ROOT, treeSize: 1 },
    signedEntryTimestamp: 'AQID',
  },
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A client of a log on this machine that gives one answer to everything. */
async function rekorThat(answer: Answer, options: Partial<RekorOptions> = {}): Promise<Rekor> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  cleanups.push(async () => server.closeAllConnections());
  const rekor = createRekor({ url: `http://127.0.0.1:${String(port)}/`, trust: [], version: 1, ...options });
  cleanups.push(() => rekor.close());
  return rekor;
}
const json =
  (value: unknown): Answer =>
  (_request, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(typeof value === 'string' ? value : JSON.stringify(value));
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(code, headers).end();

describe('createRekor', () => {
  it('reads an entry by its global index', async () => {
    const seen: (string | undefined)[] = [];
    const rekor = await rekorThat(
      (request, response) => {
        seen.push(request.url, request.headers['user-agent']);
        json({ [UUID]: ENTRY })(request, response);
      },
      { userAgent: 'acme-deploy/1.0' },
    );
    expect(await rekor.entry({ logIndex: ENTRY.logIndex })).toMatchObject({
      uuid: UUID,
      logIndex: ENTRY.logIndex,
      treeIndex: 0,
      logId: LOG_ID,
      integratedTime: ENTRY.integratedTime,
      body: new Uint8Array(BODY),
      signedEntryTimestamp: Uint8Array.of(1, 2, 3),
      inclusionProof: { logIndex: 0, treeSize: 1, rootHash: LEAF, hashes: [], checkpoint: CHECKPOINT },
    });
    expect(seen).toEqual([`/api/v1/log/entries?logIndex=${String(ENTRY.logIndex)}`, 'acme-deploy/1.0']);
  });

  it.each([UUID, ROOT, UUID.toUpperCase()])('reads an entry by UUID %s', async (uuid) => {
    const rekor = await rekorThat((request, response) =>
      json(request.url?.endsWith(uuid.toLowerCase()) === true ? { [UUID]: ENTRY } : {})(request, response),
    );
    expect(await rekor.entry({ uuid: uuid })).toMatchObject({ uuid: UUID });
  });

  it('reads an old answer without proof and checkpoint', async () => {
    const rekor = await rekorThat(json({ [ROOT]: { ...ENTRY, verification: { signedEntryTimestamp: 'AQID' } } }));
    const entry = await rekor.entry({ uuid: ROOT });
    expect(entry).not.toHaveProperty('inclusionProof');
    expect(entry).not.toHaveProperty('treeIndex');
  });

  const otherUuid = entryUuid(42n, leafHash(Buffer.from('other')));
  const withProof = (proof: object): object => ({
    ...ENTRY,
    verification: { ...ENTRY.verification, inclusionProof: { ...ENTRY.verification.inclusionProof, ...proof } },
  });
  it.each<[string, string, unknown]>([
    ['the entry of another index', 'entry-mismatch', { [UUID]: { ...ENTRY, logIndex: 8 } }],
    ['a body that is not that of its UUID', 'entry-mismatch', { [otherUuid]: ENTRY }],
    ['a proof from another tree', 'wrong-tree', { [entryUuid(43n, LEAF)]: ENTRY }],
    ['two entries', 'invalid-response', { [UUID]: ENTRY, [otherUuid]: ENTRY }],
    ['no entry', 'invalid-response', {}],
    ['a list', 'invalid-response', [ENTRY]],
    ['a malformed UUID', 'invalid-response', { [UUID.slice(1)]: ENTRY }],
    [
      'the same UUID twice',
      'invalid-response',
      `{"${UUID}":${JSON.stringify(ENTRY)},"${UUID}":${JSON.stringify(ENTRY)}}`,
    ],
    ['no JSON', 'invalid-response', '<html>'],
    ['a body that is not base64', 'invalid-response', { [UUID]: { ...ENTRY, body: `${ENTRY.body}\n` } }],
    ['a time in text', 'invalid-response', { [UUID]: { ...ENTRY, integratedTime: '1700000000' } }],
    ['a negative index', 'invalid-response', { [UUID]: { ...ENTRY, logIndex: -1 } }],
    ['an upper-case log id', 'invalid-response', { [UUID]: { ...ENTRY, logID: LOG_ID.toUpperCase() } }],
    ['a hash of 31 bytes', 'invalid-response', { [UUID]: withProof({ hashes: [ROOT.slice(2)] }) }],
    [
      'more than 64 hashes',
      'invalid-response',
      { [UUID]: withProof({ hashes: Array.from({ length: 65 }, () => ROOT) }) },
    ],
    ['a checkpoint of another type', 'invalid-response', { [UUID]: withProof({ checkpoint: 1 }) }],
    ['a malformed checkpoint', 'invalid-checkpoint', { [UUID]: withProof({ checkpoint: CHECKPOINT.slice(1, -1) }) }],
  ])('refuses %s', async (_what, code, answer) => {
    const rekor = await rekorThat(json(answer));
    await expect(rekor.entry({ logIndex: ENTRY.logIndex })).rejects.toMatchObject({ name: 'RekorError', code });
  });

  it('refuses the same body from another tree than the UUID asked for', async () => {
    const rekor = await rekorThat(json({ [ROOT]: ENTRY }));
    await expect(rekor.entry({ uuid: UUID })).rejects.toMatchObject({ code: 'wrong-tree' });
  });

  it('reads the trees of the log with their offsets, the empty and the missing list alike', async () => {
    const shard = { rootHash: ROOT, signedTreeHead: CHECKPOINT, treeID: '42', treeSize: 1 };
    const earlier = { ...shard, signedTreeHead: CHECKPOINT.replace('- 42', '- 41'), treeID: '41' };
    const alone = await (await rekorThat(json({ ...shard, inactiveShards: null }))).logInfo();
    expect(alone).toMatchObject({
      active: { treeId: '42', offset: 0, checkpoint: { note: CHECKPOINT } },
      inactive: [],
    });
    const two = await (await rekorThat(json({ ...shard, inactiveShards: [earlier] }))).logInfo();
    expect(two).toMatchObject({ active: { treeId: '42', offset: 1 }, inactive: [{ treeId: '41', offset: 0 }] });
  });

  it('refuses sizes and roots beside a checkpoint that are not its own', async () => {
    const rekor = await rekorThat(json({ rootHash: ROOT, signedTreeHead: CHECKPOINT, treeID: '42', treeSize: 2 }));
    await expect(rekor.logInfo()).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  it('refuses a tree whose id is a number', async () => {
    const rekor = await rekorThat(json({ rootHash: ROOT, signedTreeHead: CHECKPOINT, treeID: 42, treeSize: 1 }));
    await expect(rekor.logInfo()).rejects.toMatchObject({ code: 'invalid-response', path: 'treeID' });
  });

  it.each<[number, string]>([
    [404, 'not-found'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [422, 'bad-request'],
    [400, 'bad-request'],
    [405, 'frozen'],
    [409, 'already-logged'],
    [413, 'too-large'],
    [501, 'not-enabled'],
    [204, 'invalid-response'],
  ])('tells status %d apart as %s', async (code, expected) => {
    // An hour is more than the client waits for: it reports instead of trying again.
    const rekor = await rekorThat(status(code, { 'retry-after': '3600' }));
    await expect(rekor.entry({ logIndex: 1 })).rejects.toMatchObject({
      code: expected,
      status: code,
      retryAfterMs: 3_600_000,
    });
  });

  it('names the log, the status, the wait, and the log’s own words without control characters', async () => {
    const said = JSON.stringify({ code: 429, message: 'slow\u001b[2J down' });
    const rekor = await rekorThat((_request, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3600' }).end(said);
    });
    await expect(rekor.entry({ logIndex: 1 })).rejects.toThrow(
      `the log at ${rekor.url} asks its clients to wait for 3600 s (status 429, "slow [2J down")`,
    );
  });

  it('gives up at the deadline', async () => {
    const rekor = await rekorThat(() => undefined, { timeoutMs: 50 });
    await expect(rekor.logInfo()).rejects.toMatchObject({ code: 'timeout' });
  });

  it("stops when the caller's signal fires", async () => {
    const controller = new AbortController();
    const rekor = await rekorThat(() => controller.abort());
    await expect(rekor.logInfo({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('refuses a redirect into plain http elsewhere', async () => {
    const rekor = await rekorThat(status(302, { location: 'http://log.example/' }));
    await expect(rekor.logInfo()).rejects.toMatchObject({ code: 'blocked-redirect' });
  });

  it('refuses plain http to another machine', async () => {
    const rekor = createRekor({ url: 'http://log.example', trust: [] });
    await expect(rekor.logInfo()).rejects.toMatchObject({ code: 'insecure-http' });
    await rekor.close();
  });

  it.each<[string, object]>([
    ['an unknown option', { url: 'https://log.example', trust: [], adress: 1 }],
    ['no address', { trust: [] }],
    ['no word on whom to trust', { url: 'https://log.example' }],
    ['a relative address', { url: 'log.example', trust: [] }],
    ['another scheme', { url: 'ftp://log.example', trust: [] }],
    ['user information', { url: 'https://user:pass@log.example', trust: [] }],
    ['a query', { url: 'https://log.example/?a=b', trust: [] }],
    ['a header line end in the user agent', { url: 'https://log.example', trust: [], userAgent: 'a\r\nb' }],
    ['no time at all', { url: 'https://log.example', trust: [], timeoutMs: 0 }],
  ])('calls %s a mistake', (_what, options) => {
    expect(() => createRekor(options as RekorOptions)).toThrow(TypeError);
  });

  it('calls an index or UUID that cannot be one a mistake', async () => {
    await using rekor = createRekor({ url: 'https://log.example', trust: [] });
    await expect(rekor.entry({ logIndex: -1 })).rejects.toThrow(TypeError);
    await expect(rekor.entry({ uuid: '../index' })).rejects.toThrow(TypeError);
  });
});
