import {
  bundleManifest,
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekor,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type LegacyLayer,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
} from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { evaluateImage, type ImagePolicy, type ImageReport, type LogLookup } from '../index.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let rekor: FakeRekor;
let digest: string;
let size: number;
beforeEach(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  rekor = await startRekor(sigstore.rekor);
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  const manifest = manifestOf(EMPTY_CONFIG, []);
  size = manifest.length;
  digest = registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'v1');
});
afterEach(async () => {
  await Promise.all([registry.close(), rekor.close()]);
});

const keyless: ImagePolicy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };

async function evaluate(policy: ImagePolicy, lookup = true): Promise<ImageReport> {
  const log: LogLookup = { lookup: true, logs: [{ url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 }] };
  const trust = { json: JSON.stringify(sigstore.trustedRoot()) };
  return evaluateImage(`${registry.host}/acme/app:v1`, policy, { trust, ...(lookup ? { log } : {}) });
}

/** A `.sig` whose entry is in the log, and not beside the signature. */
async function pushWithoutEntry(options: object = {}): Promise<LegacyLayer> {
  const signer = await sigstore.issueCertificate();
  const annotations = (all: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name !== 'dev.sigstore.cosign/bundle'));
  const layer = sigstore.signImageLegacy({ imageDigest: digest, signer, tamper: { annotations }, ...options });
  pushManifest(registry, 'acme/app', signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
  return layer;
}

it('contacts no log unless the caller asks for it', async () => {
  await pushWithoutEntry();
  expect((await evaluate(keyless, false)).verdict).toBe('rejected');
  expect(rekor.requests).toEqual([]);
});

it('contacts no log for a signature that carries its entry', async () => {
  const layer = sigstore.signImageLegacy({ imageDigest: digest, signer: await sigstore.issueCertificate() });
  pushManifest(registry, 'acme/app', signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
  expect((await evaluate(keyless)).verdict).toBe('verified');
  expect(rekor.requests).toEqual([]);
});

it('finds the entry of a classic signature, and proves its inclusion and its promise', async () => {
  const { logged } = await pushWithoutEntry();
  const report = await evaluate(keyless);
  expect(report.verdict).toBe('verified');
  expect(report.signatures[0]?.log).toMatchObject([
    { logIndex: logged?.logIndex, inclusionProof: 'verified', inclusionPromise: 'verified' },
  ]);
});

it('finds the entry of a signature by a key, under the key that the policy names', async () => {
  const signer = generateKeyPair('p256');
  await pushWithoutEntry({ signer });
  expect((await evaluate({ signedBy: { key: signer.pem } })).verdict).toBe('verified');
  expect((await evaluate({ signedBy: { key: generateKeyPair('p256').pem } })).verdict).toBe('rejected');
});

it('finds the entry of an envelope by its payload, and takes only the one with its signature', async () => {
  const signer = await sigstore.issueCertificate();
  const statement = { imageDigest: digest };
  const bundle = sigstore.signBundle({ statement, signer, version: '0.1' });
  // The same payload, signed by somebody else.
  sigstore.signBundle({ statement, signer: await sigstore.issueCertificate() });
  bundle.verificationMaterial.tlogEntries = [];
  pushManifest(registry, 'acme/app', bundleManifest(bundle, { mediaType: MEDIA_TYPE.manifest, digest, size }));
  const report = await evaluate(keyless);
  expect(report.verdict).toBe('verified');
  expect(report.signatures[0]?.log).toHaveLength(1);
});

it('takes no entry that is not proven, and says that the log lies', async () => {
  await pushWithoutEntry();
  rekor.lie = ({ path }, honest) =>
    path !== '/api/v1/log/entries/retrieve'
      ? honest
      : {
          status: 200,
          text: JSON.stringify(honest.json).replace(/"hashes":\["[0-9a-f]{64}/, `"hashes":["${'00'.repeat(32)}`),
        };
  const report = await evaluate(keyless);
  expect(report.verdict).toBe('indeterminate');
  expect(report.problems.map(({ code }) => code)).toContain('inclusion-invalid');
});

it('calls a signature whose log can’t be asked indeterminate, not rejected', async () => {
  await pushWithoutEntry();
  rekor.lie = () => ({ status: 403 });
  expect((await evaluate(keyless)).verdict).toBe('indeterminate');
});

it('refuses a half-hearted option', async () => {
  const log = { lookup: false } as unknown as LogLookup;
  await expect(evaluateImage('example.test/app', keyless, { log })).rejects.toMatchObject({ code: 'invalid-option' });
});
