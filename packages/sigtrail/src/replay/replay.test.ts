import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { bundleManifest, generateKeyPair, indexOf, MEDIA_TYPE, pushManifest } from '@sigtrail/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import {
  type Capsule,
  createVerifier,
  deny,
  type ImageCallOptions,
  type ImagePolicy,
  type Report,
  isSigtrailError,
  SigtrailError,
  type TrustSource,
  type Verifier,
} from '../index.ts';
import { parseCapsule, replay } from '../replay/index.ts';

const at = new Date('2026-03-01T12:00:00Z');
const predicateType = 'https://example.com/answer/v1';
const resolved = generateKeyPair();
let image: ImageUnderTest;
let verifier: Verifier;
const texts = new Map<string, string>();
let identity: { readonly issuer: string; readonly subject: string };

beforeAll(async () => {
  image = await createImage(at);
  const { sigstore, signer, digest } = image;
  image.tagLayers('sig', [
    sigstore.signImageLegacy({ imageDigest: digest, signer, annotations: { channel: 'stable' } }),
    sigstore.signImageLegacy({ imageDigest: digest, signer: resolved }),
  ]);
  image.attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer, timestamps: [sigstore.tsa] }));
  image.attachBundle(
    sigstore.signBundle({ statement: { imageDigest: digest, predicateType, predicate: { answer: 42 } }, signer }),
  );
  verifier = createVerifier(image.options);
  const { signatures } = await verifier.evaluate(image.reference, { dangerouslyAcceptAnySigner: true });
  const [first] = signatures;
  if (first?.signer.kind !== 'certificate') throw new Error('the image under test is not signed');
  identity = {
    issuer: first.signer.claims.issuer ?? '',
    subject: first.signer.subjectAlternativeNames[0]?.value ?? '',
  };
  for (const [name, policy] of Object.entries(policies()))
    texts.set(name, JSON.stringify(await verifier.capture(image.reference, policy)));
});

afterAll(async () => {
  await verifier.close();
  await image.close();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** Policies of every kind of outside: none, callbacks that accept, refuse and throw, a schema, a resolver, a refusal. */
const policies = (): Readonly<Record<string, ImagePolicy>> => ({
  'an identity': { signedBy: { ...identity, annotations: { channel: 'stable' } } },
  'another identity': { signedBy: { ...identity, subject: 'https://example.com/other' } },
  'a callback that accepts': { signedBy: { ...identity, accept: { run: async () => true as const, name: 'allow' } } },
  'a callback that refuses': { signedBy: { ...identity, accept: () => deny('not today') } },
  'a callback that throws': {
    signedBy: {
      ...identity,
      accept: () => {
        throw new Error('the database is away');
      },
    },
  },
  'a callback over the set': { signedBy: identity, acceptImage: ({ isComplete }) => isComplete || deny('gaps') },
  'a key resolver': { signedBy: { key: { name: 'kms', resolve: async () => resolved.spki } } },
  'a key resolver that fails': {
    signedBy: {
      key: {
        name: 'kms',
        resolve: async () => {
          throw new Error('the KMS is away');
        },
      },
    },
  },
  'a schema over an attestation': {
    attested: { type: predicateType, signedBy: identity, predicate: z.looseObject({ answer: z.number() }) },
  },
});
const names = [
  'an identity',
  'another identity',
  'a callback that accepts',
  'a callback that refuses',
  'a callback that throws',
  'a callback over the set',
  'a key resolver',
  'a key resolver that fails',
  'a schema over an attestation',
];

/** A replayed report as the recorded one would be: without what says that it is a replay, and with its trust by digest alone. */
function plain(report: Report): string {
  const { replay: _note, ...rest } = report;
  const trust = ({ digest }: TrustSource): object => ({ digest });
  const platforms =
    report.kind === 'platforms'
      ? {
          platforms: report.platforms.map((one) => ({
            ...one,
            report: { ...one.report, trust: trust(one.report.trust) },
          })),
        }
      : {};
  return JSON.stringify({ ...rest, trust: trust(report.trust), ...platforms });
}

function textOf(name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`no capsule of ${name}`);
  return text;
}

/** A capsule with something changed in its text. */
function changed(name: string, edit: (capsule: Writable) => void): string {
  const capsule = JSON.parse(textOf(name)) as Writable;
  edit(capsule);
  return JSON.stringify(capsule);
}

interface Writable {
  now: string;
  blobs: Record<string, string>;
  answers: unknown[];
  resolved: { keys: unknown[] };
  policy: { document: string; digest: string };
  discoveries: { question: string; mediaType?: string }[];
  asked: { options?: object };
  kind: string;
  schemaVersion: number;
}

const privatePem = resolved.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function spoilMediaType({ discoveries }: Writable): void {
  for (const one of discoveries) one.mediaType = MEDIA_TYPE.index;
}

/** Makes everything outside throw: sockets, files and the clock. */
function cutOff(): void {
  const off = (what: string) => (): never => {
    throw new Error(`${what} was touched`);
  };
  vi.stubGlobal('fetch', off('the network'));
  vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(off('the network'));
  for (const name of ['readFileSync', 'openSync', 'open', 'readFile', 'writeFile', 'writeFileSync'] as const)
    vi.spyOn(fs, name).mockImplementation(off('a file'));
  for (const name of ['readFile', 'open', 'writeFile', 'stat'] as const)
    vi.spyOn(fs.promises, name).mockImplementation(off('a file'));
  syncBuiltinESMExports();
  vi.stubGlobal(
    'Date',
    new Proxy(Date, {
      construct: (target, given: unknown[]) =>
        given.length === 0 ? off('the clock')() : (Reflect.construct(target, given) as object),
      apply: off('the clock'),
      get: (target, name) => (name === 'now' ? off('the clock') : (Reflect.get(target, name) as unknown)),
    }),
  );
}

describe('replay', () => {
  it.each(names)('gives the recorded report to the byte: %s', async (name) => {
    const text = textOf(name);
    expect(plain(await replay(text))).toBe(plain((JSON.parse(text) as Capsule).report));
  });

  it('has recorded what it was meant to', () => {
    const verdicts = names.map((name) => `${name}: ${(JSON.parse(textOf(name)) as Capsule).report.verdict}`);
    expect(verdicts).toEqual([
      'an identity: verified',
      'another identity: rejected',
      'a callback that accepts: verified',
      'a callback that refuses: rejected',
      'a callback that throws: indeterminate',
      'a callback over the set: verified',
      'a key resolver: verified',
      'a key resolver that fails: indeterminate',
      'a schema over an attestation: verified',
    ]);
  });

  it.each(names)('touches no clock, no file and no network: %s', async (name) => {
    const text = textOf(name);
    // The first one loads the code.
    await replay(text);
    cutOff();
    const report = plain(await replay(text));
    vi.unstubAllGlobals();
    expect(report).toBe(plain((JSON.parse(text) as Capsule).report));
  });

  it('gives the same when the system’s date is wrong', async () => {
    vi.useFakeTimers({ now: new Date('1999-12-31T23:59:59Z') });
    try {
      const text = textOf('an identity');
      expect(plain(await replay(text))).toBe(plain((JSON.parse(text) as Capsule).report));
    } finally {
      vi.useRealTimers();
    }
  });

  it('changes with the clock as it must: before the log entry was made, nothing was signed', async () => {
    const text = textOf('an identity');
    const later = await replay(text, { now: new Date('2031-01-01T00:00:00Z') });
    expect(later.verdict).toBe('verified');
    expect(later.evaluatedAt).toBe('2031-01-01T00:00:00.000Z');
    const before = await replay(text, { now: new Date('2020-01-01T00:00:00Z') });
    expect(before.verdict).toBe('rejected');
    expect(before.candidates.map(({ refusedBecause }) => refusedBecause)).toContain('log-time-in-future');
  });

  it('takes a value as well as its text, and bytes', async () => {
    const text = textOf('an identity');
    const expected = plain((JSON.parse(text) as Capsule).report);
    expect(plain(await replay(JSON.parse(text) as object))).toBe(expected);
    expect(plain(await replay(Buffer.from(text)))).toBe(expected);
  });

  it('replays attestations that were asked for by themselves', async () => {
    const capsule = await verifier.captureAttestations(image.reference, { type: predicateType, signedBy: identity });
    expect(capsule.report.verdict).toBe('verified');
    expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
  });

  it('replays an image that could not be resolved', async () => {
    const capsule = await verifier.capture(`${image.registry.host}/acme/nothing:v1`, { signedBy: identity });
    expect(capsule.report.verdict).toBe('indeterminate');
    expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
  });

  it('replays that there was no trust', async () => {
    const trust = async (): Promise<never> => {
      throw new SigtrailError('trust-expired', 'the metadata is too old');
    };
    await using expired = createVerifier({ ...image.options, trust });
    const capsule = await expired.capture(image.reference, { signedBy: identity });
    expect(capsule.report.problems.map(({ code }) => code)).toContain('trust-expired');
    expect(capsule.report.verdict).toBe('indeterminate');
    expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
  });

  it.each<readonly [string, ImageCallOptions]>([
    ['a name that must be signed', { signedName: 'repository' }],
    ['a function over names', { signedName: (name: string) => name.includes('registry.fake.test') }],
    ['platforms of what is no index', { platforms: ['linux/amd64'] }],
  ])('replays what was asked besides the policy: %s', async (_, options) => {
    const capsule = await verifier.capture(image.reference, { signedBy: { ...identity, subject: 'nobody' } }, options);
    const good = await verifier.capture(image.reference, { signedBy: identity }, options);
    for (const one of [capsule, good]) expect(plain(await replay(JSON.stringify(one)))).toBe(plain(one.report));
  });

  it('replays an index that covers it, and one that is not there', async () => {
    for (const tag of ['multi', 'nothing']) {
      const index = `${image.registry.host}/${image.repository}:${tag}`;
      const policy = { signedBy: { ...identity, subject: 'nobody' } };
      const capsule = await verifier.capture(image.reference, policy, { inherit: { index } });
      expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
    }
  });

  it('replays the platforms of an index, inherited and by themselves', async () => {
    const { registry, repository, sigstore, signer, descriptor } = image;
    const child = { ...descriptor, platform: { os: 'linux', architecture: 'amd64' } };
    const bytes = indexOf([child]);
    const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.index, 'multi');
    pushManifest(
      registry,
      repository,
      bundleManifest(sigstore.signBundle({ statement: { imageDigest: digest }, signer }), {
        mediaType: MEDIA_TYPE.index,
        digest,
        size: bytes.length,
      }),
    );
    const reference = `${registry.host}/${repository}:multi`;
    for (const options of [{ platforms: 'each' }, { platforms: 'each', inherit: true }] as const) {
      const capsule = await verifier.capture(reference, { signedBy: identity }, options);
      expect(capsule.report).toMatchObject({ kind: 'platforms', platforms: [{ verdict: 'verified' }] });
      expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
    }
  });

  it.each([
    ['of identities', () => ({ identities: [{ issuer: identity.issuer }] })],
    [
      'of serial numbers',
      () => ({
        certificates: [
          {
            serialNumber: new X509Certificate(image.signer.der).serialNumber,
            issuer: image.sigstore.ca.chain[0] ?? '',
          },
        ],
      }),
    ],
  ])('replays a deny-list %s', async (_, deny) => {
    await using strict = createVerifier({ ...image.options, deny: deny() });
    const capsule = await strict.capture(image.reference, { signedBy: identity });
    expect(capsule.report.verdict).toBe('rejected');
    expect(plain(await replay(JSON.stringify(capsule)))).toBe(plain(capsule.report));
  });
});

describe('a capsule that was changed', () => {
  it.each<readonly [string, string, (capsule: Writable) => void, RegExp]>([
    ['bytes', 'an identity', ({ blobs }) => void (blobs[Object.keys(blobs)[0] ?? ''] = 'AAAA'), /digest/],
    ['missing bytes', 'an identity', (capsule) => void (capsule.blobs = {}), /not there/],
    [
      'a policy',
      'an identity',
      ({ policy }) => void (policy.document = policy.document.replace('stable', 'x')),
      /digest/,
    ],
    ['missing keys', 'a key resolver', ({ resolved: all }) => void (all.keys = []), /resolvers/],
    [
      'text that is not a key',
      'a key resolver',
      ({ resolved: all }) => void (all.keys = [[{ pem: 'x' }]]),
      /public key/,
    ],
    ['a private key', 'a key resolver', ({ resolved: all }) => void (all.keys = [[{ pem: privatePem }]]), /public key/],
    ['an image that is no manifest', 'an identity', spoilMediaType, /media type|manifest/],
    [
      'options that no call accepts',
      'an identity',
      ({ asked }) => void (asked.options = { platforms: ['x'] }),
      /platform/,
    ],
    ['an unknown version', 'an identity', (capsule) => void (capsule.schemaVersion = 3), /schemaVersion/],
    ['a missing report', 'an identity', (capsule) => void Reflect.deleteProperty(capsule, 'report'), /report/],
    ['text that is not a time', 'an identity', (capsule) => void (capsule.now = 'yesterday'), /now/],
  ])('is refused by name: %s', async (_, name, edit, reason) => {
    const error: unknown = await replay(changed(name, edit)).catch((caught: unknown) => caught);
    expect(isSigtrailError(error) && error.code).toBe('invalid-capsule');
    expect(String(error)).toMatch(reason);
  });

  it('is refused when it is larger than any capsule, before it is read', () => {
    expect(() => parseCapsule(new Uint8Array(512 * 1024 * 1024 + 1))).toThrow(
      /the capsule can't be replayed: not JSON/,
    );
  });

  it.each([
    ['a report, whose schemaVersion is its own', () => JSON.stringify({ schemaVersion: 1, verdict: 'verified' })],
    ['a file of another kind', () => changed('an identity', (capsule) => void (capsule.kind = 'sbom'))],
    ['a list', () => '[]'],
  ])('is refused as not a capsule when it is %s', (_, text) => {
    expect(() => parseCapsule(text())).toThrow(
      'the capsule can\'t be replayed: this is not a capsule: it has no "kind": "sigtrail-capsule"; give a file that verify --capsule',
    );
  });

  it('is refused when it is two capsules, one behind the other', () => {
    expect(() => parseCapsule(textOf('an identity') + textOf('a key resolver'))).toThrow(
      /the capsule can't be replayed: not JSON/,
    );
  });

  it('gives the same if it also holds the bytes of a different capsule', async () => {
    const { blobs } = JSON.parse(textOf('a key resolver')) as Writable;
    const merged = changed('an identity', (capsule) => void (capsule.blobs = { ...blobs, ...capsule.blobs }));
    expect(plain(await replay(merged))).toBe(plain(await replay(textOf('an identity'))));
  });

  it('does not repeat the report of a different capsule', async () => {
    const { report } = JSON.parse(textOf('another identity')) as { report: unknown };
    const merged = changed('an identity', (capsule) => void Object.assign(capsule, { report }));
    expect((await replay(merged)).verdict).toBe('verified');
  });

  it('never lets a missing answer pass', async () => {
    const report = await replay(changed('a callback that accepts', (capsule) => void (capsule.answers = [])));
    expect(report.verdict).toBe('indeterminate');
    expect(report.callbacks?.[0]).toMatchObject({ answer: 'threw', reason: 'the capsule has no answer to this' });
  });

  it('never takes a missing look for an absence', async () => {
    const report = await replay(changed('an identity', (capsule) => void (capsule.discoveries = [])));
    expect(report.verdict).toBe('indeterminate');
    expect(report.problems[0]?.code).toBe('not-recorded');
  });

  it.each(['', '{', '[]', 'null', '{"kind":"sigtrail-capsule"}'])('is refused when it is not a capsule: %j', (text) => {
    expect(() => parseCapsule(text)).toThrow(/the capsule can't be replayed/);
  });
});

describe('what a capsule holds', () => {
  it('has no credentials in it', async () => {
    const password = 'correct-horse-battery';
    const other = await createImage(at, { access: { kind: 'basic', username: 'alice', password } });
    try {
      other.attachBundle(other.sigstore.signBundle({ statement: { imageDigest: other.digest }, signer: other.signer }));
      await using signedIn = createVerifier({
        ...other.options,
        registry: { credentials: { username: 'alice', password } },
      });
      const text = JSON.stringify(await signedIn.capture(other.reference, { signedBy: identity }));
      expect(text).toContain('"verdict":"verified"');
      expect(text).not.toContain(password);
      expect(text).not.toContain(Buffer.from(`alice:${password}`).toString('base64'));
    } finally {
      await other.close();
    }
  });

  it('has marks where code stood, and names the engine', () => {
    const { policy, engine } = JSON.parse(textOf('a schema over an attestation')) as Capsule;
    expect(policy.document).toContain('{"$schema":"zod"}');
    expect(engine.name).toBe('sigtrail');
    expect((JSON.parse(textOf('a callback that accepts')) as Capsule).policy.document).toContain(
      '{"$callback":{"name":"allow"}}',
    );
    expect((JSON.parse(textOf('a key resolver')) as Capsule).policy.document).toContain('{"$resolver":"kms"}');
  });
});
