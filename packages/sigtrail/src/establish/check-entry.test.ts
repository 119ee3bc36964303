import {
  createSigstore,
  type EntryBody,
  type EntryKind,
  type FakeSigstore,
  type LegacyTamper,
  type LogUse,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, digest, now } from '../../test/attempt.ts';
import { parseBundle } from '../evidence/bundle.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { parseCosignLayer } from '../evidence/cosign-layer.ts';
import { parseDsseLayer } from '../evidence/dsse-layer.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { parseTrustedRoot } from '../trust/parse-trusted-root.ts';
import { establish } from './establish.ts';
import { createSignatures } from './signatures.ts';
import { createSecondJudge } from '../second-judge/second-judge.ts';

let sigstore: FakeSigstore;
let trust: TrustedRoot;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
  trust = parseTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
});

/** Each kind of entry that cosign's layers were ever logged as, and where it has the hash of what was signed. */
const KINDS: readonly (readonly [layer: '.sig' | '.att', kind: EntryKind, hash: string])[] = [
  ['.sig', 'hashedrekord', 'hash'],
  ['.sig', 'rekord', 'hash'],
  ['.att', 'hashedrekord', 'hash'],
  ['.att', 'dsse', 'payloadHash'],
  ['.att', 'intoto', 'payloadHash'],
  ['.att', 'intoto 0.0.1', 'hash'],
];

interface Made extends Omit<LogUse, 'log'> {
  readonly layer: '.sig' | '.att';
  readonly imageDigest?: string;
  readonly tamper?: LegacyTamper;
}

/** The codes of the checks that fail, once the log has signed an entry like this. */
async function failuresOf(made: Made): Promise<readonly string[]> {
  return failuresIn(await candidateOf(made));
}

async function failuresIn(candidate: Candidate): Promise<readonly string[]> {
  const { checks, log } = await establish(candidate, {
    subject: { kind: 'image', digest, manifest: artifact },
    trust,
    keys: [],
    now,
    legacyTimestamps: 'use',
    secondJudge: createSecondJudge(),
    require: [],
    signatures: createSignatures(),
  });
  const failed = checks.filter(({ status }) => status === 'failed').map(({ code }) => code);
  // Only an entry that is about this very signature counts, whatever else is wrong.
  expect(log).toHaveLength(failed.some((code) => code.startsWith('log-')) ? 0 : 1);
  return failed;
}

async function candidateOf({ layer, imageDigest = digest, tamper = {}, ...use }: Made): Promise<Candidate> {
  const options = { signer: await sigstore.issueCertificate(), rekor: { log: sigstore.rekor, ...use }, tamper };
  if (layer === '.sig') {
    const made = sigstore.signImageLegacy({ imageDigest, ...options });
    const read = parseCosignLayer(made.payload, made.layer.annotations ?? {});
    return { id: layer, format: 'cosign-signature', carrier: 'tag', ...read };
  }
  const made = sigstore.signAttestationLegacy({ statement: { imageDigest }, ...options });
  const [read] = parseDsseLayer(made.payload, made.layer.annotations ?? {});
  if (read === undefined) throw new Error('an envelope without signatures');
  return { id: layer, format: 'cosign-attestation', carrier: 'tag', ...read };
}

/** Another value wherever the body has one under this name. */
const replaced =
  (name: string, edit: (text: string) => string) =>
  (body: EntryBody): EntryBody =>
    JSON.parse(JSON.stringify(body), (key, value: unknown) =>
      key === name && typeof value === 'string' ? edit(value) : value,
    ) as EntryBody;
const otherHash =
  (member: string) =>
  (body: EntryBody): EntryBody =>
    JSON.parse(
      JSON.stringify(body).replace(
        new RegExp(`("${member}":\\{[^}]*"value":")(.)`),
        (_, before: string, digit: string) => before + flipFirst(digit),
      ),
    ) as EntryBody;
const flipFirst = (text: string): string => (text.startsWith('1') ? '2' : '1') + text.slice(1);

describe.each(KINDS)('a %s layer, logged as %s', (layer, kind, hash) => {
  it('counts when signature, signer and bytes are its own', async () => {
    expect(await failuresOf({ layer, kind })).toEqual([]);
  });

  it('refuses an entry of another signer', async () => {
    const verifier = await sigstore.issueCertificate();
    expect(await failuresOf({ layer, kind, verifier })).toEqual(['log-entry-key-mismatch']);
  });

  it('refuses an entry of other bytes', async () => {
    expect(await failuresOf({ layer, kind, body: otherHash(hash) })).toEqual(['log-entry-hash-mismatch']);
  });

  it('refuses a signature of another image', async () => {
    expect(await failuresOf({ layer, kind, imageDigest: `sha256:${'0'.repeat(64)}` })).toEqual(['subject-mismatch']);
  });
});

const SIGNATURE_IN: Partial<Record<EntryKind, string>> = { dsse: 'signature', intoto: 'sig' };

describe.each(KINDS.filter(([, kind]) => kind !== 'intoto 0.0.1'))('a %s layer, logged as %s', (layer, kind) => {
  it('refuses an entry of another signature', async () => {
    const once = Buffer.alloc(70, 7).toString('base64');
    const other = kind === 'intoto' ? Buffer.from(once).toString('base64') : once;
    let isFirst = true;
    // The first member of this name; a key stands under another one or after it.
    const body = replaced(SIGNATURE_IN[kind] ?? 'content', (was) => {
      const text = isFirst ? other : was;
      isFirst = false;
      return text;
    });
    expect(await failuresOf({ layer, kind, body })).toEqual(['log-entry-signature-mismatch']);
  });
});

describe.each([
  ['dsse', 'envelopeHash', 'log-entry-envelope-mismatch'],
  ['intoto', 'hash', 'log-entry-envelope-mismatch'],
  // It holds no signature: there this hash stands for it.
  ['intoto 0.0.1', 'hash', 'log-entry-hash-mismatch'],
] as const)('the hash of the whole envelope in an entry of kind %s', (kind, member, code) => {
  it('refuses a .att layer that was written anew after it was logged', async () => {
    expect(await failuresOf({ layer: '.att', kind, body: otherHash(member) })).toEqual([code]);
    const tamper = { payload: (envelope: Buffer) => Buffer.concat([Buffer.from(' '), envelope]) };
    expect(await failuresOf({ layer: '.att', kind, tamper })).toEqual([code]);
  });
});

it.each([
  ['dsse', 'envelopeHash'],
  ['intoto', 'hash'],
] as const)(
  'leaves the hash of the envelope aside in a bundle logged as %s: it writes the envelope anew',
  async (kind, member) => {
    const signer = await sigstore.issueCertificate();
    const logs = [{ log: sigstore.rekor, kind, body: otherHash(member) }];
    const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer, logs });
    expect(
      await failuresIn({ id: 'bundle', format: 'sigstore-bundle', carrier: 'given', ...parseBundle(bundle) }),
    ).toEqual([]);
  },
);
