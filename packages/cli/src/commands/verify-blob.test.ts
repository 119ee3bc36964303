import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, digestOf, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const FILE = Buffer.from('the release');
const ALICE = ['--certificate-identity', 'alice@acme.test', '--certificate-oidc-issuer', 'https://accounts.google.com'];

let folder: string;
let sigstore: FakeSigstore;
let file: string;
let bundle: string;
let trust: readonly string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-blob-'));
  sigstore = await createSigstore();
  file = write('app.tgz', FILE);
  bundle = write(
    'app.sigstore.json',
    JSON.stringify(await sigstore.signFile(FILE, { as: { email: 'alice@acme.test' } })),
  );
  trust = ['--trusted-root', write('root.json', JSON.stringify(sigstore.trustedRoot()))];
});

function write(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(['verify-blob', ...argv], {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

describe('sigtrail verify-blob', () => {
  it('says who signed the file, when, and where that is on record', async () => {
    const { code, stdout } = await run(file, '--bundle', bundle, ...trust, ...ALICE);
    expect(code).toBe(0);
    expect(stdout).toContain(
      `VERIFIED ${file}\n  signed by   alice@acme.test\n  issuer      https://accounts.google.com\n`,
    );
    expect(stdout).toMatch(/\n {2}on record {3}entry \d+ of [^\n]+, proven to be in the log\n/);
  });

  it('takes a digest if the file is elsewhere', async () => {
    const { code } = await run(digestOf(FILE), '--bundle', bundle, ...trust, ...ALICE);
    expect(code).toBe(0);
  });

  it('gives the report as JSON', async () => {
    const { stdout } = await run(file, '--bundle', bundle, ...trust, ...ALICE, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', signature: { signer: { kind: 'certificate' } } });
  });

  it('refuses another file, and says that the signature is about something else', async () => {
    const other = write('other.tgz', 'another release');
    const { code, stdout } = await run(other, '--bundle', bundle, ...trust, ...ALICE);
    expect([code, stdout.split('\n')[0]]).toEqual([12, expect.stringMatching(/^REJECTED .*other\.tgz: /)]);
    expect(stdout).toMatch(/\n {2}because {5}✗ /);
  });

  it('names a proven signer who was not asked for', async () => {
    const bob = ['--certificate-identity', 'bob@acme.test', '--certificate-oidc-issuer', 'https://accounts.google.com'];
    const { code, stdout } = await run(file, '--bundle', bundle, ...trust, ...bob);
    expect(code).toBe(12);
    expect(stdout).toContain('  signed by   alice@acme.test via https://accounts.google.com, which is proven\n');
    expect(stdout).toContain('✗ identity-mismatch: ');
  });

  it.each([
    [['--bundle', 'missing.json'], /--bundle: there is no file missing\.json/],
    [[], /--bundle/],
    [['--use-signed-timestamps'], /always count/],
    [['-o', 'xml'], /--output must be text, json or html/],
  ])('says of %j what is wrong, before anything is verified', async (argv, message) => {
    const { code, stdout, stderr } = await run(
      file,
      ...(argv.includes('--bundle') || argv.length === 0 ? [] : ['--bundle', bundle]),
      ...argv,
      ...trust,
      ...ALICE,
    );
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });

  it('refuses a file that is not a bundle, by its code', async () => {
    const { code, stderr } = await run(file, '--bundle', write('x.json', '{}'), ...trust, ...ALICE);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/bundle.*\[invalid-bundle\]/)]);
  });
});
