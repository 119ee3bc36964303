// The command line with trust from a TUF repository, and with a log to ask: both on loopback.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleManifest,
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekor,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type LegacySignatureOptions,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
  startTufRepository,
  type TufRepository,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../packages/cli/src/main.ts';

const POLICY = ['--certificate-identity', GITHUB_WORKFLOW, '--certificate-oidc-issuer', GITHUB_ISSUER];

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let repository: TufRepository;
let rekor: FakeRekor;
let folder: string;
let reference: string;
let digest: string;
beforeEach(async () => {
  [sigstore, registry, repository, folder] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
    startTufRepository(new Date()),
    mkdtemp(join(tmpdir(), 'sigtrail-command-')),
  ]);
  rekor = await startRekor(sigstore.rekor);
  repository.publish(JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'root.json'), repository.root);
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  digest = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  reference = `${registry.host}/acme/app:v1`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([
    registry.close(),
    rekor.close(),
    repository[Symbol.asyncDispose](),
    rm(folder, { recursive: true, force: true }),
  ]);
});

/** Signs the image. Even if the signature carries no entry, the log has it. */
async function sign(withEntry: boolean, more: Partial<LegacySignatureOptions> = {}): Promise<void> {
  const annotations = (all: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => withEntry || name !== 'dev.sigstore.cosign/bundle'));
  const signer = await sigstore.issueCertificate();
  const layer = sigstore.signImageLegacy({ imageDigest: digest, signer, tamper: { annotations }, ...more });
  pushManifest(registry, 'acme/app', signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
}

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;

/** The logs' keys in cosign's variables, and what else is given. */
async function trustByEnvironment(more: Readonly<Record<string, string>>): Promise<void> {
  const files = {
    SIGSTORE_REKOR_PUBLIC_KEY: sigstore.rekor.key.pem,
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: sigstore.ctLog.key.pem,
    ...more,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    vi.stubEnv(name, join(folder, name));
  }
}

describe('a chain in a v0.3 bundle', () => {
  test('leads to the anchors of the command line, but only if a flag says so', async () => {
    const signer = await sigstore.issueCertificate();
    const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer, withChain: true });
    const size = manifestOf(EMPTY_CONFIG, []).length;
    pushManifest(registry, 'acme/app', bundleManifest(bundle, { mediaType: MEDIA_TYPE.manifest, digest, size }));
    await trustByEnvironment({});
    const anchors = join(folder, 'anchors.pem');
    await writeFile(anchors, sigstore.ca.chain.slice(-1).map(pem).join(''));
    const command = ['verify', reference, ...POLICY, '--ca-roots', anchors];
    expect((await run(...command)).code).toBe(12);
    const { code, stdout, stderr } = await run(...command, '--allow-certificate-chain');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('no single-certificate');
    expect(stderr).toContain('--allow-certificate-chain');
    // Fulcio's SCT is still required.
    vi.stubEnv('SIGSTORE_CT_LOG_PUBLIC_KEY_FILE', '');
    expect((await run(...command, '--allow-certificate-chain')).code).toBe(12);
  });
});

describe('trust out of a TUF repository', () => {
  const tuf = (): readonly string[] => [
    '--tuf-mirror',
    repository.mirror,
    '--tuf-root',
    join(folder, 'root.json'),
    '--tuf-cache',
    join(folder, 'cache'),
  ];

  test.each(['verify', 'verify-attestation', 'inspect'] as const)('%s rests on it', async (name) => {
    await sign(true);
    const policy = name === 'inspect' ? [] : POLICY;
    const { code, stdout, stderr } = await run(name, reference, ...policy, ...tuf(), '-o', 'json');
    expect(stderr).not.toContain('sigtrail:');
    // The image is signed and has no attestation.
    expect(code).toBe(name === 'verify-attestation' ? 10 : 0);
    expect(JSON.parse(stdout)).toMatchObject({ trust: { kind: 'tuf', name: repository.mirror } });
    if (name === 'inspect') expect(stdout).toContain('"proven":true');
  });

  test('is fetched once for as long as it holds, and offline out of the cache alone', async () => {
    await sign(true);
    expect((await run('verify', reference, ...POLICY, ...tuf())).code).toBe(0);
    expect((await readdir(join(folder, 'cache'))).length).toBeGreaterThan(0);
    const { length } = repository.requests;
    expect((await run('verify', reference, ...POLICY, ...tuf())).code).toBe(0);
    expect((await run('verify', reference, ...POLICY, ...tuf(), '--offline')).code).toBe(0);
    expect(repository.requests).toHaveLength(length);
  });

  test('never ends as unsigned if the trusted root can’t be loaded', async () => {
    repository.answer(() => 500);
    const { code, stdout } = await run('verify', reference, ...POLICY, ...tuf());
    expect([code, stdout.includes('trust-unavailable')]).toEqual([14, true]);
    expect((await run('verify', reference, ...POLICY, ...tuf(), '--offline')).code).toBe(14);
  });

  test('is never read for another mirror, whose first root is not the one given', async () => {
    await sign(true);
    const stranger = await startTufRepository(new Date());
    await writeFile(join(folder, 'root.json'), stranger.root);
    await stranger[Symbol.asyncDispose]();
    expect((await run('verify', reference, ...POLICY, ...tuf())).code).toBe(14);
  });

  test('under GitHub’s profile needs a timestamp and no log, and warns', async () => {
    await sign(false, { rekor: false, timestamp: true });
    const command = ['verify', reference, ...POLICY, ...tuf(), '--use-signed-timestamps'];
    expect((await run(...command)).code).toBe(12);
    const { code, stdout, stderr } = await run(...command, '--trust-profile', 'github');
    expect([code, stdout.includes('profile github')]).toEqual([0, true]);
    expect(stderr).toContain('--trust-profile github');
    await sign(true);
    expect((await run(...command, '--trust-profile', 'github')).code).toBe(12);
  });
});

describe('a lookup in the log', () => {
  const log = (): readonly string[] => ['--rekor-url', rekor.url, '--rekor-log', sigstore.rekor.baseUrl];
  const root = (): readonly string[] => ['--trusted-root', join(folder, 'trusted_root.json')];

  test('finds the entry that a signature doesn’t carry, but only on request', async () => {
    await sign(false);
    expect((await run('verify', reference, ...POLICY, ...root())).code).toBe(12);
    expect(rekor.requests).toEqual([]);
    const { code, stdout } = await run('verify', reference, ...POLICY, ...root(), '--log-lookup', ...log());
    expect(code, stdout).toBe(0);
    expect(rekor.requests.length).toBeGreaterThan(0);
  });

  test('leaves the verdict open if the log can’t be asked, and does not refuse', async () => {
    await sign(false);
    rekor.lie = () => ({ status: 403 });
    expect((await run('verify', reference, ...POLICY, ...root(), '--log-lookup', ...log())).code).toBe(14);
  });

  test('of an untrusted log is a wrong command, and the message lists the trusted logs', async () => {
    await sign(false);
    const other = ['--log-lookup', '--rekor-url', 'https://rekor.other.test'];
    const { code, stderr } = await run('verify', reference, ...POLICY, ...root(), ...other);
    expect(code).toBe(2);
    expect(stderr).toContain(sigstore.rekor.baseUrl);
  });

  test('knows a log by the key of the environment, at the address of the command line', async () => {
    await sign(false);
    await trustByEnvironment({ SIGSTORE_ROOT_FILE: sigstore.ca.chain.map(pem).join('') });
    const { code, stdout } = await run('verify', reference, ...POLICY, '--log-lookup', '--rekor-url', rekor.url);
    expect(code, stdout).toBe(0);
  });
});
