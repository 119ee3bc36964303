import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { trustRoot } from 'sigtrail/trust';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runWith } from '../main.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let folder: string;

beforeAll(async () => {
  [sigstore, registry] = await Promise.all([createSigstore(), startRegistry()]);
});
afterAll(async () => registry.close());
beforeEach(() => {
  vi.stubEnv('GITHUB_STEP_SUMMARY', undefined);
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-gate-'));
  put('sigtrail.yaml', mapFor('dev@acme.test'));
  return () => rmSync(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

const as = { email: 'dev@acme.test' };
const mapFor = (subject: string): string =>
  `version: 1\nimages:\n  - match: "${registry.host}/acme/**"\n    policy: { signedBy: { issuer: https://accounts.google.com, subject: ${subject} } }\n`;

function put(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
const take = (name: string): string => readFileSync(join(folder, name), 'utf8');
const composeOf = (reference: string): string => put('compose.yaml', `services: { web: { image: "${reference}" } }\n`);

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function sigtrail(argv: readonly string[], from: FakeSigstore = sigstore): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const trust = trustRoot.fromJson(JSON.stringify(from.trustedRoot()));
  const code = await runWith({ trust, rekorUrl: 'http://127.0.0.1:1' }, argv, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  return { code, stdout, stderr };
}
const gate = async (...argv: readonly string[]): Promise<Ran> =>
  sigtrail(['gate', '--policy-map', join(folder, 'sigtrail.yaml'), ...argv]);

describe('sigtrail gate --lock, with images that are signed', () => {
  const lockFile = (): string => join(folder, 'sigtrail.lock.json');
  const provenance = {
    as,
    type: 'slsaprovenance1',
    predicate: { buildDefinition: {}, runDetails: { builder: { id: 'https://builder.test' } } },
  } as const;

  it.each(['sigstore-bundle', 'cosign-attestation'] as const)(
    'refuses an image that lost its provenance (%s)',
    async (format) => {
      const name = `acme/${format}`;
      const { reference } = pushImage(registry, `${name}:v1`, { content: 'one' });
      await sigstore.signImage(registry, reference, { as });
      await sigstore.attest(registry, reference, { ...provenance, format });
      const file = composeOf(`${registry.host}/${name}:v1`);
      expect((await gate(file, '--lock', lockFile())).code).toBe(0);
      expect(Object.values(JSON.parse(take('sigtrail.lock.json')).images)).toMatchObject([
        { provenance: [expect.stringContaining('by https://accounts.google.com')] },
      ]);
      expect((await gate(file, '--lock', lockFile(), '--check')).code).toBe(0);

      const next = pushImage(registry, `${name}:v1`, { content: 'two' });
      await sigstore.signImage(registry, next.reference, { as });
      const lost = await gate(file, '--lock', lockFile());
      expect([lost.code, lost.stdout]).toEqual([12, expect.stringContaining('[lost-provenance]')]);
      expect(lost.stdout).toContain('the tag moved since the lock');

      await sigstore.attest(registry, next.reference, { ...provenance, as: { email: 'mallory@evil.test' }, format });
      const others = await gate(file, '--lock', lockFile());
      expect([others.code, others.stdout]).toEqual([12, expect.stringContaining('only has that by mallory@evil.test')]);

      await sigstore.attest(registry, next.reference, { ...provenance, format });
      const again = await gate(file, '--lock', lockFile());
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('the tag moved since the lock')]);
    },
  );

  it('locks nothing while a place where provenance could be is not readable, also with --update-lock', async () => {
    const { reference } = pushImage(registry, 'acme/outage:v1', { content: 'outage' });
    await sigstore.signImage(registry, reference, { as });
    await sigstore.attest(registry, reference, { ...provenance, format: 'cosign-attestation' });
    registry.fail({ path: '.att', fault: { kind: 'status', status: 403 } });
    for (const more of [[], ['--update-lock']]) {
      const out = await gate(composeOf(reference), '--lock', lockFile(), ...more);
      expect([out.code, out.stdout]).toEqual([12, expect.stringContaining('[not-lockable]')]);
    }
    registry.clearFaults();
    expect((await gate(composeOf(reference), '--lock', lockFile())).code).toBe(0);
    expect(Object.values(JSON.parse(take('sigtrail.lock.json')).images)).toMatchObject([
      { provenance: [expect.stringContaining('by https://accounts.google.com')] },
    ]);
  });

  it('doesn’t count an attestation that isn’t provenance, or isn’t proven', async () => {
    const { reference } = pushImage(registry, 'acme/other:v1', { content: 'other' });
    await sigstore.signImage(registry, reference, { as });
    await sigstore.attest(registry, reference, { as, type: 'https://acme.test/scan', predicate: {} });
    const stranger = await createSigstore();
    await stranger.attest(registry, reference, provenance);
    expect((await gate(composeOf(reference), '--lock', lockFile())).code).toBe(0);
    expect(Object.values(JSON.parse(take('sigtrail.lock.json')).images)).toMatchObject([{ provenance: [] }]);
  });
});

it('takes a lock for the same that only is written otherwise', async () => {
  const { reference } = pushImage(registry, 'acme/written:v1');
  await sigstore.signImage(registry, reference, { as });
  const lock = join(folder, 'sigtrail.lock.json');
  const file = composeOf(reference);
  expect((await gate(file, '--lock', lock)).code).toBe(0);
  const crlf = put('sigtrail.lock.json', `\uFEFF${take('sigtrail.lock.json').replaceAll('\n', '\r\n')}`);
  const before = take('sigtrail.lock.json');
  expect((await gate(file, '--lock', crlf, '--check')).code).toBe(0);
  expect((await gate(file, '--lock', crlf)).code).toBe(0);
  expect(take('sigtrail.lock.json')).toBe(before);
});

describe('sigtrail gate --platform', () => {
  it('holds the policy against each platform, and pins only what stands for all of them', async () => {
    const image = pushImage(registry, 'acme/many:v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    const file = composeOf(image.reference);
    await sigstore.signImage(registry, image.platforms['linux/amd64'].reference, { as });
    expect((await gate(file)).code).toBe(10);
    expect((await gate(file, '--platform', 'each')).code).toBe(10);

    const some = await gate(file, '--platform', 'linux/amd64', '--pin');
    expect([some.code, some.stdout]).toEqual([0, expect.stringContaining('its index names other platforms as well')]);
    expect(take('compose.yaml')).toContain(`"${image.reference}"`);

    const lock = ['--lock', join(folder, 'sigtrail.lock.json')];
    for (const flags of [lock, [...lock, '--update-lock']]) {
      const locked = await gate(file, '--platform', 'linux/amd64', ...flags);
      expect([locked.code, locked.stdout]).toEqual([12, expect.stringContaining('[not-lockable]')]);
    }

    await sigstore.signImage(registry, image.platforms['linux/arm64'].reference, { as });
    expect((await gate(file, '--platform', 'each', ...lock)).code).toBe(0);
    expect((await gate(file, '--platform', 'each', '--pin')).code).toBe(0);
    expect(take('compose.yaml')).toContain(`"${image.reference}@${image.digest}"`);
  });

  it('refuses a platform that is not there, or no platform', async () => {
    const image = pushImage(registry, 'acme/few:v1', { platforms: ['linux/amd64'] });
    await sigstore.signImage(registry, image.reference, { as });
    expect((await gate(composeOf(image.reference), '--platform', 'linux/s390x')).code).not.toBe(0);
    expect((await gate(composeOf(image.reference), '--platform', 'nonsense')).code).toBe(2);
  });
});

describe('sigtrail gate', () => {
  it('names a Dockerfile once that is given, and that a Compose file builds from', async () => {
    const { reference } = pushImage(registry, 'acme/base:v1');
    await sigstore.signImage(registry, reference, { as });
    put('Dockerfile', `FROM ${reference}\n`);
    put('compose.yaml', 'services: { web: { build: . } }\n');
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const { code, stdout } = await gate(folder, '--pin');
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 places: 1 verified, 1 built')]);
    expect(stdout).not.toContain('not pinned');
    expect(take('Dockerfile')).toMatch(/@sha256:/);
  });

  it('takes the variables of --env-file in place of those of .env', async () => {
    const { reference } = pushImage(registry, 'acme/env:v1');
    await sigstore.signImage(registry, reference, { as });
    const file = composeOf(`${registry.host}/acme/env:\${ENV_TAG:-none}`);
    put('.env', 'ENV_TAG=v1\n');
    expect((await gate(file)).code).toBe(0);
    expect((await gate(file, '--env-file', put('other.env', 'X=1\n'))).code).toBe(11);
  });

  it('withholds the environment if it is told to, also from a file of variables', async () => {
    const { reference } = pushImage(registry, 'acme/withheld:v1');
    await sigstore.signImage(registry, reference, { as });
    const file = composeOf(`${registry.host}/acme/withheld:\${WITHHELD_TAG}`);
    vi.stubEnv('WITHHELD_TAG', 'v1');
    expect((await gate(file)).code).toBe(0);
    const withheld = await gate(file, '--withhold-environment');
    expect([withheld.code, withheld.stdout]).toEqual([14, expect.stringContaining('WITHHELD_TAG is set here')]);
    const variables = put('withheld.env', 'WITHHELD_TAG=v1\n');
    expect((await gate(file, '--withhold-environment', '--env-file', variables)).code).toBe(14);
    expect((await gate(file, '--withhold-environment', '--env', 'WITHHELD_TAG=v1')).code).toBe(0);
    vi.stubEnv('WITHHELD_TAG', undefined);
    expect((await gate(file, '--withhold-environment', '--env-file', variables)).code).toBe(0);
  });

  it('adds its table to the summary of the job', async () => {
    const { reference } = pushImage(registry, 'acme/summary:v1');
    vi.stubEnv('GITHUB_STEP_SUMMARY', put('summary.md', 'before\n'));
    expect((await gate(composeOf(reference))).code).toBe(10);
    expect(take('summary.md')).toMatch(/^before\n### ❌ `FAILED 1 file/);
  });

  it('says what to do next about an image that is refused', async () => {
    const { reference } = pushImage(registry, 'acme/next:v1');
    await sigstore.signImage(registry, reference, { as: { email: 'eve@acme.test' } });
    const rejected = await gate(composeOf(reference));
    expect(rejected.stdout).toContain('it is signed by eve@acme.test via https://accounts.google.com');
    expect(rejected.stdout).toContain(`next: sigtrail inspect ${reference} shows`);
    const refused = await gate(composeOf('docker.io/library/nginx:1'));
    expect(refused.stdout).toContain(`sigtrail gate init ${join(folder, 'compose.yaml')} proposes a rule`);
  });

  it.each([['nginx:1.27'], ['ghcr.io/acme/app'], [`acme/app@sha256:${'a'.repeat(64)}`]])(
    'points to verify where it is given the image %s',
    async (image) => {
      for (const argv of [
        ['gate', image],
        ['gate', 'init', image],
      ]) {
        const { code, stderr } = await sigtrail(argv);
        expect([code, stderr]).toEqual([2, expect.stringContaining(`run: sigtrail verify ${image}`)]);
      }
    },
  );

  it('replaces no file by an override but one that it wrote', async () => {
    const { reference } = pushImage(registry, 'acme/own:v1');
    await sigstore.signImage(registry, reference, { as });
    const file = composeOf(reference);
    const before = take('compose.yaml');
    expect((await gate(file, '--compose-override', file)).code).toBe(2);
    expect(take('compose.yaml')).toBe(before);
    const override = join(folder, 'pinned.yaml');
    for (const _ of [1, 2]) expect((await gate(file, '--compose-override', override)).code).toBe(0);
  });
});

describe('sigtrail gate init', () => {
  it('says what a trusted root of another Sigstore leaves unproven', async () => {
    const { reference } = pushImage(registry, 'acme/private:v1');
    await sigstore.signImage(registry, reference, { as });
    const { code, stdout, stderr } = await sigtrail(['gate', 'init', composeOf(reference)], await createSigstore());
    expect([code, stderr]).toEqual([14, expect.stringContaining('0 rules for 1 image; what has no rule is a comment')]);
    expect(stdout).toContain(`# ${registry.host}/acme/private: has 1 signature, none proven.`);
    expect(stdout).toContain('a private Sigstore needs its --trusted-root');
    expect(stdout).toContain('images: []');
  });
});
