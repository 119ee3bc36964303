import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { parsePolicyMap } from '@sigtrail/gate';
import { trustRoot } from 'sigtrail/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runWith } from '../main.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let folder: string;
let digest: string;

beforeAll(async () => {
  [sigstore, registry] = await Promise.all([createSigstore(), startRegistry()]);
  const pushed = pushImage(registry, 'acme/app:v1');
  const { reference } = pushed;
  digest = pushed.digest;
  await sigstore.signImage(registry, reference, { as: { email: 'dev@acme.test' }, format: 'sigstore-bundle' });
  pushImage(registry, 'acme/unsigned:v1');
});
afterAll(async () => registry.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-gate-'));
  return () => rmSync(folder, { recursive: true });
});

function put(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, name === 'sigtrail.yaml' ? text.replace('HOST', registry.host) : text);
  return file;
}
const take = (name: string): string => readFileSync(join(folder, name), 'utf8');
const image = (name: string): string => `${registry.host}/acme/${name}`;
const MAP = (subject = 'dev@acme.test', more = ''): string =>
  `version: 1\nimages:\n  - match: "HOST/acme/**"\n    policy: { signedBy: { issuer: https://accounts.google.com, subject: ${subject} } }\n${more}`;

async function gate(...argv: readonly string[]): ReturnType<typeof sigtrail> {
  return sigtrail('gate', ...argv);
}

async function sigtrail(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const trust = trustRoot.fromJson(JSON.stringify(sigstore.trustedRoot()));
  const code = await runWith({ trust, rekorUrl: 'http://127.0.0.1:1' }, argv, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}

describe('sigtrail gate', () => {
  it('verifies what files name, and pins it, and nothing else', async () => {
    const compose = `services:\r\n  web: # the site\r\n    image: "${image('app:v1')}" # keep me\r\n`;
    const dockerfile = `FROM ${image('app:v1')} AS build\nRUN <<EOF\n\techo tab\nEOF\n`;
    const map = put('sigtrail.yaml', MAP());
    put('compose.yaml', compose);
    put('Dockerfile', dockerfile);
    const done = await gate(folder, '--policy-map', map, '--pin');
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('PASSED 2 files with images, 2 places: 2 verified');
    expect(take('compose.yaml')).toBe(compose.replace('app:v1', `app:v1@${digest}`));
    expect(take('Dockerfile')).toBe(dockerfile.replace('app:v1', `app:v1@${digest}`));
    expect((await gate(folder, '--policy-map', map, '--check')).code).toBe(0);
  });

  it('pins through no link that leads out of the folder', async () => {
    const map = put('sigtrail.yaml', MAP());
    const text = `FROM ${image('app:v1')}\n`;
    put('elsewhere/Dockerfile', text);
    mkdirSync(join(folder, 'deploy'));
    const link = join(folder, 'deploy/Dockerfile');
    symlinkSync(join(folder, 'elsewhere/Dockerfile'), link);
    const { code, stderr } = await gate(link, '--policy-map', map, '--pin');
    expect([code, stderr]).toEqual([14, expect.stringContaining('a link that leads out of')]);
    expect(take('elsewhere/Dockerfile')).toBe(text);
  });

  it('pins nothing that was not verified, and says in --check what is not pinned', async () => {
    const map = put('sigtrail.yaml', MAP());
    const file = put(
      'pod.yaml',
      `apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: ${image('unsigned:v1')} }, { image: ${image('app:v1')} }] }\n`,
    );
    const before = take('pod.yaml');
    const check = await gate(file, '--policy-map', map, '--check');
    expect(check.code).toBe(12);
    expect(check.stdout).toContain(`outdated: ${file}`);
    expect(take('pod.yaml')).toBe(before);
    const pinned = await gate(file, '--policy-map', map, '--pin');
    expect(pinned.code).toBe(10);
    expect(pinned.stdout).toContain('unsigned:v1: it was not verified in this run');
    expect(take('pod.yaml')).toBe(before.replace('app:v1', `app:v1@${digest}`));
  });

  it.each([
    ['another signer', MAP('other@acme.test'), 12, 'REJECTED'],
    ['no rule', 'version: 1\nimages: []\n', 12, 'no-match'],
    [
      'an exception',
      `version: 1\nimages: []\nexceptions:\n  - { match: "HOST/acme/app", reason: ticket 1, until: 2999-01-01 }\n`,
      0,
      'EXCEPTED',
    ],
    [
      'an exception that is over',
      `version: 1\nimages: []\nexceptions:\n  - { match: "HOST/acme/app", reason: ticket 1, until: 2020-01-01 }\n`,
      12,
      'an exception ended 2020-01-01 (ticket 1)',
    ],
    ['a rule that only warns', MAP('other@acme.test', '    mode: warn\n'), 0, 'REJECTED (warn)'],
  ])('with %s', async (_, text, code, said) => {
    const map = put('sigtrail.yaml', text);
    const file = put('compose.yaml', `services: { web: { image: "${image('app:v1')}" } }\n`);
    const done = await gate(file, '--policy-map', map);
    expect([done.code, done.stdout]).toEqual([code, expect.stringContaining(said)]);
  });

  it('refuses what it can’t tell, at its line, and pins what is put together from variables in an override', async () => {
    const map = put('sigtrail.yaml', MAP());
    const file = put('compose.yaml', `services:\n  web: { image: "${image('app:${TAG}')}" }\n`);
    const unset = await gate(file, '--policy-map', map);
    expect([unset.code, unset.stdout]).toEqual([14, expect.stringContaining(`${file}:2:`)]);
    put('.env', 'TAG=v1\n');
    const override = join(folder, 'pinned.yaml');
    const before = take('compose.yaml');
    const elsewhere = await gate(file, '--policy-map', map, '--pin', '--compose-override', override, '--env', 'TAG=v1');
    expect(elsewhere.code).toBe(0);
    expect(elsewhere.stdout).toContain('it is put together from variables');
    expect(take('compose.yaml')).toBe(before);
    expect(take('pinned.yaml')).toContain(`services:\n  web:\n    image: ${image('app:v1')}@${digest}\n`);
  });

  it('keeps a lock, and tells another signer and a tag that moved', async () => {
    const map = put('sigtrail.yaml', MAP());
    const file = put('compose.yaml', `services: { web: { image: "${image('app:v1')}" } }\n`);
    const lock = join(folder, 'sigtrail.lock.json');
    const args = [file, '--policy-map', map, '--lock', lock] as const;
    expect((await gate(...args, '--check')).code).toBe(12);
    expect((await gate(...args)).code).toBe(0);
    const first = JSON.parse(take('sigtrail.lock.json'));
    expect(first).toMatchObject({
      version: 1,
      images: {
        [image('app:v1')]: { digest, signers: ['dev@acme.test by https://accounts.google.com'], provenance: [] },
      },
    });
    expect((await gate(...args, '--check')).code).toBe(0);
    const changed = (change: object): void =>
      void put(
        'sigtrail.lock.json',
        JSON.stringify({ version: 1, images: { [image('app:v1')]: { ...first.images[image('app:v1')], ...change } } }),
      );
    changed({ signers: ['mallory@evil.test by https://accounts.google.com'] });
    const other = await gate(...args);
    expect([other.code, other.stdout]).toEqual([
      12,
      expect.stringContaining('signer changed since the lock: was mallory@evil.test'),
    ]);
    changed({ provenance: ['builder by x'] });
    expect((await gate(...args)).stdout).toContain('[lost-provenance]');
    changed({ digest: `sha256:${'0'.repeat(64)}` });
    const moved = await gate(...args);
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('the tag moved since the lock')]);
    expect((await gate(...args, '--update-lock')).code).toBe(0);
    expect(JSON.parse(take('sigtrail.lock.json'))).toEqual(first);
  });

  it('knows an image in the lock after it is pinned, and when its pin is renewed', async () => {
    const map = put('sigtrail.yaml', MAP());
    const file = put('compose.yaml', `services: { web: { image: "${image('app:v1')}" } }\n`);
    const args = [file, '--policy-map', map, '--lock', join(folder, 'sigtrail.lock.json')] as const;
    expect((await gate(...args, '--pin')).code).toBe(0);
    expect(take('compose.yaml')).toContain(`app:v1@${digest}`);
    expect((await gate(...args, '--pin', '--check')).code).toBe(0);
    const lock = JSON.parse(take('sigtrail.lock.json'));
    expect(Object.keys(lock.images)).toEqual([image('app:v1')]);
    const [locked] = Object.values<object>(lock.images);
    const other = { ...locked, digest: `sha256:${'0'.repeat(64)}`, signers: ['mallory@evil.test by x'] };
    put('sigtrail.lock.json', JSON.stringify({ ...lock, images: { [image('app:v1')]: other } }));
    const renewed = await gate(...args);
    expect([renewed.code, renewed.stdout]).toEqual([12, expect.stringContaining('[signer-changed]')]);
  });

  it.each(['json', 'sarif', 'junit', 'markdown', 'html'])('writes %s to a file', async (format) => {
    const map = put('sigtrail.yaml', MAP());
    const file = put(
      'compose.yaml',
      `services: { web: { image: "${image('app:v1')}" }, bad: { image: "${image('unsigned:v1')}" }, odd: {} }\n`,
    );
    const out = join(folder, 'out');
    const { code, stdout } = await gate(file, '--policy-map', map, '--output', format, '--output-file', out);
    expect([code, stdout]).toEqual([10, '']);
    expect(take('out')).toContain('unsigned');
    if (format === 'json')
      expect(JSON.parse(take('out'))).toMatchObject({
        verdict: 'failed',
        entries: [{ verdict: 'verified', digest }, { code: 'unsigned' }, { code: 'no-image' }],
      });
    if (format === 'sarif')
      expect(JSON.parse(take('out'))).toMatchObject({
        runs: [{ results: [{ ruleId: 'unsigned', level: 'error' }, { ruleId: 'no-image' }] }],
      });
  });

  it('proposes a map that the images meet, for a person to review', async () => {
    const file = put(
      'compose.yaml',
      `services: { web: { image: "${image('app:v1')}" }, bad: { image: "${image('unsigned:v1')}" } }\n`,
    );
    const { code, stdout } = await gate('init', file);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`# ${image('unsigned')}: is not signed`)]);
    expect(parsePolicyMap(stdout).rules).toHaveLength(1);
    const map = join(folder, 'sigtrail.yaml');
    expect((await gate('init', file, '--output-file', map)).code).toBe(0);
    expect((await gate('init', file, '--output-file', map)).code).toBe(2);
    expect((await gate(file, '--policy-map', map)).stdout).toContain('1 verified, 1 refused');
    expect((await gate('lint', map)).code).toBe(0);
  });

  it.each([
    [['package.json', '--policy-map', 'missing.yaml'], 'missing.yaml: there is no such file or folder'],
    [['deply/'], 'there is no file or folder deply/'],
    [['init', 'deply/'], 'there is no file or folder deply/'],
    [['x', '--update-lock'], '--update-lock belongs to --lock'],
    [['x', '--kind', 'helm'], '--kind must be one of'],
    [['x', '--env', 'A'], '--env must be NAME=value'],
  ])('is a mistake: %j', async (argv, said) => {
    const { code, stderr } = await gate(...argv);
    expect([code, stderr.replace('’', "'")]).toEqual([2, expect.stringContaining(said.replace('’', "'"))]);
  });

  it.each([
    ['gate', 'lint'],
    ['policy', 'lint'],
  ])('lints a map by sigtrail %s %s', async (...words) => {
    const map = put(
      'sigtrail.yaml',
      'version: 1\nimages:\n  - { match: docker.io/*, policy: { dangerouslyAcceptAnySigner: true } }\n',
    );
    const { code, stdout } = await sigtrail(...words, map);
    expect([code, stdout]).toEqual([12, expect.stringContaining(`${map}:3:7: error never-matches:`)]);
    expect(stdout).toContain('error any-signer');
    const sarif = JSON.parse((await sigtrail(...words, map, '-o', 'sarif')).stdout);
    expect(sarif.runs[0].results).toHaveLength(2);
  });

  it('tries a map on recorded images', async () => {
    const capsule = join(folder, 'capsule.json');
    const signer = [
      '--certificate-identity',
      'dev@acme.test',
      '--certificate-oidc-issuer',
      'https://accounts.google.com',
    ];
    expect((await sigtrail('verify', image('app:v1'), ...signer, '--capsule', capsule)).code).toBe(0);
    const tried = async (text: string) => sigtrail('policy', 'test', put('sigtrail.yaml', text), capsule);
    const glob = MAP('{ glob: "dev@*.test" }');
    expect(await tried(glob)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ACCEPTED [^]*by 127[^]*1 of 1 image accepted/),
    });
    expect(await tried(MAP('other@acme.test'))).toMatchObject({ code: 12, stdout: expect.stringMatching(/^REFUSED/) });
    expect(await tried('version: 1\nimages: []\n')).toMatchObject({
      code: 12,
      stdout: expect.stringContaining('[no-match]'),
    });
  });

  it('says where a map is wrong', async () => {
    const map = put('sigtrail.yaml', 'version: 1\nimages:\n  - mach: x\n');
    const { code, stderr } = await gate('package.json', '--policy-map', map);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`${map}:3:5: unknown member "images[0].mach"; did you mean match?`),
    ]);
  });
});
