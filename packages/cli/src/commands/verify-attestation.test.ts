import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const type = 'https://acme.test/review';
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-verify-attestation-'));
const root = join(folder, 'root.json');
let registry: FakeRegistry;
let sigstore: FakeSigstore;
let reference: string;

beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
  writeFileSync(root, JSON.stringify(sigstore.trustedRoot()));
  const image = pushImage(registry, 'acme/app:v1', { platforms: ['linux/amd64', 'linux/arm64'] });
  ({ reference } = image);
  const as = { email: 'dev@acme.test' };
  await sigstore.attest(registry, image.platforms['linux/amd64'].reference, { as, type, predicate: {} });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function run(...flags: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const print = (printed: string): void => void (text += printed);
  const signer = [
    '--certificate-identity',
    'dev@acme.test',
    '--certificate-oidc-issuer',
    'https://accounts.google.com',
  ];
  const words = ['verify-attestation', reference, '--type', type, '--trusted-root', root, ...signer, ...flags];
  return { code: await main(words, { stdout: print, stderr: print }), text };
}

describe('sigtrail verify-attestation --platform', () => {
  it('asks about a manifest of the index', async () => {
    expect(await run('--platform', 'linux/amd64')).toMatchObject({ code: 0 });
  });

  it.each(['linux/arm64', 'each', 'linux/amd64,linux/arm64'])(
    'refuses %s, where a manifest lacks the attestation',
    async (platform) => {
      expect((await run('--platform', platform)).code).not.toBe(0);
    },
  );

  it.each([
    ['--all', /--all and --platform exclude each other/],
    ['--output=cosign', /leave out --platform/],
  ])('is refused beside %s', async (flag, message) => {
    const { code, text } = await run('--platform', 'each', flag);
    expect([code, text]).toEqual([2, expect.stringMatching(message)]);
  });
});
