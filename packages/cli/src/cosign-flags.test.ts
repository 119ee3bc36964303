import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  issueTlsCertificate,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COSIGN_FLAGS, cosignFlagsToMarkdown } from './cosign-flags.ts';
import { createProgram, main } from './main.ts';
import { policyOf } from './options.ts';
import { trustOf } from './trust-options.ts';

// What `cosign … --help` lists, by version.
const COMMON =
  'allow-http-registry allow-insecure-registry certificate-github-workflow-name certificate-github-workflow-ref certificate-github-workflow-repository certificate-github-workflow-sha certificate-github-workflow-trigger certificate-identity certificate-identity-regexp certificate-oidc-issuer certificate-oidc-issuer-regexp check-claims help insecure-ignore-sct insecure-ignore-tlog k8s-keychain key local-image max-workers output output-file registry-cacert registry-client-cert registry-client-key registry-password registry-server-name registry-token registry-username sk slot timeout trusted-root use-signed-timestamps verbose';
const ONLY_2 =
  'attachment-tag-prefix ca-intermediates ca-roots certificate certificate-chain experimental-oci11 new-bundle-format offline private-infrastructure rekor-url sct signature-digest-algorithm timestamp-certificate-chain';
const COSIGN: Readonly<Record<string, readonly string[]>> = {
  'verify 2.6': `${COMMON} ${ONLY_2} annotations attachment payload signature`.split(' '),
  'verify 3.1': `${COMMON} annotations`.split(' '),
  'verify-attestation 2.6': `${COMMON} ${ONLY_2} policy type`.split(' '),
  'verify-attestation 3.1': `${COMMON} policy type`.split(' '),
};

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-cosign-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const as = { email: 'dev@acme.test' };
const signer = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
const type = 'https://acme.test/review';
let sigstore: FakeSigstore;
let registry: FakeRegistry;
let image: string;
let trust: string;

beforeAll(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore(),
    startRegistry({ access: { kind: 'basic', username: 'ci', password: 'secret' } }),
  ]);
  image = pushImage(registry, 'acme/app:v1').reference;
  await sigstore.signImage(registry, image, { as });
  await sigstore.attest(registry, image, { as, type, predicate: {} });
  trust = `--trusted-root=${file('root.json', JSON.stringify(sigstore.trustedRoot()))}`;
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

const login = ['--registry-username=ci', '--registry-password=secret'];
const verify = async (...flags: readonly string[]): ReturnType<typeof run> =>
  run('verify', image, ...signer, trust, ...login, ...flags);

describe('the table of cosign’s flags', () => {
  it('has every flag of both versions, and no other', () => {
    expect(COSIGN_FLAGS.map(({ name }) => name)).toEqual([...new Set(Object.values(COSIGN).flat())].toSorted());
  });

  it.each(Object.entries(COSIGN))('names flags that the command has: %s', async (command, names) => {
    const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);
    const ours = program.commands.find((one) => one.name() === command.split(' ')[0]);
    const known = new Set(['help', ...(ours?.options.map(({ long }) => long?.slice(2)) ?? [])]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('is what the docs have', async () => {
    await expect(cosignFlagsToMarkdown()).toMatchFileSnapshot('../../../docs/cosign-flags.md');
  });

  it.each(COSIGN_FLAGS.filter(({ here }) => here === 'refused'))('refuses --$name with its sentence', async (flag) => {
    const words = flag.takes === undefined ? [`--${flag.name}`] : [`--${flag.name}`, 'x'];
    for (const command of ['verify', 'verify-attestation'])
      expect(await run(command, ...words, image, ...signer, trust)).toEqual({
        code: 2,
        stdout: '',
        stderr: `sigtrail: --${flag.name}: ${flag.difference}\n`,
      });
    if (flag.takes === undefined) expect((await verify(`--${flag.name}=false`)).code).toBe(0);
  });
});

describe('flags of cosign’s', () => {
  it('log in with user and password, loudly, and at the registry of the image alone', async () => {
    const { code, stderr } = await verify();
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: --registry-password: [^\n]*docker login[^\n]*\n$/),
    ]);
    expect((await run('verify', image, ...signer, trust)).code).toBe(14);
    const other = await startRegistry({ access: { kind: 'basic', username: 'ci', password: 'secret' } });
    process.env['COSIGN_REPOSITORY'] = `${other.host}/acme/signatures`;
    try {
      expect((await verify()).code).toBe(14);
    } finally {
      delete process.env['COSIGN_REPOSITORY'];
      await other.close();
    }
  });

  it('log in with a token', async () => {
    expect((await run('verify', image, ...signer, trust, '--registry-token', 'wrong')).code).toBe(14);
  });

  it.each([
    [['--registry-username', 'ci'], 'need each other'],
    [['--registry-password', ''], 'is empty'],
    [['--registry-token', 't', ...login], 'exclude each other'],
    [['--registry-client-cert', 'x'], 'need each other'],
    [['--registry-cacert', '/nowhere.pem'], 'there is no file'],
    [['--max-workers', '0'], 'must be a positive number'],
    [['--timestamp-certificate-chain', '/nowhere.pem'], 'exclude each other'],
  ])('are refused as %j', async (flags, message) => {
    const { code, stderr } = await run('verify', image, ...signer, trust, ...flags);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('trust the authority of a registry, and show it a certificate', async () => {
    const authority = await createCertificateAuthority({ name: 'registry.test' });
    const tls = await issueTlsCertificate({ authority });
    const me = await issueTlsCertificate({ authority, purpose: 'client', hosts: ['me.test'] });
    const secure = await startRegistry({ tls: { cert: tls.cert, key: tls.key, clientAuthority: me.ca } });
    try {
      const reference = pushImage(secure, 'acme/app:v1').reference;
      await sigstore.signImage(secure, reference, { as });
      const words = ['verify', reference, ...signer, trust, '--timeout', '5s'];
      const ca = ['--registry-cacert', file('ca.pem', tls.ca)];
      const shown = [
        `--registry-client-cert=${file('me.pem', me.cert)}`,
        `--registry-client-key=${file('me.key', me.key)}`,
      ];
      const codes = [];
      for (const flags of [[], ca, shown, [...ca, ...shown]]) codes.push((await run(...words, ...flags)).code);
      expect(codes).toEqual([14, 14, 14, 0]);
    } finally {
      await secure.close();
    }
  });

  it('take -d, --max-workers and --private-infrastructure as cosign means them', async () => {
    expect((await verify('-d', '--max-workers', '3')).stdout).toContain('looked at');
    const { code, stderr } = await verify('--private-infrastructure');
    expect([code, stderr]).toEqual([0, expect.stringContaining('warning: --private-infrastructure: ')]);
  });

  it('ask the log of --rekor-url only if a signature carries no entry', async () => {
    expect((await verify('--rekor-url', sigstore.rekor.baseUrl)).code).toBe(0);
  });

  it('want timestamps of the authority of --timestamp-certificate-chain', async () => {
    const flags = {
      output: 'text',
      timestampCertificateChain: file('tsa.pem', sigstore.tsa.chain.map(toPem).join('')),
    };
    expect(await trustOf(flags)).toMatchObject({ timestampAuthorities: [{}], transparencyLogs: [] });
    const named = { certificateIdentity: 'dev@acme.test', certificateOidcIssuer: 'https://accounts.google.com' };
    expect((await policyOf({ ...flags, ...named }, () => undefined)).legacyTimestamps).toBe('require');
  });
});

describe('a line that may be cosign’s', () => {
  const note = 'note: --output json is sigtrail’s report';
  it('is told whose JSON it prints', async () => {
    const { code, stdout, stderr } = await verify('-o', 'json');
    expect([code, stderr.includes(note)]).toEqual([0, true]);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified' });
  });

  it.each([[['-o', 'cosign']], [['-o', 'text']], [['-o', 'json', '--quiet']], [['-o', 'json', '--platform', 'each']]])(
    'is not one with %j',
    async (flags) => {
      expect((await verify(...flags)).stderr).not.toContain(note);
    },
  );
});

describe('sigtrail verify-attestation --policy', () => {
  const policy = (text: string): string => file('policy.yaml', `version: 1\n${text}`);
  const SIGNER = '{ issuer: "https://accounts.google.com", subject: dev@acme.test }';
  const ask = async (...flags: readonly string[]): ReturnType<typeof run> =>
    run('verify-attestation', image, trust, ...login, ...flags);

  it('asks what a policy file says', async () => {
    const given = policy(`attested: { type: "${type}", signedBy: ${SIGNER} }\n`);
    expect(await ask('--policy', given)).toMatchObject({ code: 0, stdout: expect.stringContaining('VERIFIED') });
    const other = policy(`attested: { type: "https://acme.test/other", signedBy: ${SIGNER} }\n`);
    expect([10, 12]).toContain((await ask('--policy', other)).code);
  });

  it.each([
    [
      'a policy without an attestation',
      () => ['--policy', policy(`signedBy: ${SIGNER}\n`)],
      'can hold without an attestation',
    ],
    ['CUE', () => ['--policy', 'policy.cue'], 'CUE is not run here'],
    ['Rego', () => ['--policy', 'policy.rego'], 'Rego is not run here'],
    ['two files', () => ['--policy', 'a.yaml', '--policy', 'b.yaml'], 'takes one file'],
    ['a type beside it', () => ['--policy', 'a.yaml', '--type', type], 'exclude each other'],
  ])('refuses %s', async (_, flags, message) => {
    const { code, stderr } = await ask(...flags());
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

function toPem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}
