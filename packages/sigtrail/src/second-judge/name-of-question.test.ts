import { createSigstore, generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { artifact, digest, now } from '../../test/attempt.ts';
import { questionOf, trustOf } from '../../test/second-judge/ask.ts';
import { parseTrustedRoot } from '../trust/parse-trusted-root.ts';
import { textOf } from './bundle-of.ts';
import { nameOfQuestion } from './name-of-question.ts';
import { prepareTrust } from './prepare-trust.ts';
import type { SecondQuestion } from './question.ts';
import { createSecondJudge } from './second-judge.ts';

const sigstore = await createSigstore({ now });
const question = await questionOf(sigstore, {});
const json = question.original.kind === 'bundle' ? textOf(question.original.json) : '';
const root = JSON.stringify(sigstore.trustedRoot());
const layer = { kind: 'dsse', bytes: artifact, annotations: { a: 'b' }, signature: 0 } as const;
const image = { kind: 'image', digest, manifest: artifact } as const;
const ofDigest = { kind: 'digest', algorithm: 'sha256', digest: Buffer.from(digest.slice(7), 'hex') } as const;
const entry = { logId: '01', logIndex: 1, kind: 'dsse', version: '0.0.1', body: Buffer.of(2) };
const keys = [generateKeyPair('p256').publicKey, generateKeyPair('p256').publicKey];

/** For each part, values that must not share an answer. */
const PARTS: Readonly<Record<string, readonly Partial<SecondQuestion>[]>> = {
  original: [
    { original: { kind: 'bundle', json } },
    { original: { kind: 'bundle', json: `${json} ` } },
    { original: layer },
    { original: { ...layer, kind: 'simple-signing' } },
    { original: { ...layer, bytes: Buffer.from('another') } },
    { original: { ...layer, annotations: { a: 'c' } } },
    { original: { ...layer, signature: 1 } },
  ],
  lookedUp: [{ lookedUp: [] }, { lookedUp: [entry] }, { lookedUp: [{ ...entry, body: Buffer.of(3) }] }],
  subject: [
    { subject: { kind: 'artifact', bytes: artifact } },
    { subject: { kind: 'artifact', bytes: Buffer.from('another') } },
    { subject: image },
    { subject: { ...image, manifest: Buffer.from('another') } },
    { subject: ofDigest },
    { subject: { ...ofDigest, algorithm: 'sha384' } },
  ],
  trust: [
    { trust: question.trust },
    { trust: parseTrustedRoot(`${root} `) },
    { trust: parseTrustedRoot(root, 'github') },
    { trust: parseTrustedRoot(root, 'pki') },
  ],
  profile: [{ profile: 'fulcio' }, { profile: 'github' }, { profile: 'pki' }, { profile: 'key' }],
  relaxed: [{ relaxed: [] }, { relaxed: ['time'] }],
  key: [{}, ...keys.map((key) => ({ key }))],
  require: [{ require: [] }, { require: [{}] }, { require: [{ log: 0 }] }, { require: [{ sct: 0 }, { time: 2 }] }],
  timestampAnnotations: [
    { timestampAnnotations: 'use' },
    { timestampAnnotations: 'ignore' },
    { timestampAnnotations: 'require' },
  ],
};

describe('an answer is remembered by all that was given', () => {
  it.each(Object.entries(PARTS))('%s', (_, values) => {
    const names = values.map((value) => nameOfQuestion({ ...question, ...value }));
    expect(new Set(names).size).toBe(values.length);
    expect(names).not.toContain(undefined);
  });

  it('leaves no part of a question out but the clock', () => {
    expect(Object.keys({ ...question, key: keys[0] }).toSorted()).toEqual([...Object.keys(PARTS), 'now'].toSorted());
  });

  it('is the same for the same, in other objects', () => {
    const same = {
      ...question,
      trust: trustOf(sigstore.trustedRoot()),
      subject: { kind: 'artifact', bytes: Buffer.from(artifact) },
    } as const;
    expect(nameOfQuestion(same)).toBe(nameOfQuestion(question));
  });

  it('asks anew if it depends on the clock', async () => {
    const judge = createSecondJudge();
    const clocked = await questionOf(sigstore, {
      sign: { logs: [], timestamps: [] },
      ask: { require: [{ log: 0, time: 0 }] },
    });
    expect((await judge.ask(clocked)).verdict).toBe('accepted');
    const later = new Date(now.getTime() + 3_600_000);
    expect((await judge.ask({ ...clocked, now: later })).verdict).toBe('refused');
    expect((await judge.ask(clocked)).verdict).toBe('accepted');
  });
});

it('is given the trusted root as it was written, whatever profile was named for it', () => {
  const written = `${root.slice(0, -1)}, "ofANewerVersion": {"x": 1} }`;
  const profiled = parseTrustedRoot(written, 'github');
  expect(profiled.original).toBe(written);
  expect(JSON.parse(profiled.json)).toMatchObject({ ofANewerVersion: { x: 1 } });
  expect(prepareTrust(profiled).material('github').certificateAuthorities).toHaveLength(1);
  expect(prepareTrust(profiled).material('fulcio').certificateAuthorities).toHaveLength(0);
});
