import { createLog, signNote } from '@sigtrail/testing';
import type { TransparencyLog } from '@sigtrail/testing';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { WitnessKey } from '../note/cosignature.ts';
import { parseWitnessKey } from '../note/cosignature.ts';
import { parseOneEntry } from '../entry/log-entry.ts';
import type { LogEntry, LogEntryInclusionProof } from '../entry/log-entry.ts';
import { proveEntry } from './prove-entry.ts';
import type { EntryTrust } from './prove-entry.ts';

const OFFSET = 1000;
const TIME = new Date('2026-01-01T00:00:00Z');
const log = createLog({ neighbours: 3, indexOffset: OFFSET });
const added = log.append({ apiVersion: '0.0.1', kind: 'test', spec: {} }, TIME);
const entry = parseOneEntry(Buffer.from(JSON.stringify(log.entryResponse(added.logIndex))));
const shards = [{ treeId: String(log.treeId), offset: OFFSET }];
const trust: EntryTrust = { logs: [{ publicKey: log.key.publicKey }], shards };

const proofOf = (of: LogEntry): LogEntryInclusionProof & { readonly checkpoint: string } => {
  const { inclusionProof: proof } = of;
  if (proof?.checkpoint === undefined) throw new Error('no proof');
  return { ...proof, checkpoint: proof.checkpoint };
};
const withProof = (change: Partial<LogEntryInclusionProof>): LogEntry => ({
  ...entry,
  inclusionProof: { ...proofOf(entry), ...change },
});
/** A note of this log, or of another, over any text. */
const note = (text: string, signer: TransparencyLog = log): string =>
  signNote(text, { name: signer.host, key: signer.key, keyId: signer.logId });
const textOf = (checkpoint: string): string => `${checkpoint.split('\n\n')[0] ?? ''}\n`;
const failed = (of: LogEntry, under: EntryTrust = trust): readonly string[] =>
  proveEntry(of, under).checks.flatMap(({ status, check, code }) =>
    status === 'failed' ? [`${check} ${code ?? ''}`] : [],
  );
const flip = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

describe('proveEntry', () => {
  it('proves an entry in whole', () => {
    const { checks, provenance, alarm } = proveEntry(entry, trust);
    expect(alarm).toBeUndefined();
    expect(checks.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'log-key passed',
      'leaf passed',
      'set passed',
      'checkpoint passed',
      'inclusion passed',
      'tree passed',
      'shard-offset passed',
    ]);
    expect(provenance).toEqual({
      body: 'proven',
      logIndex: 'proven',
      treeIndex: 'proven',
      treeId: 'proven',
      integratedTime: 'asserted',
    });
  });

  it('calls what only the promise covers asserted, and what nothing covers unproven', () => {
    const { inclusionProof: _proof, treeIndex: _index, ...promised } = entry;
    expect(proveEntry(promised, trust).provenance).toEqual({
      body: 'asserted',
      logIndex: 'asserted',
      integratedTime: 'asserted',
    });
    const { signedEntryTimestamp: _promise, ...bare } = promised;
    expect(proveEntry(bare, trust).provenance).toMatchObject({ body: 'unproven', integratedTime: 'unproven' });
    expect(proveEntry(entry, { logs: [] }).provenance).toMatchObject({ body: 'unproven', logIndex: 'unproven' });
    const { logs } = trust;
    expect(proveEntry(entry, { logs }).provenance.logIndex).toBe('asserted');
  });

  it('refuses a UUID that is not the leaf hash of the body', () => {
    expect(failed({ ...entry, uuid: entry.uuid.replace(/.$/, entry.uuid.endsWith('0') ? '1' : '0') })).toEqual([
      'leaf entry-mismatch',
    ]);
  });

  it('refuses a path that leads elsewhere', () => {
    const { hashes } = proofOf(entry);
    const [first = new Uint8Array(), ...rest] = hashes;
    expect(failed(withProof({ hashes: [flip(first), ...rest] }))).toEqual(['inclusion inclusion-invalid']);
    expect(failed(withProof({ hashes: rest }))).toEqual(['inclusion inclusion-invalid']);
    expect(failed(withProof({ hashes: [...hashes, first] }))).toEqual(['inclusion inclusion-invalid']);
  });

  it('refuses a path without a checkpoint that doesn’t even lead to the root beside it', () => {
    const { checkpoint: _checkpoint, ...proof } = proofOf(entry);
    expect(failed({ ...entry, inclusionProof: proof })).toEqual([]);
    expect(failed({ ...entry, inclusionProof: { ...proof, rootHash: flip(proof.rootHash) } })).toEqual([
      'inclusion inclusion-invalid',
    ]);
  });

  it('refuses a checkpoint of another form', () => {
    expect(failed(withProof({ checkpoint: proofOf(entry).checkpoint.trimEnd() }))).toEqual([
      'checkpoint invalid-checkpoint',
    ]);
  });

  it('refuses a checkpoint that no trusted key signed', () => {
    const other = createLog({ host: log.host, treeId: log.treeId });
    expect(failed(withProof({ checkpoint: note(textOf(proofOf(entry).checkpoint), other) }))).toEqual([
      'checkpoint untrusted-key',
    ]);
  });

  it('refuses a checkpoint whose signature fails', () => {
    const { checkpoint } = proofOf(entry);
    expect(failed(withProof({ checkpoint: checkpoint.replace(` - ${String(log.treeId)}\n`, ' - 12\n') }))).toEqual([
      'checkpoint checkpoint-signature-invalid',
    ]);
  });

  it('refuses a checkpoint of an origin that is not the signer’s', () => {
    const text = textOf(proofOf(entry).checkpoint).replace(log.host, 'other.test');
    expect(failed(withProof({ checkpoint: note(text) }))).toEqual(['checkpoint untrusted-key']);
  });

  it('refuses a size or root beside the proof that is not the checkpoint’s', () => {
    const { treeSize, rootHash } = proofOf(entry);
    expect(failed(withProof({ treeSize: treeSize + 1 }))).toEqual(['checkpoint checkpoint-mismatch']);
    expect(failed(withProof({ rootHash: flip(rootHash) }))).toEqual(['checkpoint checkpoint-mismatch']);
  });

  it('refuses a proof of another tree than the UUID’s', () => {
    const text = textOf(proofOf(entry).checkpoint).replace(String(log.treeId), '12');
    expect(failed(withProof({ checkpoint: note(text) }))).toEqual(['tree wrong-tree']);
  });

  it('refuses a tree that is not of this log', () => {
    expect(failed(entry, { ...trust, shards: [{ treeId: '12', offset: 0 }] })).toEqual(['tree wrong-tree']);
  });

  it('refuses a promise over another time', () => {
    expect(failed({ ...entry, integratedTime: (entry.integratedTime ?? 0) + 1 })).toEqual(['set set-invalid']);
  });

  it('refuses a promise from before the key was in use', () => {
    const windows = (start: Date, end?: Date): EntryTrust => ({
      ...trust,
      logs: [{ publicKey: log.key.publicKey, validFor: { start, ...(end === undefined ? {} : { end }) } }],
    });
    expect(failed(entry, windows(TIME, TIME))).toEqual([]);
    expect(failed(entry, windows(new Date(TIME.getTime() + 1000)))).toEqual(['set untrusted-key']);
    expect(failed(entry, windows(new Date(0), new Date(TIME.getTime() - 1000)))).toEqual(['set untrusted-key']);
  });

  it('refuses a global index that is not the shard’s offset and the index in it', () => {
    expect(failed(entry, { ...trust, shards: [{ treeId: String(log.treeId), offset: OFFSET - 1 }] })).toEqual([
      'shard-offset index-mismatch',
    ]);
  });

  it('refuses the entry of a log whose key is not trusted', () => {
    expect(failed(entry, { logs: [{ publicKey: createLog().key.publicKey }] })).toEqual(['log-key untrusted-key']);
  });

  it('believes an attestation only when the body names it', () => {
    const attestation = Buffer.from('not it');
    expect(proveEntry({ ...entry, attestation }, trust).provenance.attestation).toBe('unproven');
  });
});

describe('witnesses', () => {
  const witness = (name: string): { key: WitnessKey; line: (text: string, time?: number) => string } => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
    const id = Buffer.concat([Buffer.of(4), raw]);
    const hint = (hash: string): string => hash.slice(0, 8);
    const vkey = `${name}+${hint(keyHash(name, id))}+${id.toString('base64')}`;
    const key = parseWitnessKey(vkey);
    const line = (text: string, time = 1_700_000_000): string => {
      const stamp = Buffer.alloc(8);
      stamp.writeBigUInt64BE(BigInt(time));
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${String(time)}\n${text}`), privateKey);
      return `\u2014 ${name} ${Buffer.concat([key.keyHint, stamp, signature]).toString('base64')}\n`;
    };
    return { key, line };
  };
  const { checkpoint } = proofOf(entry);
  const [one, two] = [witness('one.test'), witness('two.test')];
  const cosigned = checkpoint + one.line(textOf(checkpoint));

  it('are counted when their cosignature holds', () => {
    const verdict = proveEntry(withProof({ checkpoint: cosigned }), {
      ...trust,
      witnesses: [one.key, two.key],
      witnessQuorum: 1,
    });
    expect(verdict).toMatchObject({ witnesses: ['one.test'] });
    expect(verdict.alarm).toBeUndefined();
  });

  it('refuses a checkpoint that too few witnesses cosigned', () => {
    expect(
      failed(withProof({ checkpoint: cosigned }), { ...trust, witnesses: [one.key, two.key], witnessQuorum: 2 }),
    ).toEqual(['witnesses untrusted-key']);
  });

  it('refuses a cosignature of a known witness that fails', () => {
    const wrong = checkpoint + one.line(textOf(checkpoint).replace('\n', '!\n'));
    expect(failed(withProof({ checkpoint: wrong }), { ...trust, witnesses: [one.key] })).toEqual([
      'witnesses checkpoint-signature-invalid',
    ]);
  });
});

function keyHash(name: string, id: Buffer): string {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from(`${name}\n`), id]))
    .digest('hex');
}
