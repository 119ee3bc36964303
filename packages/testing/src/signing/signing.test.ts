import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbackSink, createFileStore } from '@sigtrail/rekor';
import { createVerifier, githubWorkflow, type ImagePolicy, type Verifier } from 'sigtrail';
import { trackImage } from 'sigtrail/track';
import { verifyAttestations } from 'sigtrail/attestations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSigstore,
  EMAIL_ISSUER,
  type FakeRegistry,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  pushImage,
  type SignAs,
  type SignatureFlaw,
  startRegistry,
  startRekor,
} from '../index.ts';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
let verifier: Verifier;
beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
  verifier = createVerifier({ trust: sigstore.trust });
});
afterAll(async () => {
  await verifier.close();
  await registry.close();
});
const key = generateKeyPair();
const dev = { issuer: EMAIL_ISSUER, subject: { email: 'dev@acme.test' } } as const;
const email: SignAs = { email: 'dev@acme.test' };
const formats = ['sigstore-bundle', 'cosign-signature'] as const;
let pushed = 0;
const fresh = (): string => pushImage(registry, `acme/app:v${(pushed += 1)}`).reference;

/** The verdict, and of each candidate why it was refused and the codes of all that failed. */
async function ask(reference: string, policy: ImagePolicy): Promise<readonly unknown[]> {
  const { verdict, candidates } = await verifier.evaluate(reference, policy);
  return [
    verdict,
    ...candidates.map(({ format, refusedBecause, checks }) => [
      format,
      refusedBecause,
      ...checks.filter(({ status }) => status === 'failed' || status === 'indeterminate').map(({ code }) => code),
    ]),
  ];
}

describe.each(formats)('signImage with format %s', (format) => {
  it.each<[string, SignAs, ImagePolicy]>([
    ['an e-mail address', email, { signedBy: dev }],
    [
      'a workflow, with its claims',
      { githubWorkflow: { repository: 'acme/web', workflow: 'ship.yaml', ref: 'refs/tags/v2', repositoryId: '77' } },
      {
        signedBy: githubWorkflow({
          repository: 'acme/web',
          workflow: 'ship.yaml',
          ref: 'refs/tags/v2',
          repositoryId: '77',
          trigger: 'push',
          runner: 'github-hosted',
        }),
      },
    ],
    [
      'a reusable workflow',
      { githubWorkflow: { signerWorkflow: 'acme/ci/.github/workflows/build.yml@refs/tags/v3' } },
      {
        signedBy: githubWorkflow({
          repository: 'acme/app',
          workflow: 'release.yml',
          ref: 'refs/heads/main',
          signerWorkflow: 'acme/ci/.github/workflows/build.yml@refs/tags/v3',
        }),
      },
    ],
    [
      'what a policy names',
      { issuer: 'https://ci.acme.test', subject: 'https://ci.acme.test/jobs/1' },
      { signedBy: { issuer: 'https://ci.acme.test', subject: 'https://ci.acme.test/jobs/1' } },
    ],
    ['an e-mail address as a policy names it', dev, { signedBy: dev }],
    ['a key', { key }, { signedBy: { key: key.pem } }],
    ['a key as it is', key, { signedBy: { key: key.pem } }],
    [
      'a certificate of its own making',
      { certificate: { san: [{ kind: 'dns', value: 'ci.acme.test' }], issuer: 'https://acme.test' } },
      { signedBy: { issuer: 'https://acme.test', subject: { dns: 'ci.acme.test' } } },
    ],
  ])('signs as %s', async (_, as, policy) => {
    const reference = fresh();
    await sigstore.signImage(registry, reference, { as, format });
    expect(await ask(reference, policy)).toEqual(['verified', [format, undefined]]);
  });

  it('signs as the release workflow when it is not told who', async () => {
    const reference = fresh();
    await sigstore.signImage(registry, reference, { format });
    expect(await ask(reference, { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } })).toEqual([
      'verified',
      [format, undefined],
    ]);
  });

  // An SCT covers the issuer's key, so it can't be verified where the issuer is unknown; the second judge refuses what has no log entry, too.
  it.each<[SignatureFlaw, readonly string[]]>([
    ['expired', ['certificate-expired']],
    ['untrusted', ['certificate-issuer-unknown', 'sct-missing']],
    ['unlogged', ['log-missing', 'second-judge-refused']],
    ['tampered', ['signature-invalid']],
    ['misplaced', ['subject-mismatch']],
  ])('makes a signature that is %s, and wrong in nothing else', async (flaw, codes) => {
    const reference = fresh();
    await sigstore.signImage(registry, reference, { as: email, format, flaw });
    expect(await ask(reference, { signedBy: dev })).toEqual(['rejected', [format, codes[0], ...codes]]);
  });

  // No key is left that the changed signature would be of.
  it.each<[SignatureFlaw, readonly string[]]>([
    ['unlogged', ['log-missing', 'second-judge-refused']],
    ['tampered', ['signature-invalid', 'key-mismatch', 'signature-key-not-named']],
    ['misplaced', ['subject-mismatch']],
  ])('makes a signature by key that is %s', async (flaw, codes) => {
    const reference = fresh();
    await sigstore.signImage(registry, reference, { as: { key }, format, flaw });
    expect(await ask(reference, { signedBy: { key: key.pem } })).toEqual(['rejected', [format, codes[0], ...codes]]);
  });

  it('adds a signature to the existing ones, by the same certificate if given', async () => {
    const reference = fresh();
    const { signer } = await sigstore.signImage(registry, reference, { as: email, format, flaw: 'tampered' });
    await sigstore.signImage(registry, reference, { as: signer, format, annotations: { env: 'prod' } });
    const both = [
      [format, 'signature-invalid', 'signature-invalid'],
      [format, undefined],
    ];
    const [verdict, ...candidates] = await ask(reference, { signedBy: { ...dev, annotations: { env: 'prod' } } });
    expect(verdict).toBe('verified');
    expect(candidates).toEqual(expect.arrayContaining([both[1]]));
    expect(candidates).toHaveLength(2);
  });

  it('signs an index and its images on request, and otherwise the index alone', async () => {
    const image = pushImage(registry, `acme/multi:${format}`, { platforms: ['linux/amd64', 'linux/arm64/v8'] });
    await sigstore.signImage(registry, image.reference, { as: email, format });
    const arm = image.platforms['linux/arm64/v8'].reference;
    expect((await verifier.verify(image.reference, { signedBy: dev })).reference).toBe(image.pinned);
    expect(await ask(arm, { signedBy: dev })).toEqual(['rejected']);
    const { manifests } = await sigstore.signImage(registry, image.reference, { as: email, format, recursive: true });
    expect(manifests).toHaveLength(3);
    expect(await ask(arm, { signedBy: dev })).toEqual(['verified', [format, undefined]]);
    const each = await verifier.verify(image.reference, { signedBy: dev }, { platforms: 'each' });
    expect(each.images.map(({ digest }) => digest)).toEqual(Object.values(image.platforms).map(({ digest }) => digest));
  });

  it('keeps a signature out of the registry if asked to', async () => {
    const reference = fresh();
    expect((await sigstore.signImage(registry, reference, { format, push: false })).manifests).toEqual([]);
    const { verdict } = await verifier.evaluate(reference, { signedBy: dev });
    expect(verdict).toBe('rejected');
  });
});

describe('attest', () => {
  const predicate = {
    buildDefinition: { buildType: 'https://acme.test/b', externalParameters: { tag: 'v1' } },
    runDetails: { builder: { id: 'https://acme.test/builder' } },
  };
  const request = { type: 'slsaprovenance1', signedBy: dev } as const;

  it.each(['sigstore-bundle', 'cosign-attestation', 'dsse-attestation'] as const)(
    'signs a statement as %s',
    async (format) => {
      const reference = fresh();
      await sigstore.attest(registry, reference, { as: email, type: 'slsaprovenance1', predicate, format });
      const { attestations } = await verifyAttestations(reference, request, { trust: sigstore.trust });
      expect(attestations[0].predicate.runDetails.builder.id).toBe('https://acme.test/builder');
      const { candidates } = await verifier.evaluateAttestations(reference, request);
      expect(candidates.map((candidate) => candidate.format)).toEqual([format]);
    },
  );

  it.each([
    ['expired', 'certificate-expired'],
    ['untrusted', 'certificate-issuer-unknown'],
    ['unlogged', 'log-missing'],
    ['tampered', 'signature-invalid'],
    ['misplaced', 'subject-mismatch'],
  ] as const)('makes an attestation that is %s', async (flaw, code) => {
    const reference = fresh();
    await sigstore.attest(registry, reference, { as: email, type: 'slsaprovenance1', predicate, flaw });
    const { verdict, candidates } = await verifier.evaluateAttestations(reference, request);
    expect([verdict, ...candidates.map(({ refusedBecause }) => refusedBecause)]).toEqual(['rejected', code]);
  });
});

describe('signFile', () => {
  const file = Buffer.from('the release');

  it('makes a bundle that verifies with the file', async () => {
    const { signature } = await verifier.verifyBundle(await sigstore.signFile(file, { as: email }), file, {
      signedBy: dev,
    });
    expect(signature.log).toHaveLength(1);
  });

  it.each([
    ['expired', 'certificate-expired'],
    ['untrusted', 'certificate-issuer-unknown'],
    ['unlogged', 'log-missing'],
    ['tampered', 'signature-invalid'],
    ['misplaced', 'subject-mismatch'],
  ] as const)('makes a bundle that is %s', async (flaw, code) => {
    const bundle = await sigstore.signFile(file, { as: email, flaw });
    await expect(verifier.verifyBundle(bundle, file, { signedBy: dev })).rejects.toMatchObject({
      candidate: { refusedBecause: code },
    });
  });
});

describe('a throttled registry', () => {
  it('answers every read with 429, and the wait it asks for', async () => {
    const reference = fresh();
    await sigstore.signImage(registry, reference, { as: email });
    registry.configure({ throttled: { retryAfter: 90 } });
    const throttled = await verifier.evaluate(reference, { signedBy: dev });
    registry.configure({ throttled: false });
    expect(throttled).toMatchObject({
      verdict: 'indeterminate',
      problems: [{ code: 'rate-limited', retryAfterMs: 90_000 }],
    });
    expect((await verifier.evaluate(reference, { signedBy: dev })).verdict).toBe('verified');
  });

  it('is a registry from the start, if configured so', async () => {
    const other = await startRegistry({ throttled: true });
    expect((await fetch(`${other.url}/v2/`)).status).toBe(200);
    const { status, headers } = await fetch(`${other.url}/v2/acme/app/tags/list`);
    await other.close();
    expect([status, headers.get('retry-after')]).toEqual([429, '60']);
  });
});

it('signs images of a registry without the referrers API as clients do, by the fallback tag', async () => {
  const old = await startRegistry({ referrersApi: false });
  const { reference } = pushImage(old, 'acme/app:v1');
  await sigstore.signImage(old, reference, { as: email });
  const { verdict, candidates } = await verifier.evaluate(reference, { signedBy: dev });
  await old.close();
  expect([verdict, candidates.map(({ carrier }) => carrier)]).toEqual(['verified', ['fallback-tag']]);
});

it('serves a log that raises no alarm, in one look or in several', async () => {
  const rekor = await startRekor(sigstore.rekor);
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-kit-'));
  const logs = [{ url: rekor.url, log: sigstore.rekor.baseUrl }];
  const reference = fresh();
  await sigstore.signImage(registry, reference, { as: email });
  const kinds: string[] = [];
  const expected = [{ issuer: EMAIL_ISSUER, subject: 'dev@acme.test' }];
  const sinks = [callbackSink('kinds', ({ kind }) => void kinds.push(kind))];
  const look = async (): Promise<number> =>
    (await verifier.watch({ images: [reference], expected, logs, store: createFileStore(folder), sinks })).exitCode;
  const exits = [await look(), await look()];
  await sigstore.signImage(registry, reference, { as: email, format: 'cosign-signature' });
  exits.push(await look());
  const track = await trackImage(reference, { trust: sigstore.trust, logs });
  await rekor.close();
  await rm(folder, { recursive: true });
  expect(exits).toEqual([10, 0, 10]);
  expect(kinds.filter((kind) => kind === 'alarm')).toEqual([]);
  expect([track.problems, track.entries.length]).toEqual([[], 2]);
});

describe('worlds side by side', () => {
  it('trusts nothing of another Sigstore', async () => {
    const other = await createSigstore();
    const reference = fresh();
    await other.signImage(registry, reference, { as: email });
    expect((await verifier.evaluate(reference, { signedBy: dev })).verdict).toBe('rejected');
    await sigstore.signImage(registry, reference, { as: email });
    for (const { trust } of [sigstore, other]) {
      await using each = createVerifier({ trust });
      expect((await each.evaluate(reference, { signedBy: dev })).verdict).toBe('verified');
    }
  });
});
