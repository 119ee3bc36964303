import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog, entryResponse, type FakeRekor, startRekor } from '../index.ts';

const log = createLog();
const entry = log.append({ apiVersion: '0.0.1', kind: 'hashedrekord', spec: {} }, new Date('2026-03-04T05:06:07Z'));
let rekor: FakeRekor;

beforeAll(async () => {
  rekor = await startRekor(log);
});
afterAll(async () => {
  await rekor.close();
});

describe('startRekor', () => {
  it.each([
    { name: 'index', path: `?logIndex=${entry.logIndex}` },
    { name: 'entry ID', path: `/${entry.uuid}` },
    { name: 'leaf hash', path: `/${entry.leafHash.toString('hex')}` },
    { name: 'leaf hash in upper case', path: `/${entry.leafHash.toString('hex').toUpperCase()}` },
  ])('answers an entry by $name', async ({ path }) => {
    const { status, body } = await get(`/api/v1/log/entries${path}`);
    expect(status).toBe(200);
    // Checkpoint and SET are signed anew with every answer.
    const [uuid, value] = Object.entries(entryResponse(log, entry.logIndex)!)[0]!;
    const { inclusionProof } = value.verification;
    expect(JSON.parse(body)).toMatchObject({
      [uuid]: {
        body: value.body,
        logIndex: entry.logIndex,
        integratedTime: 1772600767,
        verification: { inclusionProof: { hashes: inclusionProof.hashes, logIndex: entry.treeIndex } },
      },
    });
  });

  it.each(['?logIndex=999999', `/${'0'.repeat(64)}`, '?'])('answers 404 without a body for %s', async (path) => {
    expect(await get(`/api/v1/log/entries${path}`)).toEqual({ status: 404, body: '' });
  });

  it('refuses malformed entry IDs and unknown paths with words', async () => {
    expect((await get('/api/v1/log/entries/xyz')).status).toBe(422);
    expect(JSON.parse((await get('/api/v1/nothing')).body)).toMatchObject({ code: 404 });
  });

  it('answers the state of the log, its key and its growth', async () => {
    const info: unknown = JSON.parse((await get('/api/v1/log')).body);
    const rootHash = log.rootHash().toString('hex');
    expect(info).toMatchObject({ treeID: String(log.treeId), treeSize: log.entries.length, rootHash });
    expect(info).toMatchObject({ inactiveShards: [{ treeSize: 1000 }] });
    expect((await get('/api/v1/log/publicKey')).body).toBe(log.key.pem);
    const proof: unknown = JSON.parse((await get('/api/v1/log/proof?firstSize=3&lastSize=7')).body);
    expect(proof).toEqual({ hashes: log.proveConsistency(3, 7).map((hash) => hash.toString('hex')), rootHash });
    expect((await get('/api/v1/log/proof?firstSize=3&lastSize=99')).status).toBe(400);
    expect((await get('/api/v1/log/proof')).status).toBe(422);
  });
});

async function get(path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(rekor.url + path);
  return { status: response.status, body: await response.text() };
}
