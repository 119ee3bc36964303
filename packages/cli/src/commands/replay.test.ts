import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const images = fileURLToPath(new URL('../../../../examples/images/', import.meta.url));
const flags = [
  '--trusted-root',
  `${images}trusted_root.json`,
  '--certificate-identity',
  'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  '--certificate-oidc-issuer',
  'http://127.0.0.1:5803/github',
];
let directory: string;
let capsule: string;

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sigtrail-replay-'));
  capsule = join(directory, 'out.json');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('sigtrail verify --capsule and sigtrail replay', () => {
  it('writes what the answer rests on, and answers the same from it', async () => {
    const verified = await run(
      'verify',
      `oci:${images}legacy-keyless-github/layout:v1`,
      ...flags,
      '--capsule',
      capsule,
    );
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    const replayed = await run('replay', capsule);
    expect([replayed.code, replayed.stdout]).toEqual([0, verified.stdout]);
    expect(replayed.stderr).toMatch(/^the same report as sigtrail \S+ gave at /);
    const json = await run('replay', capsule, '--output', 'json');
    expect(JSON.parse(json.stdout)).toEqual((JSON.parse(readFileSync(capsule, 'utf8')) as { report: unknown }).report);
  });

  it('never writes over a capsule', async () => {
    const before = readFileSync(capsule, 'utf8');
    const again = await run('verify', `oci:${images}legacy-keyless-github/layout:v1`, ...flags, '--capsule', capsule);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/is there already/);
    expect(readFileSync(capsule, 'utf8')).toBe(before);
  });

  it('says that another clock gives another answer', async () => {
    const { code, stderr } = await run('replay', capsule, '--now', '2001-01-01T00:00:00Z');
    expect(code).toBe(12);
    expect(stderr).toMatch(/^not the report that .* the clock is another$/m);
  });

  it.each([
    ['a file that is not there', ['missing.json'], /can't be read \(ENOENT\)/],
    ['no capsule', [`${images}trusted_root.json`], /the capsule can't be replayed: malformed at /],
    ['a malformed time', ['--now', 'yesterday'], /--now expects an RFC 3339 time/],
    ['an unknown output', ['--output', 'yaml'], /--output must be text or json/],
  ])('exits 2 for %s', async (_, argv, reason) => {
    const { code, stdout, stderr } = await run(
      'replay',
      ...(argv[0]?.startsWith('--') === true ? [capsule] : []),
      ...argv,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
  });

  it('says that a changed file is not what was recorded', async () => {
    const file = join(directory, 'changed.json');
    writeFileSync(file, readFileSync(capsule, 'utf8').replace('"relaxations":[', '"relaxations":["everything",'));
    const { code, stderr } = await run('replay', file);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^not the report that .* the file was changed/m);
  });
});
