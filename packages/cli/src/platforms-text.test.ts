import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-platforms-'));
const root = join(folder, 'root.json');
let registry: FakeRegistry;
let reference: string;

beforeAll(async () => {
  registry = await startRegistry();
  const sigstore = await createSigstore();
  writeFileSync(root, JSON.stringify(sigstore.trustedRoot()));
  const image = pushImage(registry, 'acme/app:v1', { platforms: ['linux/amd64', 'linux/arm64'] });
  ({ reference } = image);
  await sigstore.signImage(registry, image.platforms['linux/amd64'].reference, { as: { email: 'dev@acme.test' } });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function verify(...flags: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const print = (printed: string): void => void (text += printed);
  const signer = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
  const words = ['verify', reference, '--trusted-root', root, ...signer, ...flags];
  return { code: await main(words, { stdout: print, stderr: print }), text };
}

describe('sigtrail verify --platform', () => {
  it('says which platform is accepted and which is not, and rejects none that is signed', async () => {
    const { code, text } = await verify('--platform', 'each');
    expect(code).toBe(10);
    expect(text).toMatch(/^REJECTED [^\n]*: linux\/arm64\n/);
    expect(text).toMatch(/\n {2}accepted +linux\/amd64 sha256:[0-9a-f]{64}\n/);
    expect(text).toMatch(/\n {2}refused +linux\/arm64 sha256:[0-9a-f]{64}: it is not signed\n/);
  });

  it('says so in the whole report, too', async () => {
    const { code, text } = await verify('--platform', 'each', '--verbose');
    expect(code).toBe(10);
    expect(text).toMatch(/^REJECTED [^\n]*: linux\/arm64 \(unsigned\)\n/);
    expect(text).toMatch(/\n {2}platform +linux\/amd64 +verified by its own signature sha256:/);
    expect(text).toMatch(/\n {2}platform +linux\/arm64 +rejected \(unsigned\) sha256:/);
  });

  it('names the platform that it accepts', async () => {
    const { code, text } = await verify('--platform', 'linux/amd64');
    expect(code).toBe(0);
    expect(text).toMatch(/^VERIFIED [^]*\n {2}deploy +\S+@sha256:[0-9a-f]{64} for linux\/amd64\n/);
  });
});
