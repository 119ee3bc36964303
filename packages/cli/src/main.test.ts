import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const root = ['--trusted-root', `${images}trusted_root.json`];
const identity = [
  '--certificate-identity',
  'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  '--certificate-oidc-issuer',
  'http://127.0.0.1:5803/github',
];
const image = `oci:${images}legacy-keyless-github/layout:v1`;

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

it('prints its version', async () => {
  expect(await run('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+.*\n$/) as string,
  });
});

describe('sigtrail verify', () => {
  it('exits 0 and prints the pinned reference', async () => {
    const { code, stdout, stderr } = await run('verify', image, ...identity, ...root);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('VERIFIED');
    expect(stdout).toMatch(/@sha256:[0-9a-f]{64}/);
  });

  it('exits 12 for another identity', async () => {
    const { code, stdout } = await run(
      'verify',
      image,
      '--certificate-identity',
      'nobody',
      ...identity.slice(2),
      ...root,
    );
    expect(code).toBe(12);
    expect(stdout).toContain('identity-mismatch');
  });

  it('prints only the result on stdout for json and cosign', async () => {
    const json = await run('verify', image, ...identity, ...root, '--output', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'verified' });
    const cosign = await run('verify', image, ...identity, ...root, '-o', 'cosign');
    expect(JSON.parse(cosign.stdout)).toMatchObject([
      { critical: { type: 'cosign container image signature' }, optional: { Bundle: { Payload: { logIndex: 0 } } } },
    ]);
    const refused = await run('verify', image, '--key', writeKey(), ...root, '-o', 'cosign');
    expect([refused.code, refused.stdout]).toEqual([12, '']);
  });

  it.each([
    [['--insecure-ignore-tlog'], 'on record'],
    [['--insecure-ignore-sct'], 'in secret'],
    [['--allow-http-registry'], 'in clear'],
  ])('warns once for %s, naming the risk', async (flags, risk) => {
    const { stderr } = await run('verify', image, ...identity, ...root, ...flags);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(risk);
  });

  it('searches with -regexp as cosign does, and warns when it is not anchored', async () => {
    const loose = await run(
      'verify',
      image,
      '--certificate-identity-regexp',
      'acme/widgets',
      ...identity.slice(2),
      ...root,
    );
    expect([loose.code, loose.stderr.includes('not anchored')]).toEqual([0, true]);
    const strict = await run(
      'verify',
      image,
      '--certificate-identity-regexp',
      '^https://github\\.com/acme/widgets/.*$',
      ...identity.slice(2),
      ...root,
    );
    expect([strict.code, strict.stderr]).toEqual([0, '']);
  });

  it('takes the flags without effect in all their spellings', async () => {
    expect(
      (
        await run(
          'verify',
          image,
          ...identity,
          ...root,
          '--new-bundle-format=false',
          '--experimental-oci11',
          '--offline',
        )
      ).code,
    ).toBe(0);
  });

  it.each([
    ['an unknown flag', ['verify', image, '--bogus']],
    ['neither key nor identity', ['verify', image]],
    ['both key and identity', ['verify', image, '--key', 'k', ...identity]],
    ['an identity without issuer', ['verify', image, '--certificate-identity', 'x']],
    ['a key that can’t be read', ['verify', image, '--key', '/nowhere.pub']],
    ['a malformed reference', ['verify', 'https://example.test/x', ...identity]],
    ['a bad output format', ['verify', image, ...identity, '-o', 'xml']],
    ['a malformed pattern', ['verify', image, '--certificate-identity-regexp', '(', ...identity.slice(2)]],
    ['an annotation without value', ['verify', image, ...identity, '-a', 'x']],
    ['no reference', ['verify']],
    ['an unknown command', ['frobnicate']],
  ])('exits 2 with one line for %s', async (_, argv) => {
    const { code, stdout, stderr } = await run(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('warning:')),
    ).toHaveLength(1);
  });

  it('exits 2 and says where a trusted root is invalid', async () => {
    const broken = JSON.parse(readFileSync(`${images}trusted_root.json`, 'utf8')) as {
      tlogs: { publicKey: { validFor: { start?: string } } }[];
    };
    delete broken.tlogs[0]?.publicKey.validFor.start;
    const file = join(mkdtempSync(join(tmpdir(), 'sigtrail-')), 'root.json');
    writeFileSync(file, JSON.stringify(broken));
    const { code, stderr } = await run('verify', image, ...identity, '--trusted-root', file);
    expect(code).toBe(2);
    expect(stderr).toContain('tlogs[0].publicKey.validFor.start');
  });

  it('exits 2 and names the trusted root that is malformed, of two', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'sigtrail-')), 'second.json');
    writeFileSync(file, JSON.stringify(JSON.stringify({ written: 'twice' })));
    const { code, stderr } = await run('verify', image, ...identity, ...root, '--trusted-root', file);
    expect([code, stderr]).toEqual([
      2,
      `sigtrail: ${file}: the trusted root is invalid: expected an object, got a string [invalid-trusted-root]\n`,
    ]);
  });
});

describe('sigtrail inspect', () => {
  it('says who signed, proven', async () => {
    const { code, stdout } = await run('inspect', image, ...root);
    expect(code).toBe(0);
    expect(stdout).toContain('proven');
    expect(stdout).toContain('acme/widgets');
  });
});

function writeKey(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sigtrail-')), 'key.pub');
  writeFileSync(
    file,
    '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2fR9iRhjZ/4UmO1+imM32c0GdOwyEWV2IUcAzgThtLGWkmZ+DuBwsh2tqhJb6SIlvxnK5WdrmtRC8HShB+oQPg==\n-----END PUBLIC KEY-----\n',
  );
  return file;
}
