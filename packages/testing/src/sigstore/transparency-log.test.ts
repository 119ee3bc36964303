import { createHash, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLog, entryResponse, type KeyKind } from '../index.ts';
import { treeRoot } from './merkle-tree.ts';

const AT = new Date('2026-03-04T05:06:07Z');
const BODY = { apiVersion: '0.0.1', kind: 'hashedrekord', spec: { z: 1, a: ['é', true] } };

describe('createLog', () => {
  it('hashes the canonical body into its tree', () => {
    const log = createLog();
    const entry = log.append(BODY, AT);
    expect(entry.body.toString()).toBe('{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"a":["é",true],"z":1}}');
    expect(entry.leafHash).toEqual(hash(Buffer.of(0), entry.body));
    expect(entry.uuid).toBe(`108e9186e8c5677a${entry.leafHash.toString('hex')}`);
    expect(entry.logIndex).toBe(entry.treeIndex + 1000);
  });

  it('proves every entry at every size', () => {
    const log = createLog({ neighbours: 1 });
    for (let i = 0; i < 8; i++) log.append(BODY, AT);
    for (let size = 1; size <= log.entries.length; size++) {
      for (const entry of log.entries.slice(0, size)) {
        const { hashes, rootHash } = log.prove(entry, size);
        expect(rootFromProof(entry.leafHash, entry.treeIndex, size, hashes)).toEqual(rootHash);
      }
    }
  });

  it('proves that it only grew', () => {
    const log = createLog({ neighbours: 0 });
    for (let i = 0; i < 13; i++) log.append(BODY, AT);
    for (let to = 1; to <= 13; to++) {
      for (let from = 1; from <= to; from++) {
        const roots = rootsFromConsistency(from, to, log.rootHash(from), log.proveConsistency(from, to));
        expect(roots).toEqual([log.rootHash(from), log.rootHash(to)]);
      }
    }
  });

  it('has the empty root of RFC 6962 when empty', () => {
    expect(treeRoot([])).toEqual(hash());
    expect(createLog({ neighbours: 0 }).rootHash()).toEqual(hash());
  });

  it.each<{ kind: KeyKind; algorithm: string | null }>([
    { kind: 'p256', algorithm: 'sha256' },
    { kind: 'p384', algorithm: 'sha384' },
    { kind: 'rsa2048', algorithm: 'sha256' },
    { kind: 'ed25519', algorithm: null },
  ])('signs checkpoints and SETs with a $kind key', ({ kind, algorithm }) => {
    const log = createLog({ kind });
    const entry = log.append(BODY, AT);
    const { text, name, keyHint, signature } = parseNote(log.checkpoint());
    expect(text).toBe(`${log.host} - 1193050959916656506\n7\n${log.rootHash().toString('base64')}\n`);
    expect([name, keyHint]).toEqual([log.host, log.logId.subarray(0, 4)]);
    expect(log.logId).toEqual(hash(log.key.spki));
    expect(verify(algorithm, Buffer.from(text), log.key.publicKey, signature)).toBe(true);

    const set = log.signedEntryTimestamp({ ...entry, integratedTime: 1772600767 });
    const promised = `{"body":"${entry.body.toString('base64')}","integratedTime":1772600767,"logID":"${log.logId.toString('hex')}","logIndex":${entry.logIndex}}`;
    expect(verify(algorithm, Buffer.from(promised), log.key.publicKey, set)).toBe(true);
  });

  it('as Rekor v2 has a bare origin, an Ed25519 key ID over its name, and no time', () => {
    const log = createLog({ version: 2 });
    const entry = log.append({ ...BODY, apiVersion: '0.0.2' }, AT);
    const raw = log.key.spki.subarray(-32);
    const { text, keyHint, signature } = parseNote(log.checkpoint());
    expect(text.split('\n')[0]).toBe(log.host);
    expect(log.logId).toEqual(hash(Buffer.from(`${log.host}\n`), Buffer.of(1), raw));
    expect(keyHint).toEqual(log.logId.subarray(0, 4));
    expect(verify(null, Buffer.from(text), log.key.publicKey, signature)).toBe(true);
    expect([entry.integratedTime, entry.logIndex]).toEqual([undefined, entry.treeIndex]);
    expect(() => entryResponse(log, entry.logIndex)).toThrow(TypeError);
  });
});

function hash(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function parent(left: Uint8Array, right: Uint8Array): Buffer {
  return hash(Buffer.of(1), left, right);
}

/** RFC 9162 §2.1.3.2, which is another algorithm than the recursive one that makes the proof. */
function rootFromProof(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [fn, sn, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (fn % 2 === 1 || fn === sn) {
      root = parent(sibling, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else root = parent(root, sibling);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  expect(sn).toBe(0);
  return root;
}

/** RFC 9162 §2.1.4.2: both roots as the proof has them. */
function rootsFromConsistency(from: number, to: number, first: Buffer, proof: readonly Buffer[]): readonly Buffer[] {
  if (from === to) return [first, first];
  const whole = (from & (from - 1)) === 0 ? [first, ...proof] : [...proof];
  let [fn, sn] = [from - 1, to - 1];
  while (fn % 2 === 1) [fn, sn] = [fn >> 1, sn >> 1];
  let [fr, sr] = [whole[0]!, whole[0]!];
  for (const node of whole.slice(1)) {
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [parent(node, fr), parent(node, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else sr = parent(sr, node);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  expect(sn).toBe(0);
  return [fr, sr];
}

function parseNote(note: string): { text: string; name: string; keyHint: Buffer; signature: Buffer } {
  const split = note.lastIndexOf('\n\n');
  const [, name = '', base64 = ''] = /^\u2014 (\S+) (\S+)\n$/.exec(note.slice(split + 2)) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return { text: note.slice(0, split + 1), name, keyHint: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}
