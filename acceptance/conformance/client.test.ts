import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeSigstore, generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conformance } from './client.ts';

const artifact = Buffer.from('the artifact');
const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
let sigstore: FakeSigstore;
let directory: string;
const file = (name: string): string => join(directory, name);
const signer = ['--certificate-identity', GITHUB_WORKFLOW, '--certificate-oidc-issuer', GITHUB_ISSUER];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sigtrail-conformance-'));
  sigstore = await createSigstore();
  const key = generateKeyPair();
  writeFileSync(file('artifact'), artifact);
  writeFileSync(file('other'), 'another artifact');
  writeFileSync(file('trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(file('key.pub'), key.pem);
  const certificate = await sigstore.issueCertificate();
  const bundle = (name: string, by: Parameters<FakeSigstore['signBundle']>[0]['signer']): void =>
    writeFileSync(file(name), JSON.stringify(sigstore.signBundle({ content: 'message', artifact, signer: by })));
  bundle('bundle.json', certificate);
  bundle('by-key.json', key);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const code = await conformance(argv, (line) => void (stderr += `${line}\n`));
  return { code, stderr };
}
const verify = (bundle: string, ...rest: readonly string[]): ReturnType<typeof run> =>
  run('verify-bundle', '--bundle', file(bundle), ...rest);
const trusted = (): readonly string[] => ['--trusted-root', file('trusted_root.json')];

describe('the conformance client, verify-bundle', () => {
  it('exits 0 for a file, for its digest, and with --staging beside a trusted root', async () => {
    expect(await verify('bundle.json', ...signer, ...trusted(), file('artifact'))).toEqual({ code: 0, stderr: '' });
    expect(await verify('bundle.json', ...signer, ...trusted(), digest)).toEqual({ code: 0, stderr: '' });
    expect(await verify('bundle.json', '--staging', ...signer, ...trusted(), file('artifact'))).toEqual({
      code: 0,
      stderr: '',
    });
  });

  it('exits 0 for a managed key', async () => {
    expect(await verify('by-key.json', '--key', file('key.pub'), ...trusted(), file('artifact'))).toEqual({
      code: 0,
      stderr: '',
    });
  });

  it.each([
    ['another artifact', 'bundle.json', [...signer], 'other', /refused/],
    ['another identity', 'bundle.json', signer.with(1, 'https://example.com/x'), 'artifact', /identity/],
    ['another issuer', 'bundle.json', signer.with(3, 'https://example.com/'), 'artifact', /issuer|vouched/],
    ['a key for a certificate', 'by-key.json', [...signer], 'artifact', /key/],
    ['no signer named', 'bundle.json', [], 'artifact', /name the signer/],
    ['half an identity', 'bundle.json', signer.slice(0, 2), 'artifact', /name the signer/],
    ['a file that is not there', 'bundle.json', [...signer], 'missing', /ENOENT/],
    ['a malformed bundle', 'artifact', [...signer], 'artifact', /JSON/],
  ])('exits 1 and says why: %s', async (_, bundle, flags, subject, reason) => {
    const { code, stderr } = await verify(bundle, ...flags, ...trusted(), file(subject));
    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('exits 1 for a digest of another artifact, and takes what is not quite a digest for a path', async () => {
    expect((await verify('bundle.json', ...signer, ...trusted(), `sha256:${'0'.repeat(64)}`)).code).toBe(1);
    expect((await verify('bundle.json', ...signer, ...trusted(), digest.slice(0, -1))).stderr).toMatch(/ENOENT/);
  });

  it('exits 1 for --staging alone, for a command it does not have, and for --key beside an identity', async () => {
    expect((await verify('bundle.json', '--staging', ...signer, file('artifact'))).stderr).toMatch(/trusted-root/);
    expect((await run('sign-bundle', '--identity-token', 'x')).code).toBe(1);
    expect(
      (await verify('by-key.json', '--key', file('key.pub'), ...signer, ...trusted(), file('artifact'))).stderr,
    ).toMatch(/excludes/);
  });
});
