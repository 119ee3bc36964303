import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-references-'));
const root = join(folder, 'root.json');
let registry: FakeRegistry;
let ref: (name: string) => string;

beforeAll(async () => {
  registry = await startRegistry();
  const sigstore = await createSigstore();
  writeFileSync(root, JSON.stringify(sigstore.trustedRoot()));
  ref = (name) => `${registry.host}/acme/${name}:v1`;
  for (const name of ['a', 'b', 'stranger', 'bare']) pushImage(registry, `acme/${name}:v1`);
  for (const name of ['a', 'b']) await sigstore.signImage(registry, ref(name), { as: { email: 'dev@acme.test' } });
  await sigstore.signImage(registry, ref('stranger'), { as: { email: 'mallory@evil.test' } });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function verify(
  names: readonly string[],
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const signer = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
  const words = ['verify', ...names.map(ref), ...signer, '--trusted-root', root, ...flags];
  const code = await main(words, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

describe('several references', () => {
  it('are each verified, and a warning is said once', async () => {
    const { code, stdout, stderr } = await verify(['a', 'b'], '--insecure-ignore-tlog');
    expect([code, stdout.match(/^VERIFIED /gm)?.length, stderr.match(/^warning/gm)?.length]).toEqual([0, 2, 1]);
  });

  it('are one line of JSON each', async () => {
    const { stdout } = await verify(['a', 'bare'], '-o', 'json');
    const verdicts = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly verdict: string }).verdict);
    expect(verdicts).toEqual(['verified', 'rejected']);
  });

  it.each([
    [['a', 'stranger', 'bare', 'gone'], 12],
    [['a', 'bare', 'gone'], 10],
    [['gone', 'a'], 11],
    [['a', 'b'], 0],
  ])('%j have the exit code of the worst, wherever it stands', async (names, code) => {
    expect((await verify(names)).code).toBe(code);
    expect((await verify(names.toReversed())).code).toBe(code);
  });

  it.each([['--capsule=x'], ['--output-file=x'], ['--output=html']])('are refused beside %s', async (flag) => {
    const { code, stdout, stderr } = await verify(['a', 'b'], flag);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('with one reference only')]);
  });
});
