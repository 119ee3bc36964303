import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-environment-'));
const root = join(folder, 'root.json');
const anchor = join(folder, 'anchor.pem');
let registry: FakeRegistry;
let image: string;

beforeAll(async () => {
  registry = await startRegistry();
  const sigstore = await createSigstore();
  image = pushImage(registry, 'acme/app:v1').reference;
  await sigstore.signImage(registry, image, { as: { email: 'dev@acme.test' } });
  const json = sigstore.trustedRoot();
  writeFileSync(root, JSON.stringify(json));
  const raw = /"certificates":\[\{"rawBytes":"([^"]+)"/.exec(JSON.stringify(json))?.[1] ?? '';
  writeFileSync(
    anchor,
    `-----BEGIN CERTIFICATE-----\n${raw.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  );
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function verify(...flags: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const words = ['verify', image, ...flags];
  const code = await main(words, { stdout: () => undefined, stderr: (text) => void (stderr += text) });
  return { code, stderr };
}

const dev = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];

describe('variables of cosign’s', () => {
  it('that would name a signer, a key or a weakening say nothing here', async () => {
    const { stderr: before } = await verify('--trusted-root', root);
    for (const [name, value] of [
      ['COSIGN_KEY', anchor],
      ['COSIGN_IDENTITY', 'dev@acme.test'],
      ['COSIGN_CERTIFICATE_IDENTITY', 'dev@acme.test'],
      ['COSIGN_EXPERIMENTAL', '1'],
      ['COSIGN_PASSWORD', 'x'],
      ['COSIGN_INSECURE_IGNORE_TLOG', 'true'],
      ['SIGSTORE_ID_TOKEN', 'x'],
      ['SIGTRAIL_POLICY', root],
      ['SIGTRAIL_KEY', anchor],
    ] as const)
      vi.stubEnv(name, value);
    // It still has to be said on the command line who must have signed.
    expect(await verify('--trusted-root', root)).toEqual({ code: 2, stderr: before });
    expect(before).toContain('name who must have signed');
    expect(await verify(...dev, '--trusted-root', root)).toEqual({ code: 0, stderr: '' });
  });

  it('that say whom to trust are named where they are used, and where a flag takes their place', async () => {
    vi.stubEnv('SIGSTORE_ROOT_FILE', anchor);
    expect((await verify(...dev)).stderr).toBe(
      'note: trust comes from SIGSTORE_ROOT_FILE of the environment, as in cosign\n',
    );
    expect(await verify(...dev, '--trusted-root', root)).toEqual({
      code: 0,
      stderr: 'note: SIGSTORE_ROOT_FILE of the environment is ignored beside --trusted-root\n',
    });
  });

  it('that say where signatures are kept are named, too', async () => {
    const elsewhere = `${registry.host}/acme/elsewhere`;
    vi.stubEnv('COSIGN_REPOSITORY', elsewhere);
    const { code, stderr } = await verify(...dev, '--trusted-root', root);
    expect([code, stderr]).toEqual([
      10,
      expect.stringContaining(`note: signatures are looked for in ${elsewhere} alone`),
    ]);
    const given = await verify(...dev, '--trusted-root', root, '--attachment-repository', `${registry.host}/acme/app`);
    expect(given).toEqual({
      code: 0,
      stderr: 'note: COSIGN_REPOSITORY of the environment is ignored beside --attachment-repository\n',
    });
  });
});
