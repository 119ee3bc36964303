// Against real log servers on loopback: Rekor v1 on Trillian, through a roll-over of its shard, and Rekor v2 with its tiles.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRekor, readTrustedLogs, type Rekor, type TrustedLog } from '@sigtrail/rekor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, createAsker, type Question } from '../../packages/rekor/src/client/ask.ts';
import { findProgram } from './programs.ts';
import { findStack } from './stack.ts';

const { missing, prepare } = findStack();
const V1 = 'http://127.0.0.1:5807';
const V2_WRITE = 'http://127.0.0.1:5808';
const V2_TILES = 'http://127.0.0.1:5809';

interface Uploaded {
  readonly uuid: string;
  readonly logIndex: number;
  readonly hash: string;
  readonly keyPem: string;
}

describe.skipIf(missing.length > 0)(
  `real log servers${missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`}`,
  () => {
    const { state, up, down } = prepare();
    let trust: readonly TrustedLog[];
    const clients: Rekor[] = [];
    const client = (url: string, logs: readonly TrustedLog[] = trust): Rekor => {
      const rekor = createRekor({ url, trust: logs });
      clients.push(rekor);
      return rekor;
    };
    beforeAll(async () => {
      await up();
      trust = readTrustedLogs(readFileSync(join(state, 'trust/trusted_root.json'))).transparencyLogs;
    });
    afterAll(async () => {
      for (const rekor of clients) await rekor.close();
      await down();
    });

    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

    async function upload(url = V1, key: KeyObject = privateKey): Promise<Uploaded> {
      const artifact = randomBytes(32);
      const keyPem = String(publicKey.export({ format: 'pem', type: 'spki' }));
      const hash = createHash('sha256').update(artifact).digest('hex');
      const spec = {
        data: { hash: { algorithm: 'sha256', value: hash } },
        signature: {
          content: sign('sha256', artifact, key).toString('base64'),
          publicKey: { content: Buffer.from(keyPem).toString('base64') },
        },
      };
      const response = await fetch(`${url}/api/v1/log/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: '0.0.1', kind: 'hashedrekord', spec }),
      });
      expect(response.status).toBe(201);
      const [first] = Object.entries((await response.json()) as Record<string, { logIndex: number }>);
      if (first === undefined) throw new Error('the log answered without an entry');
      const [uuid, { logIndex }] = first;
      return { uuid, logIndex, hash, keyPem };
    }

    function uploadV2(artifact: Buffer): string {
      const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
      return JSON.stringify({
        hashedRekordRequestV002: {
          digest: createHash('sha256').update(artifact).digest('base64'),
          signature: {
            content: sign('sha256', artifact, privateKey).toString('base64'),
            verifier: { publicKey: { rawBytes: spki }, keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
          },
        },
      });
    }

    const proven = {
      body: 'proven',
      logIndex: 'proven',
      treeIndex: 'proven',
      treeId: 'proven',
      integratedTime: 'asserted',
    };

    it('Rekor v1: one entry, many, searches and growth, each proven', async () => {
      const rekor = client(V1);
      expect(await rekor.version()).toBe(1);
      const first = await upload();
      const before = await rekor.checkpoint();
      const all = [first];
      for (let i = 0; i < 12; i += 1) all.push(await upload());
      for (const question of [{ logIndex: first.logIndex }, { uuid: first.uuid }, { uuid: first.uuid.slice(-64) }])
        expect(await rekor.entry(question)).toMatchObject({ uuid: first.uuid, provenance: proven });
      const absent = { uuid: 'ab'.repeat(32) };
      const many = await rekor.entries([...all.map(({ uuid }) => ({ uuid })), { logIndex: first.logIndex }, absent]);
      expect(many).toMatchObject({ missing: [absent], refused: [] });
      expect(many.entries.map(({ uuid }) => uuid)).toEqual(all.map(({ uuid }) => uuid));
      expect(await rekor.search({ hash: first.hash })).toMatchObject({ uuids: [first.uuid], complete: false });
      const content = Buffer.from(first.keyPem);
      const byKey = await rekor.search({ publicKey: { format: 'x509', content } });
      expect(byKey.uuids).toEqual(all.map(({ uuid }) => uuid).toSorted());
      const both = await rekor.search({ publicKey: { format: 'x509', content }, hash: first.hash, operator: 'and' });
      expect(both.uuids).toEqual([first.uuid]);
      const grown = await rekor.consistency(before);
      expect(grown.to.size - grown.from.size).toBe(12n);
      const scanned: number[] = [];
      for await (const { logIndex, provenance } of rekor.scan(first.logIndex)) {
        expect(provenance).toBe('proven');
        scanned.push(logIndex);
      }
      expect(scanned).toEqual(all.map(({ logIndex }) => logIndex));
    });

    it('Rekor v1: its refusals, told apart', async () => {
      const rekor = client(V1);
      await expect(rekor.entry({ logIndex: 1_000_000 })).rejects.toMatchObject({ code: 'not-found' });
      await expect(rekor.entry({ uuid: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'not-found' });
      await expect(rekor.entry({ uuid: `${'f'.repeat(16)}${'ab'.repeat(32)}` })).rejects.toMatchObject({
        code: 'bad-request',
      });
      await expect(rekor.advertisedKey({ treeId: '1234' })).rejects.toMatchObject({ code: 'bad-request' });
      await expect(
        rekor.search({ publicKey: { format: 'x509', content: Buffer.from('no key') } }),
      ).rejects.toMatchObject({ code: 'bad-request' });
      await expect(rekor.checkpoint({ treeId: '1234' })).rejects.toMatchObject({ code: 'wrong-tree' });
      expect(await rekor.advertisedKey()).toMatchObject({ isTrusted: true });
      await expect(client('http://127.0.0.1:5814').logInfo()).rejects.toMatchObject({ code: 'untrusted-key' });
      await expect(client('http://127.0.0.1:5803').version()).rejects.toMatchObject({ code: 'not-a-log' });
    });

    it('Rekor v1: what a server with limits refuses, told apart', async () => {
      const port = 5832;
      const key = join(state, 'keys/rekor1.key');
      const server = startRekor(port, [
        `--rekor_server.signer=${key}`,
        // Either of them alone leaves the search on.
        '--enabled_api_endpoints=getLogInfo,searchLogQuery',
        '--enable_retrieve_api=false',
        '--max_request_body_size=400',
      ]);
      try {
        const url = `http://127.0.0.1:${String(port)}`;
        await answering(`${url}/ping`);
        const rekor = client(url);
        expect(await rekor.logInfo()).toMatchObject({ version: 1 });
        await expect(rekor.search({ hash: 'ab'.repeat(32) })).rejects.toMatchObject({
          code: 'not-enabled',
          status: 501,
          answer: { code: 501 },
        });
        const few = Array.from({ length: 4 }, (_, i) => ({ uuid: String(i).repeat(64) }));
        expect(await rekor.entries(few)).toMatchObject({ missing: few, refused: [] });
        const many = Array.from({ length: 10 }, (_, i) => ({ uuid: String(i).repeat(64) }));
        await expect(rekor.entries(many)).rejects.toMatchObject({ code: 'too-large', status: 413 });
      } finally {
        server.kill();
      }
    });

    it('Rekor v1: a shard that is rolled over keeps its place', async () => {
      const earlier = await upload();
      const { active } = await client(V1).logInfo();
      const config = join(state, 'shards.yaml');
      const key = join(state, 'keys/rekor1.key');
      writeFileSync(config, `- treeID: ${active.treeId ?? ''}\n  signingConfig:\n    signingSchemeOrKeyPath: ${key}\n`);
      const port = 5831;
      const server = startRekor(port, [
        `--rekor_server.signer=${key}`,
        `--trillian_log_server.sharding_config=${config}`,
      ]);
      try {
        const url = `http://127.0.0.1:${String(port)}`;
        await answering(`${url}/ping`);
        const rekor = client(url);
        const later = await upload(url);
        const info = await rekor.logInfo();
        expect(info.inactive).toHaveLength(1);
        expect(info.inactive[0]).toMatchObject({ treeId: active.treeId, offset: 0 });
        expect(info.active.offset).toBe(Number(info.inactive[0]?.checkpoint.size));
        expect(later.logIndex).toBe(info.active.offset);
        const found = await rekor.entries([
          { logIndex: earlier.logIndex },
          { uuid: earlier.uuid },
          { logIndex: later.logIndex },
        ]);
        expect(found).toMatchObject({ missing: [], refused: [] });
        for (const entry of found.entries) expect(entry.provenance).toEqual(proven);
        expect(await rekor.consistency(active.checkpoint)).toMatchObject({ to: { treeId: active.treeId } });
        const scanned: number[] = [];
        for await (const { logIndex } of rekor.scan(earlier.logIndex)) scanned.push(logIndex);
        expect(scanned).toEqual([earlier.logIndex, later.logIndex]);
      } finally {
        server.kill();
      }
    });

    it('Rekor v2: what its write API refuses, told apart', async () => {
      const artifact = randomBytes(32);
      const body = uploadV2(artifact);
      const path = '/api/v2/log/entries';
      const first = await ask(V2_WRITE, { path, body });
      expect(first.status).toBe(201);
      const { logIndex } = JSON.parse(Buffer.from(first.body).toString()) as { readonly logIndex: string };
      await expect(ask(V2_WRITE, { path, body })).rejects.toMatchObject({
        code: 'already-logged',
        status: 409,
        existing: { logIndex: Number(logIndex) },
      });
      await expect(ask(V2_WRITE, { path, body: '{}' })).rejects.toMatchObject({ code: 'bad-request', status: 400 });
      await expect(ask(V2_WRITE, { path: '/api/v2/checkpoint' })).rejects.toMatchObject({
        code: 'not-enabled',
        status: 501,
      });
    });

    it('Rekor v2: a log that is closed to new entries says so, and is read all the same', async () => {
      const port = 5833;
      const server = spawn(
        findProgram('rekor-tiles-posix') ?? '',
        [
          'serve',
          '--read-only',
          `--storage-dir=${join(state, 'rekor2')}`,
          '--hostname=rekor2.stack.test',
          `--signer-filepath=${join(state, 'keys/rekor2.key')}`,
          '--http-address=127.0.0.1',
          `--http-port=${String(port)}`,
          '--grpc-address=127.0.0.1',
          '--grpc-port=5834',
          '--http-metrics-port=5835',
        ],
        { stdio: 'ignore' },
      );
      try {
        const url = `http://127.0.0.1:${String(port)}`;
        await answering(`${url}/healthz`);
        const body = uploadV2(randomBytes(32));
        await expect(ask(url, { path: '/api/v2/log/entries', body })).rejects.toMatchObject({
          code: 'frozen',
          status: 405,
        });
        expect(await client(V2_TILES).entry({ logIndex: 0 })).toMatchObject({ provenance: { body: 'proven' } });
      } finally {
        server.kill();
      }
    });

    it('Rekor v2: uploads, read back from tiles over a full one, and growth', async () => {
      const rekor = client(V2_TILES);
      const post = async (artifact: Buffer): Promise<Response> =>
        fetch(`${V2_WRITE}/api/v2/log/entries`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: uploadV2(artifact),
        });
      const first = await post(randomBytes(32));
      expect(first.status).toBe(201);
      expect(await rekor.version()).toBe(2);
      const before = await rekor.checkpoint();
      const uploads = Array.from({ length: 280 }, () => randomBytes(32));
      const statuses = await Promise.all(uploads.map(async (artifact) => (await post(artifact)).status));
      expect(new Set(statuses)).toEqual(new Set([201]));
      const { to, from } = await rekor.consistency(before);
      expect(to.size - from.size).toBe(280n);
      let seen = 0n;
      for await (const { provenance } of rekor.scan(0, to.size, { under: to })) if (provenance === 'proven') seen += 1n;
      expect(seen).toBe(to.size);
      for (const logIndex of [0, 255, 256, Number(to.size) - 1])
        expect(await rekor.entry({ logIndex })).toMatchObject({
          provenance: { body: 'proven', logIndex: 'proven' },
          contents: { kind: 'hashedrekord' },
        });
      await expect(rekor.entry({ logIndex: Number(to.size) + 1000 })).rejects.toMatchObject({ code: 'not-found' });
      // cosign writes the logs of a trusted root in no fixed order.
      const others = trust.filter(({ baseUrl = '' }) => !baseUrl.includes('rekor2'));
      await expect(client(V2_TILES, others).checkpoint()).rejects.toMatchObject({ code: 'untrusted-key' });
    });
  },
);

/** One question below the clients, which upload nothing. */
async function ask(url: string, question: Question): Promise<Answer> {
  const asker = createAsker({ url, userAgent: 'interop', timeoutMs: 30_000, concurrency: 1, retries: 0 });
  try {
    return await asker.ask(question);
  } finally {
    await asker.close();
  }
}

/** A Rekor v1 of its own beside that of the stack, on the same Trillian. */
function startRekor(port: number, more: readonly string[]): ChildProcess {
  return spawn(
    findProgram('rekor-server') ?? '',
    [
      'serve',
      '--trillian_log_server.address=127.0.0.1',
      '--trillian_log_server.port=5812',
      '--rekor_server.address=127.0.0.1',
      `--port=${String(port)}`,
      '--rekor_server.hostname=rekor1.stack.test',
      '--search_index.storage_provider=redis',
      '--redis_server.address=127.0.0.1',
      '--redis_server.port=5813',
      '--log_type=prod',
      ...more,
    ],
    { stdio: 'ignore' },
  );
}

/** Waits until a server answers, for at most 20 seconds. */
async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (tries >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
