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
const signedBy = {
  issuer: 'http://127.0.0.1:5803/github',
  subject: 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
};
const trustOfNobody = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' };
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

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** What the capsule was made with. */
const given = (): readonly string[] => flags;

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
    const replayed = await run('replay', capsule, ...given());
    expect([replayed.code, replayed.stderr]).toEqual([0, '']);
    const [, ...lines] = replayed.stdout.split('\n');
    expect(replayed.stdout).toMatch(
      /^REPLAY of a file: the report is the recorded one\n {2}trust as given, policy as given, clock the file’s own word\n/,
    );
    const withoutTrust = (text: readonly string[]): readonly string[] =>
      text.filter((line) => !line.startsWith('  trust'));
    expect(withoutTrust(lines.slice(2))).toEqual(withoutTrust(verified.stdout.split('\n')));
    const json = await run('replay', capsule, ...given(), '--output', 'json');
    const { report } = JSON.parse(readFileSync(capsule, 'utf8')) as { report: { trust: { digest: string } } };
    const { replay: note, ...rest } = JSON.parse(json.stdout) as { replay: object };
    expect(rest).toEqual({
      ...report,
      trust: { kind: 'capsule', name: 'trusted root in the capsule', digest: report.trust.digest },
    });
    expect(note).toMatchObject({ agrees: true, trust: 'as-given', policy: 'as-given' });
  });

  it.each<readonly [string, () => readonly string[], RegExp]>([
    ['neither trust nor policy are given', () => [], /the trusted root is the capsule’s own word: give --trusted-root/],
    ['only trust is given', () => given().slice(0, 2), /^the policy is the capsule’s own word: give --policy/],
    ['only the policy is given', () => given().slice(2), /^the trusted root is the capsule’s own word/],
    [
      'another root is given',
      () => ['--trusted-root', file('other.json', JSON.stringify(trustOfNobody)), ...given().slice(2)],
      /^the trusted root in the capsule is not the one of --trusted-root/,
    ],
    [
      'the root is given with another profile',
      () => [...given(), '--trust-profile', 'pki'],
      /^the trusted root in the capsule is not the one/,
    ],
    [
      'another policy is given',
      () => [
        ...given().slice(0, 2),
        '--policy',
        file('p.json', JSON.stringify({ version: 1, signedBy: { ...signedBy, subject: 'https://x.test' } })),
      ],
      /^the policy in the capsule is not the one that is given/,
    ],
    [
      'a deny-list is given that the capsule does not have',
      () => [...given(), '--deny-list', file('deny.json', '{"keys":[]}')],
      /^the deny-list in the capsule is not the one/,
    ],
  ])('is 15 and not 0 when %s', async (_, argv, sentence) => {
    const { code, stderr } = await run('replay', capsule, ...argv());
    expect(code).toBe(15);
    expect(stderr).toMatch(sentence);
  });

  it('is 0 for a policy file that says the same as the one it was made with', async () => {
    const [made, policy] = [
      join(directory, 'of-file.json'),
      file('policy.json', JSON.stringify({ version: 1, signedBy })),
    ];
    const words = [...flags.slice(0, 2), '--policy', policy];
    const verified = await run('verify', `oci:${images}legacy-keyless-github/layout:v1`, ...words, '--capsule', made);
    expect(verified.code).toBe(0);
    expect((await run('replay', made, ...words)).code).toBe(0);
    expect((await run('replay', made, ...flags)).code).toBe(15);
  });

  it('is 15 for a policy that forbids something: that it was not there is the file’s own word', async () => {
    const forbidden = { not: { signedBy: { issuer: 'https://evil.test', subject: 'https://evil.test/x' } } };
    const [made, policy] = [
      join(directory, 'of-absence.json'),
      file('absence.json', JSON.stringify({ version: 1, allOf: [{ signedBy }, forbidden] })),
    ];
    const words = [...flags.slice(0, 2), '--policy', policy];
    const verified = await run('verify', `oci:${images}legacy-keyless-github/layout:v1`, ...words, '--capsule', made);
    expect(verified.code).toBe(0);
    const { code, stderr } = await run('replay', made, ...words);
    expect([code, stderr]).toEqual([15, expect.stringContaining('that it was not there is the capsule’s own word')]);
  });

  it('never writes over a capsule', async () => {
    const before = readFileSync(capsule, 'utf8');
    const again = await run('verify', `oci:${images}legacy-keyless-github/layout:v1`, ...flags, '--capsule', capsule);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/is there already/);
    expect(readFileSync(capsule, 'utf8')).toBe(before);
  });

  it('says that another clock gives another answer', async () => {
    const { code, stderr } = await run('replay', capsule, ...given(), '--now', '2001-01-01T00:00:00Z');
    expect(code).toBe(12);
    expect(stderr).toMatch(/^this is not the report that .* the clock differs$/m);
    const later = await run('replay', capsule, ...given(), '--now', '2035-01-01T00:00:00Z');
    expect([later.code, later.stderr]).toEqual([15, expect.stringContaining('the clock differs')]);
  });

  it.each([
    ['a file that is not there', ['missing.json'], /there is no file missing\.json/],
    ['no capsule', [`${images}trusted_root.json`], /the capsule can't be replayed: this is not a capsule/],
    ['a malformed time', ['--now', 'yesterday'], /--now expects an RFC 3339 time/],
    ['an unknown output', ['--output', 'yaml'], /--output must be text, json, markdown or html/],
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
    const text = readFileSync(capsule, 'utf8').replace('"relaxations":[', '"relaxations":["everything",');
    const { code, stderr } = await run('replay', file('changed.json', text), ...given());
    expect(code).toBe(15);
    expect(stderr).toMatch(/^this is not the report that .* the file was changed$/m);
  });
});
