import { createLog, createSigstore, type EntryKind, type KeyKind, type TransparencyLog } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { artifact, digest, identity, now } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';
import { verifyBundle } from '../verify-bundle.ts';
import type { TrustInput } from './load-trust.ts';
import { trustRoot } from './trust-root.ts';

const sigstore = await createSigstore({ now });
const privateLog = sigstore.rekor2;
const newShard = createLog({ now, version: 2, host: 'log2027-1.rekor.sigstore.dev' });

interface Attempt {
  readonly log: TransparencyLog;
  readonly kind?: EntryKind;
  readonly key?: KeyKind;
  readonly trust: TrustInput;
}

/** Accepted, or why not. */
async function outcome({ log, kind = 'hashedrekord', key, trust }: Attempt): Promise<string | undefined> {
  const signer = await sigstore.issueCertificate(key === undefined ? {} : { kind: key });
  const logs = [{ log, kind }];
  const statement = { imageDigest: digest };
  const bundle = sigstore.signBundle({ statement, signer, logs, timestamps: [sigstore.tsa] });
  return verifyBundle(bundle, artifact, { signedBy: identity }, { trust, now: () => now }).then(
    () => 'accepted',
    (error: unknown) => {
      if (!isSigtrailError(error)) throw error;
      return error.candidate?.refusedBecause ?? error.code;
    },
  );
}

const root = (log: TransparencyLog, more: object = {}): string => {
  const json = sigstore.trustedRoot({ logs: [log] });
  return JSON.stringify({ ...json, tlogs: json.tlogs.map((listed) => ({ ...listed, ...more })) });
};

it.each([
  ['an entry of kind dsse 0.0.2', { kind: 'dsse' }],
  ['a pure Ed25519 signature', { key: 'ed25519' }],
] as const)('%s is refused in a new shard of Sigstore’s, and taken from a private log', async (_, form) => {
  expect(await outcome({ ...form, log: newShard, trust: { json: root(newShard) } })).toBe('log-entry-retired');
  expect(await outcome({ ...form, log: privateLog, trust: { json: root(privateLog) } })).toBe('accepted');
  const trust = { json: root(privateLog, { operator: 'sigstore.dev' }) };
  expect(await outcome({ ...form, log: privateLog, trust })).toBe('log-entry-retired');
});

it('today’s form counts in any log', async () => {
  expect(await outcome({ log: newShard, trust: { json: root(newShard) } })).toBe('accepted');
  const trust = { json: root(privateLog, { refuseRetiredEntries: true }) };
  expect(await outcome({ log: privateLog, trust })).toBe('accepted');
});

it('a trusted root can refuse the retired forms in a private log, and can’t admit them to a shard of Sigstore’s', async () => {
  const asked = { kind: 'dsse', log: privateLog } as const;
  expect(await outcome({ ...asked, trust: { json: root(privateLog, { refuseRetiredEntries: true }) } })).toBe(
    'log-entry-retired',
  );
  expect(await outcome({ ...asked, trust: { json: root(privateLog, { refuseRetiredEntries: false }) } })).toBe(
    'accepted',
  );
  const admitted = { json: root(newShard, { refuseRetiredEntries: false }) };
  expect(await outcome({ kind: 'dsse', log: newShard, trust: admitted })).toBe('log-entry-retired');
});

it('the word survives the document of combined roots, and the strictest listing of a key decides', async () => {
  const strict = trustRoot.fromJson(root(privateLog, { refuseRetiredEntries: true }));
  const both = trustRoot.combine([trustRoot.fromJson(root(privateLog)), strict]);
  const asked = { kind: 'dsse', log: privateLog } as const;
  expect(await outcome({ ...asked, trust: both })).toBe('log-entry-retired');
  expect(await outcome({ ...asked, trust: { json: both.json } })).toBe('log-entry-retired');
});

it('trust from parts says it of a transparency log', async () => {
  const base = JSON.parse(root(privateLog)) as { tlogs: object[] };
  const rest = trustRoot.fromJson(JSON.stringify({ ...base, tlogs: [] }));
  const part = { publicKey: privateLog.key.pem };
  const asked = { kind: 'dsse', log: privateLog } as const;
  const trust = (refuseRetiredEntries?: boolean): TrustInput => [
    rest,
    trustRoot.fromParts({
      transparencyLogs: [refuseRetiredEntries === undefined ? part : { ...part, refuseRetiredEntries }],
    }),
  ];
  expect(await outcome({ ...asked, trust: trust() })).toBe('accepted');
  expect(await outcome({ ...asked, trust: trust(false) })).toBe('accepted');
  expect(await outcome({ ...asked, trust: trust(true) })).toBe('log-entry-retired');
});

it.each([
  ['transparencyLogs', { refuseRetiredEntries: 'yes' }, 'invalid-option'],
  ['certificateTransparencyLogs', { refuseRetiredEntries: true }, 'unknown-option'],
])('trust from parts refuses %s with %j', (list, more, code) => {
  const parts = { [list]: [{ publicKey: privateLog.key.pem, ...more }] };
  expect(() => trustRoot.fromParts(parts)).toThrow(expect.objectContaining({ name: 'TypeError', code }));
});
