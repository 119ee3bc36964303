import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

// A signature by a certificate of a private PKI: no Fulcio, no OIDC issuer and no CT log; the log is Rekor.
const SIGNER = 'https://signer.acme.test/release';
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-own-pki-'));
let registry: FakeRegistry;
let sigstore: FakeSigstore;
let image: string;

beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
  const [acme, stranger] = await Promise.all([
    createCertificateAuthority({ name: 'Acme Signing' }),
    createCertificateAuthority({ name: 'Acme Signing' }),
  ]);
  image = pushImage(registry, 'acme/app:v1').reference;
  await sigstore.signImage(registry, image, {
    as: { certificate: { san: [{ kind: 'uri', value: SIGNER }], scts: 'none', authority: acme } },
    format: 'cosign-signature',
  });
  write('root.pem', acme.chain.slice(-1));
  write('intermediate.pem', acme.chain.slice(0, -1));
  write('chain.pem', acme.chain);
  write('stranger.pem', stranger.chain);
  writeFileSync(join(folder, 'rekor.pub'), sigstore.rekor.key.pem);
});
beforeEach(() => void vi.stubEnv('SIGSTORE_REKOR_PUBLIC_KEY', join(folder, 'rekor.pub')));
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, certificates: readonly Uint8Array[]): void {
  writeFileSync(join(folder, name), certificates.map((der) => new X509Certificate(der).toString()).join(''));
}

const file = (name: string): string => join(folder, name);
const asCosignTakesThem = ['--ca-roots', file('root.pem'), '--ca-intermediates', file('intermediate.pem')];
const noSct = '--insecure-ignore-sct';

async function verify(
  flags: readonly string[],
  identity = SIGNER,
): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = '';
  const words = ['verify', image, '--certificate-identity', identity, '--certificate-oidc-issuer-regexp', '.*'];
  const streams = { stdout: (text: string) => void (stdout += text), stderr: () => undefined };
  const code = await main([...words, ...flags], streams);
  return { code, stdout };
}

describe('an image signed under a private PKI', () => {
  it.each([
    ['roots and intermediates', asCosignTakesThem],
    ['a chain', ['--certificate-chain', file('chain.pem')]],
  ])('is verified by %s', async (_what, flags) => {
    const { code, stdout } = await verify([...flags, noSct]);
    expect([code, stdout.includes(SIGNER)]).toEqual([0, true]);
  });

  it('is refused under a PKI of the same name with other keys', async () => {
    const { code, stdout } = await verify(['--certificate-chain', file('stranger.pem'), noSct]);
    expect([code, stdout]).toEqual([12, expect.stringContaining('certificate-issuer-unknown')]);
  });

  it('is refused without its intermediates', async () => {
    expect((await verify(['--ca-roots', file('root.pem'), noSct])).code).toBe(12);
  });

  it('is refused for another signer', async () => {
    expect((await verify([...asCosignTakesThem, noSct], 'https://signer.acme.test/nightly')).code).toBe(12);
  });

  it('is refused unless the line says that no SCT is required', async () => {
    expect((await verify(asCosignTakesThem)).code).toBe(12);
  });

  it('is refused where the key of its log is not given', async () => {
    vi.stubEnv('SIGSTORE_REKOR_PUBLIC_KEY', '');
    expect((await verify([...asCosignTakesThem, noSct])).code).toBe(12);
  });
});
