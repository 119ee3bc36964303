import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const image = `oci:${images}legacy-keyless-github/layout:v1`;
const signer = [
  '--certificate-identity',
  'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  '--certificate-oidc-issuer',
  'http://127.0.0.1:5803/github',
];
const root = ['--trusted-root', `${images}trusted_root.json`];
const verify = ['verify', image, ...signer, ...root];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-'));
  vi.stubEnv('GITHUB_STEP_SUMMARY', undefined);
});
afterEach(() => void vi.unstubAllEnvs());

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

describe('the formats of a report', () => {
  it('are a page or Markdown on standard output, with the text beside it on standard error', async () => {
    const page = await run(...verify, '-o', 'html');
    expect([page.code, page.stdout.startsWith('<!doctype html>')]).toEqual([0, true]);
    expect(page.stderr).toContain('VERIFIED');
    const markdown = await run(...verify, '-o', 'markdown', '--quiet');
    expect([markdown.code, markdown.stdout.startsWith('### ✅ VERIFIED `'), markdown.stderr]).toEqual([0, true, '']);
  });

  it('tell of what is refused, too', async () => {
    const { code, stdout } = await run(
      'verify',
      image,
      '--certificate-identity',
      'nobody',
      ...signer.slice(2),
      ...root,
      '-o',
      'html',
    );
    expect([code, stdout.includes('identity-mismatch')]).toEqual([12, true]);
  });

  it('are those of verify-attestation and of replay as well', async () => {
    const attested = await run('verify-attestation', ...verify.slice(1), '-o', 'html');
    expect([attested.code, attested.stdout.includes('no attestation')]).toEqual([10, true]);
    const capsule = join(folder, 'capsule.json');
    await run(...verify, '--capsule', capsule);
    const replayed = await run('replay', capsule, ...signer, ...root, '-o', 'html');
    expect([replayed.code, replayed.stdout.includes('REPLAY of a file')]).toEqual([0, true]);
    expect((await run('replay', capsule, '-o', 'cosign')).code).toBe(2);
  });
});

describe('--output-file', () => {
  it.each(['text', 'json', 'cosign', 'markdown', 'html'])(
    'gets what standard output would get, for %s',
    async (format) => {
      const file = join(folder, 'report');
      const [direct, filed] = [
        await run(...verify, '-o', format),
        await run(...verify, '-o', format, '--output-file', file),
      ];
      expect([filed.code, filed.stdout, filed.stderr]).toEqual([0, '', direct.stderr]);
      // Two runs differ in what their requests took.
      const beginning = direct.stdout.slice(0, 40);
      expect(readFileSync(file, 'utf8').slice(0, 40)).toBe(beginning);
    },
  );

  it('is refused before any work if it can’t be made', async () => {
    const { code, stdout, stderr } = await run(...verify, '--output-file', join(folder, 'nowhere', 'report'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--output-file');
  });

  it('leaves no exit code 0 if it could not be written', async () => {
    expect((await run(...verify, '--output-file', folder)).code).toBe(2);
  });
});

describe('the summary of a job', () => {
  it('gets each report as Markdown, after what is there', async () => {
    const file = join(folder, 'summary.md');
    vi.stubEnv('GITHUB_STEP_SUMMARY', file);
    await run(...verify);
    const { stdout } = await run(...verify, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified' });
    expect(readFileSync(file, 'utf8').match(/^### ✅ VERIFIED `/gm)).toHaveLength(2);
  });

  it('that can’t be written is a warning, and changes no verdict', async () => {
    vi.stubEnv('GITHUB_STEP_SUMMARY', folder);
    const { code, stderr } = await run(...verify);
    expect([code, stderr.trim().split('\n').length]).toEqual([0, 1]);
    expect(stderr).toContain('warning: GITHUB_STEP_SUMMARY');
  });
});
