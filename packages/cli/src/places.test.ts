import { mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, type FakeRegistry, startRegistry } from '@sigtrail/testing';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createProgram, main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const trust = ['--trusted-root', `${images}trusted_root.json`];
const signer = [
  '--certificate-identity=https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  '--certificate-oidc-issuer=http://127.0.0.1:5803/github',
];
// No log listens there: what the log would answer is not what these tests ask.
const noLog = ['--rekor-url', 'http://127.0.0.1:1', '--rekor-log', 'https://rekor1.stack.test', '-t', '5s'];

let registry: FakeRegistry;
let digest: string;
beforeEach(async () => {
  registry = await startRegistry();
  // The image in one repository; image and signatures in another.
  const layout = `${images}legacy-keyless-github/layout`;
  digest = registry.loadLayout('acme/store', layout).root ?? '';
  registry.loadLayout('acme/app', layout);
  registry.remove('acme/app', `${digest.replace(':', '-')}.sig`);
});
afterEach(async () => {
  delete process.env['COSIGN_REPOSITORY'];
  await registry.close();
});

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

/** Every command that takes the name of an image or of a repository, with a line that runs it. */
const LINES: Readonly<Record<string, (app: string) => readonly string[]>> = {
  verify: (app) => [`${app}:v1`, ...signer, ...trust],
  'verify-attestation': (app) => [`${app}:v1`, ...signer, ...trust],
  inspect: (app) => [`${app}:v1`, ...trust],
  triangulate: (app) => [`${app}:v1`],
  tree: (app) => [`${app}:v1`],
  claims: (app) => [`${app}:v1`, ...trust],
  'download attestation': (app) => [`${app}:v1`],
  'download sbom': (app) => [`${app}:v1`],
  'download signature': (app) => [`${app}:v1`],
  'rekor track': (app) => [`${app}:v1`, ...trust, ...noLog],
  'rekor timeline': (app) => [app, '--tag', 'v1', ...trust, ...noLog],
  'rekor watch': (app) => [`${app}:v1`, '--state', mkdtempSync(join(tmpdir(), 'sigtrail-watch-')), ...trust, ...noLog],
};

function discoveringCommands(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  const own = command.registeredArguments.some((argument) => ['ref', 'repository', 'source'].includes(argument.name()));
  return [
    // `policy import` takes a file, and `manifest` looks for nothing that is attached.
    ...(own && !['policy', 'manifest'].includes(path[0] ?? '') ? [[path.join(' '), command] as const] : []),
    ...command.commands.flatMap((one) => discoveringCommands(one, [...path, one.name()])),
  ];
}

const streams = { stdout: () => undefined, stderr: () => undefined };
const commands = discoveringCommands(await createProgram(streams, () => undefined));

describe('COSIGN_REPOSITORY', () => {
  it('has a line here for every command that looks for signatures', () => {
    expect(commands.map(([name]) => name).toSorted()).toEqual(Object.keys(LINES).toSorted());
    for (const [name, command] of commands)
      expect([name, command.options.some(({ long }) => long === '--attachment-repository')]).toEqual([name, true]);
  });

  it.each(Object.keys(LINES))('is where %s looks, and only there', async (name) => {
    const line = [...name.split(' '), ...(LINES[name]?.(`${registry.host}/acme/app`) ?? [])];
    const looksIn = (repository: string): boolean =>
      registry.requests.some(({ path }) =>
        new RegExp(`^/v2/acme/${repository}/(?:referrers/|manifests/sha256-)`).test(path),
      );
    await run(...line);
    expect([looksIn('app'), looksIn('store')]).toEqual([true, false]);
    registry.requests.length = 0;
    process.env['COSIGN_REPOSITORY'] = `${registry.host}/acme/store`;
    await run(...line);
    expect([looksIn('app'), looksIn('store')]).toEqual([false, true]);
    process.env['COSIGN_REPOSITORY'] = `${registry.host}/acme/other`;
    registry.requests.length = 0;
    await run(...line, '--attachment-repository', `${registry.host}/acme/store`);
    expect([looksIn('app'), looksIn('store'), looksIn('other')]).toEqual([false, true, false]);
  });

  it('makes the difference between signed and unsigned', async () => {
    const line = ['inspect', `${registry.host}/acme/app@${digest}`, ...trust, '-o', 'json'];
    expect((JSON.parse((await run(...line)).stdout) as { readonly candidates: readonly object[] }).candidates).toEqual(
      [],
    );
    process.env['COSIGN_REPOSITORY'] = `${registry.host}/acme/store`;
    expect(JSON.parse((await run(...line)).stdout)).toMatchObject({
      candidates: [{ format: 'cosign-signature', proven: true }],
    });
    expect((await run('verify', `${registry.host}/acme/app:v1`, ...signer, ...trust)).code).toBe(0);
  });

  it('is where the SBOM of verify --attachment sbom is', async () => {
    process.env['COSIGN_REPOSITORY'] = `${registry.host}/acme/store`;
    const { stderr } = await run(
      'verify',
      '--attachment',
      'sbom',
      `${registry.host}/acme/app@${digest}`,
      ...signer,
      ...trust,
    );
    expect(registry.requests.map(({ path }) => path)).toContain(
      `/v2/acme/store/manifests/${digest.replace(':', '-')}.sbom`,
    );
    expect(stderr).toMatch(/^note: signatures are looked for in [^\n]*\/acme\/store alone[^\n]*\n$/);
  });

  it.each([
    ['a tag', 'ghcr.io/acme/store:v1'],
    ['a digest', `ghcr.io/acme/store@${digestOf(Buffer.from('x'))}`],
    ['a space', 'ghcr.io/acme store'],
  ])('with %s is refused by its name', async (_what, repository) => {
    process.env['COSIGN_REPOSITORY'] = repository;
    const { code, stderr } = await run('inspect', `${registry.host}/acme/app:v1`, ...trust);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `must be a repository like ghcr.io/acme/signatures, without tag or digest, got ${JSON.stringify(repository)}`,
    );
  });

  it('that is empty is not set', async () => {
    process.env['COSIGN_REPOSITORY'] = '';
    expect((await run('triangulate', '--format', 'cosign', `${registry.host}/acme/app@${digest}`)).stdout).toContain(
      '/acme/app:',
    );
  });
});

describe('--containerd-hosts and --registries-conf', () => {
  const filesFor = async (location: string): Promise<readonly (readonly string[])[]> => {
    const directory = await mkdtemp(join(tmpdir(), 'sigtrail-registries-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, 'registry.test'));
    await writeFile(join(directory, 'registry.test/hosts.toml'), `server = "http://${location}"\n`);
    const conf = join(directory, 'registries.conf');
    await writeFile(conf, `[[registry]]\nprefix = "registry.test"\nlocation = "${location}"\n`);
    return [
      ['--containerd-hosts', directory],
      ['--registries-conf', conf],
    ];
  };

  const lines = { ...LINES, manifest: (app: string) => [`${app}:v1`] };
  it.each(Object.entries(lines))('say where %s reads', async (name, line) => {
    for (const files of await filesFor(registry.host)) {
      registry.requests.length = 0;
      await run(...name.split(' '), ...line('registry.test/acme/app'), ...files);
      expect(registry.requests.some(({ path }) => path.startsWith('/v2/acme/app/'))).toBe(true);
    }
  });

  it('change no name that is verified, and the report says which file sent a request where', async () => {
    process.env['COSIGN_REPOSITORY'] = 'registry.test/acme/store';
    const [, files = []] = await filesFor(registry.host);
    const line = ['verify', 'registry.test/acme/app:v1', ...signer, ...trust, ...files];
    expect((await run(...line)).code).toBe(0);
    const report = JSON.parse((await run(...line, '-o', 'json')).stdout) as {
      readonly reference: string;
      readonly transcript: readonly { readonly routedBy?: string }[];
    };
    expect(report.reference).toBe(`registry.test/acme/app@${digest}`);
    expect(new Set(report.transcript.map(({ routedBy }) => routedBy))).toEqual(new Set([`${files[1]}:1:3`]));
  });

  it.each([
    ['is empty', '--registries-conf', '', '--registries-conf is empty'],
    [
      'is not there',
      '--registries-conf',
      '/nowhere/registries.conf',
      '/nowhere/registries.conf can’t be read (ENOENT)',
    ],
    ['is not there', '--containerd-hosts', '/nowhere/certs.d', '/nowhere/certs.d can’t be read (ENOENT)'],
  ])('a file that %s is a mistake of the command line: %s %s', async (_, flag, value, message) => {
    const { code, stderr } = await run('triangulate', 'registry.test/acme/app:v1', flag, value);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('that asks for plain http is refused without --allow-http-registry, and what it leaves out is told', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sigtrail-registries-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const conf = join(directory, 'registries.conf');
    await writeFile(
      conf,
      'unqualified-search-registries = ["quay.io"]\n[[registry]]\nprefix = "registry.test"\nlocation = "mirror.test"\ninsecure = true\n',
    );
    const line = ['triangulate', `${registry.host}/acme/app:v1`, '--registries-conf', conf];
    const refused = await run(...line);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /:5:1: "insecure" asks for plain http at mirror\.test.*; here, --allow-http-registry names every host/,
      ),
    ]);
    const allowed = await run(...line, '--allow-http-registry');
    expect([allowed.code, allowed.stderr]).toEqual([
      0,
      expect.stringContaining(`warning: ${conf}:1:1: "unqualified-search-registries" is ignored`),
    ]);
  });
});
