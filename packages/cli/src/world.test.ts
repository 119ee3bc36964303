import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const policy = [
  '--certificate-identity',
  'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  '--certificate-oidc-issuer',
  'http://127.0.0.1:5803/github',
  '--trusted-root',
  `${images}trusted_root.json`,
];

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  registry.loadLayout('acme/app', `${images}legacy-keyless-github/layout`);
});
afterEach(async () => registry.close());

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

/** An unsigned image. */
function putUnsigned(): string {
  const config = new TextEncoder().encode('{}');
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: registry.putBlob('acme/bare', config),
      size: config.length,
    },
    layers: [],
  };
  registry.putManifest('acme/bare', new TextEncoder().encode(JSON.stringify(manifest)), manifest.mediaType, 'v1');
  return `${registry.host}/acme/bare:v1`;
}

describe('exit codes', () => {
  it('is 0 for a signed image, with boolean flags before the reference', async () => {
    const { code, stderr } = await run(
      'verify',
      ...policy,
      '--offline',
      '--insecure-ignore-tlog',
      `${registry.host}/acme/app:v1`,
    );
    expect(code).toBe(0);
    expect(stderr).toContain('--insecure-ignore-tlog');
  });

  it('is 10 for an image that is positively unsigned', async () => {
    const { code, stdout } = await run('verify', putUnsigned(), ...policy);
    expect([code, stdout.includes('it is not signed')]).toEqual([10, true]);
  });

  it('is 11 for an image that is not there, to verify or to inspect', async () => {
    expect((await run('verify', `${registry.host}/acme/app:gone`, ...policy)).code).toBe(11);
    const inspected = await run('inspect', `${registry.host}/acme/app:gone`);
    expect([inspected.code, inspected.stdout, inspected.stderr.trim().split('\n').length]).toEqual([11, '', 1]);
  });

  it('is 14, never 10, when a place where a signature could be can’t be read', async () => {
    const reference = putUnsigned();
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
    expect((await run('verify', reference, ...policy)).code).toBe(14);
    expect((await run('inspect', reference)).code).toBe(14);
  });

  it('is 14 when the registry can’t be reached', async () => {
    const { host } = registry;
    await registry.close();
    const { code, stdout } = await run('verify', `${host}/acme/app:v1`, ...policy, '-o', 'cosign', '--timeout', '5s');
    expect([code, stdout]).toEqual([14, '']);
    registry = await startRegistry();
  });

  it.each(['rekor', 'policy'])('is 2 for %s without a sub-command, with the lines of its help', async (command) => {
    const { code, stdout, stderr } = await run(command);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^Usage: sigtrail ${command} .*\n\n[^]*\nCommands:\n( {2}.*\n)+`));
    expect(stderr.split('\n').length).toBeGreaterThan(10);
  });

  it('is 0 for help, on stdout', async () => {
    const { code, stdout, stderr } = await run('verify', '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('--certificate-oidc-issuer-regexp');
  });
});

describe('what a stranger writes', () => {
  it('reaches no terminal as a control character, in no output format', async () => {
    const hostile = 'a\u009b2J\u202eb\u001b[31m';
    for (const output of ['text', 'json']) {
      const { code, stdout, stderr } = await run(
        'verify',
        `${registry.host}/acme/app:v1`,
        ...policy,
        '--certificate-github-workflow-name',
        hostile,
        '-o',
        output,
      );
      expect(code).toBe(12);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      if (output === 'json') expect(JSON.stringify(JSON.parse(stdout))).toContain('\u202e');
    }
  });
});
