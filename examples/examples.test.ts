import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SAID } from './said.ts';

const run = promisify(execFile);

async function runExample(
  name: string,
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [
      '--conditions=@sigtrail/source',
      fileURLToPath(new URL(name, import.meta.url)),
      ...args,
    ]);
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, code };
  }
}

describe('examples', () => {
  it('walks the article in the demo, and names digest, identity, issuer, log index and every check', async () => {
    const { stdout, code } = await runExample('demo.ts');
    expect(code).toBe(0);
    expect(stdout).toMatch(/deploy +127\.0\.0\.1:\d+\/acme\/bundle-keyless-github@sha256:[0-9a-f]{64}/);
    expect(stdout).toContain('https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3');
    expect(stdout).toContain('http://127.0.0.1:5803/github');
    expect(stdout).toMatch(/log index +1 of/);
    expect(stdout).toMatch(/UUID +[0-9a-f]{80}/);
    for (const check of [
      'subject',
      'signature',
      'log-set',
      'log-checkpoint',
      'log-inclusion',
      'log-entry-key',
      'certificate-chain',
      'certificate-purpose',
      'sct',
      'second-judge',
      'issuer',
      'identity',
    ])
      expect(stdout).toMatch(new RegExp(`✓ ${check} `));
    expect(stdout).toContain('SigtrailError no-match');
    expect(stdout).toContain('identity-mismatch');
    expect(stdout).toContain('signature-invalid');
  });

  it('ends the demo with one line for a malformed reference', async () => {
    const { stderr, code } = await runExample('demo.ts', 'Not A Reference');
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('watches an image from new to nothing new to unexpected to gone to a log that lies', async () => {
    const { stdout, code } = await runExample('watch.ts');
    expect(code).toBe(0);
    expect(stdout.match(/exit code \d+/g)).toEqual([10, 0, 20, 20, 30].map((one) => `exit code ${one}`));
    expect(stdout.match(/gone from .*/g)).toEqual([
      expect.stringMatching(/\/acme\/app@sha256:[0-9a-f]{64} https:.*release\.yml/),
      expect.stringContaining('mallory@evil.test'),
    ]);
    expect(stdout).toContain('UNEXPECTED mallory@evil.test');
    expect(stdout).toContain('alarm rollback');
  });

  it('says where the signatures are, and what was not seen', async () => {
    const { stdout, code } = await runExample('triangulate.ts');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'image has a sigstore-bundle 0.3 by referrers-api that says https://sigstore.dev/cosign/sign/v1',
    );
    expect(stdout).toMatch(/bytes \d{4}/);
    expect(stdout).toMatch(/cosign would look at .*:sha256-[0-9a-f]{64}\.sig/);
    expect(stdout).toMatch(
      /no SBOM is attached true\nand now false because of\n {2}sbom-tag rate-limited retry after 30000 ms/,
    );
  });

  it('says what is wrong with a reference', async () => {
    const refused = await runExample('list-referrers.ts', 'https://ghcr.io/acme/app');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('write ghcr.io/acme/app') as unknown });
  });

  it.each(Object.entries(SAID))('runs %s, which does what its first line says', async (name, said) => {
    const { stdout, stderr, code } = await runExample(name);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(said);
  });

  it('tests the gate with node:test as with vitest', async () => {
    const { stdout, code } = await runExample('gate.node-test.ts');
    expect([code, /pass 6/.test(stdout)]).toEqual([0, true]);
  });
});
