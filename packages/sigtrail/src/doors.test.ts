import { afterAll, describe, expect, it } from 'vitest';
import * as attestations from './verify-attestations.ts';
import { inspectImage } from './inspect-image.ts';
import { evaluateImage, verifyImage } from './verify-image.ts';
import { captureEvidence } from './replay/capture-evidence.ts';
import * as policyFile from './policy-file/index.ts';
import { type TrustInput, type TrustSourceInput, tufTrust } from './trust/index.ts';
import { replay } from './replay/replay.ts';
import { timelineOf } from './track/timeline.ts';
import { trackImage } from './track/track-verbs.ts';
import { verifyBundle } from './verify-bundle.ts';
import { createVerifier } from './verifier.ts';

// Nothing answers there: what is refused here is refused before any work.
const REFERENCE = '127.0.0.1:1/acme/app:1';
const policy = { signedBy: { issuer: 'https://x.example', subject: 'https://x.example/y' } } as const;
const request = { type: 'slsaprovenance1', ...policy } as const;
const digest = `sha256:${'0'.repeat(64)}` as const;
const verifier = createVerifier();
afterAll(() => verifier.close());

// Mistakes that the types refuse are what is tested.
type Loose = never;
const watching = { images: [], store: {}, sinks: [] };

/** Every function and method that takes options. */
const DOORS: Readonly<Record<string, (options: unknown) => unknown>> = {
  verifyImage: (options) => verifyImage(REFERENCE, policy, options as Loose),
  evaluateImage: (options) => evaluateImage(REFERENCE, policy, options as Loose),
  inspectImage: (options) => inspectImage(REFERENCE, options as Loose),
  captureEvidence: (options) => captureEvidence(REFERENCE, policy, options as Loose),
  verifyBundle: (options) => verifyBundle('{}', digest, policy, options as Loose),
  verifyAttestations: (options) => attestations.verifyAttestations(REFERENCE, request, options as Loose),
  evaluateAttestations: (options) => attestations.evaluateAttestations(REFERENCE, request, options as Loose),
  trackImage: (options) => trackImage(REFERENCE, options as Loose),
  replay: (options) => replay('{}', options as Loose),
  createVerifier: (options) => createVerifier(options as Loose),
  'verifier.verify': (options) => verifier.verify(REFERENCE, policy, options as Loose),
  'verifier.evaluate': (options) => verifier.evaluate(REFERENCE, policy, options as Loose),
  'verifier.verifyMany': (options) => verifier.verifyMany([REFERENCE], () => policy, options as Loose),
  'verifier.verifyAttestations': (options) => verifier.verifyAttestations(REFERENCE, request, options as Loose),
  'verifier.evaluateAttestations': (options) => verifier.evaluateAttestations(REFERENCE, request, options as Loose),
  'verifier.capture': (options) => verifier.capture(REFERENCE, policy, options as Loose),
  'verifier.captureAttestations': (options) => verifier.captureAttestations(REFERENCE, request, options as Loose),
  'verifier.inspect': (options) => verifier.inspect(REFERENCE, options as Loose),
  'verifier.track': (options) => verifier.track(REFERENCE, options as Loose),
  'verifier.trackRepository': (options) => verifier.trackRepository('127.0.0.1:1/acme/app', options as Loose),
  'verifier.watch': (options) => verifier.watch((isPlain(options) ? { ...watching, ...options } : options) as Loose),
};

const JUDGING = [
  'verifyImage',
  'evaluateImage',
  'captureEvidence',
  'verifier.verify',
  'verifier.evaluate',
  'verifier.verifyMany',
  'verifier.capture',
];
const ATTESTED = Object.keys(DOORS).filter((name) => /[aA]ttestations/.test(name));
const CALLS = Object.keys(DOORS).filter((name) => !['replay', 'createVerifier', 'verifyBundle'].includes(name));

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function refusalOf(door: string, options: unknown): Promise<unknown> {
  try {
    await DOORS[door]?.(options);
  } catch (error) {
    return error;
  }
  return 'accepted';
}

async function expectRefused(door: string, options: unknown, code: string): Promise<void> {
  const error = await refusalOf(door, options);
  expect(error, JSON.stringify(options)).toBeInstanceOf(TypeError);
  expect(error, JSON.stringify(options)).toMatchObject({ code });
}

describe.each(Object.keys(DOORS))('%s', (door) => {
  it('refuses an option that it does not have', async () => {
    for (const options of [{ timeout: 5 }, { Platforms: 'each' }, { singal: undefined }, { stockJudge: 'off' }])
      await expectRefused(door, options, 'unknown-option');
  });

  it('refuses options that are not an object', async () => {
    for (const options of [null, 42, 'each', ['each']]) await expectRefused(door, options, 'invalid-option');
  });
});

/** A replay reads a file and asks no server, so it has no deadline. */
const TIMED = Object.keys(DOORS).filter((name) => name !== 'replay');

describe.each(TIMED)('%s', (door) => {
  it('refuses a deadline that is not a positive number', async () => {
    for (const timeoutMs of [-1, 0, '5', Number.NaN, 2 ** 31])
      await expectRefused(door, { timeoutMs }, 'invalid-option');
  });
});

describe.each(CALLS)('%s', (door) => {
  it('refuses a wrong value of what every call takes', async () => {
    for (const options of [{ signal: {} }, { repositories: 42 }, { tagPrefix: null }])
      await expectRefused(door, options, 'invalid-option');
  });
});

describe.each(JUDGING)('%s', (door) => {
  it('refuses platforms, inheritance and names that it could not judge by', async () => {
    for (const options of [
      { platforms: 42 },
      { platforms: 'linux/amd64' },
      { platforms: [] },
      { platforms: ['linux'] },
      { inherit: 'yes' },
      { inherit: {} },
      { inherit: true },
      { signedName: 'exactly' },
    ])
      await expectRefused(door, options, 'invalid-option');
    await expectRefused(door, { inherit: { index: 'acme/app:1', platform: 'x' } }, 'unknown-option');
  });
});

describe.each([...ATTESTED, 'inspectImage', 'verifier.inspect'])('%s', (door) => {
  it('has no platforms, so it refuses them rather than judge the index alone', async () => {
    await expectRefused(door, { platforms: 'each' }, 'unknown-option');
    await expectRefused(door, { inherit: true }, 'unknown-option');
  });
});

describe.each(['trackImage', 'verifier.track', 'verifier.trackRepository'])('%s', (door) => {
  it('refuses logs, scans and platforms that it could not track by', async () => {
    for (const options of [
      { logs: 'https://rekor' },
      { logs: [{ url: 1 }] },
      { scanEntries: -1 },
      { platforms: 'each' },
    ])
      await expectRefused(door, options, 'invalid-option');
    await expectRefused(door, { logs: [{ url: 'https://rekor', id: 1 }] }, 'unknown-option');
  });
});

describe.each(['createVerifier', 'verifyImage', 'evaluateImage', 'inspectImage', 'captureEvidence', 'trackImage'])(
  '%s',
  (door) => {
    it('refuses options of the registry that a client could not have, before there is a client', async () => {
      for (const registry of [{ retry: 3 }, { Credentials: {} }, { cache: { maxByte: 1 } }])
        await expectRefused(door, { registry }, 'unknown-option');
      for (const registry of [
        null,
        'ghcr.io',
        [],
        { retries: -1 },
        { timeoutMs: '5' },
        { proxy: 'http://proxy' },
        { ca: 'x' },
        { clientCertificates: [{}] },
        { allowAddresses: ['not an address!'] },
        { transport: {} },
        { connections: 'x' },
        { http2: 1 },
        { connectTimeoutMs: 0 },
        { headersTimeoutMs: '5' },
        { idleTimeoutMs: null },
        { resolve: '127.0.0.1' },
        { onRequest: {} },
      ])
        await expectRefused(door, { registry }, 'invalid-option');
    });
  },
);

describe.each([
  ['readPolicy', (options: Loose) => policyFile.readPolicy('', options)],
  ['readLocatedPolicy', (options: Loose) => policyFile.readLocatedPolicy('', options)],
  ['importCosignCommand', (options: Loose) => policyFile.importCosignCommand('cosign verify image', options)],
  ['lintPolicy', (options: Loose) => policyFile.lintPolicy(policy, options)],
  ['tufTrust', (options: Loose) => tufTrust(options)],
  ['timelineOf', (options: Loose) => timelineOf([], options)],
])('%s', (_, door) => {
  it('refuses an option that it does not have, and options that are not an object', () => {
    expect(() => door({ reference: [] } as Loose)).toThrow(expect.objectContaining({ code: 'unknown-option' }));
    for (const options of [null, 42, []])
      expect(() => door(options as Loose)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('options', () => {
  it('given as undefined were not given', async () => {
    const { verdict } = await verifier.evaluate(REFERENCE, policy, { platforms: undefined, timeoutMs: 2000 } as Loose);
    expect(verdict).toBe('indeterminate');
  });

  it('of a verifier are checked when it is made', () => {
    expect(() => createVerifier({ now: 5 } as Loose)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(() => createVerifier({ log: { lookup: true, logs: [{ uri: 'x' }] } } as Loose)).toThrow(
      expect.objectContaining({ code: 'unknown-option' }),
    );
  });
});

it('refuses a misspelt option of the trust when a verifier is made, and a malformed reference before trust is loaded', async () => {
  const wrong = { embedded: true, profil: 'pki' } as unknown as TrustInput;
  expect(() => createVerifier({ trust: wrong })).toThrow(expect.objectContaining({ code: 'unknown-option' }));
  expect(() => createVerifier({ trust: [{ embedded: true }, wrong as TrustSourceInput] })).toThrow(TypeError);
  expect(() => createVerifier({ trust: 7 as unknown as TrustInput })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
  let asked = 0;
  const trust = async (): Promise<never> => {
    asked += 1;
    throw new Error('not now');
  };
  const policy = { signedBy: { issuer: 'https://issuer.test', subject: 'a' } };
  for (const reference of ['ghcr.io/ACME/app:1', 'https://ghcr.io/acme/app', ''])
    await expect(evaluateImage(reference, policy, { trust })).rejects.toMatchObject({ code: 'invalid-reference' });
  expect(asked).toBe(0);
});
