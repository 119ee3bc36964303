import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  pushImage,
  startRegistry,
  startTufRepository,
  type TufRepository,
} from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-fetching-'));
const at = (name: string): string => join(folder, name);
const as = { email: 'dev@acme.test' };
const slsa = 'https://slsa.dev/provenance/v1';
const scan = 'https://acme.test/scan/v1';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
let tuf: TufRepository;
let image: string;
let index: ReturnType<typeof pushImage>;
let binary: string;

beforeAll(async () => {
  [registry, sigstore, tuf] = await Promise.all([startRegistry(), createSigstore(), startTufRepository(new Date())]);
  image = pushImage(registry, 'acme/app:v1').reference;
  await sigstore.attest(registry, image, { as, type: scan, predicate: { clean: true } });
  await sigstore.attest(registry, image, {
    as,
    type: slsa,
    predicate: { buildDefinition: {}, runDetails: {} },
    format: 'cosign-attestation',
  });
  await sigstore.signImage(registry, image, { as, format: 'cosign-signature' });
  await sigstore.signImage(registry, image, { as });
  index = pushImage(registry, 'acme/index:v1', { platforms: ['linux/amd64', 'linux/arm64'] });
  const arm64 = index.platforms['linux/arm64']?.reference ?? '';
  await sigstore.attest(registry, arm64, { as, type: scan, predicate: { for: 'arm64' } });
  binary = registry.putBlob('acme/app', Uint8Array.of(0, 255, 27, 91));
  writeFileSync(at('root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(at('tuf-root.json'), tuf.root);
  tuf.publish(readFileSync(at('root.json'), 'utf8'));
});
afterAll(async () => {
  await Promise.all([registry.close(), tuf[Symbol.asyncDispose]()]);
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

async function run(...argv: readonly string[]): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const pieces: Uint8Array[] = [];
  const code = await main(argv, {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    bytes: (piece) => void pieces.push(piece),
  });
  return { code, stdout, stderr, bytes: Buffer.concat(pieces) };
}

const linesOf = ({ bytes }: Run): readonly Record<string, unknown>[] =>
  bytes
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function typeOf(line: Record<string, unknown>): unknown {
  const { payload } = ('dsseEnvelope' in line ? line['dsseEnvelope'] : line) as { readonly payload: string };
  return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly predicateType: unknown }).predicateType;
}

describe('sigtrail blob', () => {
  const name = (digest: string): string => `${registry.host}/acme/app@${digest}`;

  it('prints the bytes as they are, and nothing else', async () => {
    const { code, stdout, stderr, bytes } = await run('blob', name(binary));
    expect([code, stdout, stderr, bytes]).toEqual([0, '', '', Buffer.from([0, 255, 27, 91])]);
  });

  it('escapes on a terminal what could command it', async () => {
    let text = '';
    const stdout = (printed: string): void => void (text += printed);
    const terminal = { stdout: { columns: 80, hasColor: false } };
    await main(['blob', name(binary)], { stdout, stderr: stdout, bytes: () => undefined, terminal });
    expect(text).toContain('\\u001b[');
  });

  it.each([[[]], [['--output-file', at('blob')]]])('prints no byte of another blob: %j', async (flags) => {
    writeFileSync(at('blob'), 'old');
    const digest = registry.putBlob('acme/app', Buffer.alloc(200_000, 'a'));
    registry.tamper('acme/app', digest, Buffer.alloc(200_000, 'b'));
    const before = readdirSync(folder);
    const { code, stdout, stderr, bytes } = await run('blob', name(digest), ...flags);
    expect([code, stdout, bytes.length]).toEqual([14, '', 0]);
    expect(stderr).toContain('[digest-mismatch]');
    expect([readFileSync(at('blob'), 'utf8'), readdirSync(folder)]).toEqual(['old', before]);
  });

  it('refuses more than --max-bytes', async () => {
    const { code, stderr, bytes } = await run('blob', name(binary), '--max-bytes', '3');
    expect([code, bytes.length]).toEqual([14, 0]);
    expect(stderr).toContain('[too-large]');
    expect((await run('blob', name(binary), '--max-bytes', '4')).code).toBe(0);
  });

  it.each([
    [() => [image], /expected a digest .*sigtrail manifest/, 2],
    [() => [name(binary), '--max-bytes', '0'], /--max-bytes must be a positive number/, 2],
    [() => [name(`sha256:${'0'.repeat(64)}`)], /could not read/, 11],
  ])('says what is wrong', async (words, message, expected) => {
    const { code, stderr, bytes } = await run('blob', ...words());
    expect([code, bytes.length, message.test(stderr)]).toEqual([expected, 0, true]);
  });
});

describe('sigtrail download', () => {
  it('prints every attestation as a line of JSON, and says that none is verified', async () => {
    const result = await run('download', 'attestation', image);
    expect([result.code, new Set(linesOf(result).map(typeOf))]).toEqual([0, new Set([scan, slsa])]);
    expect(result.stderr).toMatch(/^note: 2 attestations, whose signers were not asked for/);
  });

  it.each([
    ['slsaprovenance1', [slsa]],
    [scan, [scan]],
  ])('of --predicate-type %s alone', async (type, types) => {
    expect(linesOf(await run('download', 'attestation', image, '--predicate-type', type)).map(typeOf)).toEqual(types);
  });

  it('of the manifest of --platform alone', async () => {
    const download = async (platform: string): Promise<Run> =>
      run('download', 'attestation', index.reference, '--platform', platform);
    const found = await download('linux/arm64');
    expect([found.code, linesOf(found).map(typeOf)]).toEqual([0, [scan]]);
    expect(await download('linux/amd64')).toMatchObject({
      code: 10,
      stderr: expect.stringContaining('no attestation'),
    });
    expect(await download('each')).toMatchObject({ code: 2, stderr: expect.stringContaining('takes one platform') });
  });

  it('prints signatures of both formats, with cosign’s names', async () => {
    const lines = linesOf(await run('download', 'signature', image));
    expect(lines).toHaveLength(2);
    const [classic] = lines.filter((line) => 'Base64Signature' in line);
    expect(Buffer.from(String(classic?.['Payload']), 'base64').toString()).toContain(
      'cosign container image signature',
    );
    expect(classic?.['Cert']).toMatch(/^-----BEGIN CERTIFICATE-----\nMII/);
    const [cosigns] = linesOf(await run('download', 'signature', image, '--output', 'cosign'));
    expect(cosigns).toEqual({
      ...classic,
      Cert: { Raw: String(classic?.['Cert']).replaceAll(/-----[A-Z ]+-----|\n/g, '') },
      Chain: expect.arrayContaining([{ Raw: expect.stringMatching(/^MII/) }]),
    });
    expect(lines.filter((line) => 'verificationMaterial' in line)).toHaveLength(1);
  });

  it('is 14, and never 10, if a place could not be read', async () => {
    const fault = registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
    const result = await run('download', 'attestation', image);
    expect([result.code, linesOf(result).map(typeOf)]).toEqual([14, [slsa]]);
    expect(result.stderr).toContain('could not be read: referrers-api');
    fault.clear();
  });
});

describe('sigtrail trusted-root', () => {
  it('shows what a file trusts, since when and until when, in words and as JSON', async () => {
    const { code, stdout } = await run('trusted-root', 'show', at('root.json'));
    expect(code).toBe(0);
    for (const part of ['certificate authorities\n', 'transparency logs\n', 'timestamp authorities\n'])
      expect(stdout).toContain(`  ${part}`);
    expect(stdout).toMatch(/, since \S+Z \(\S+ \w+ ago\)/);
    const view = JSON.parse((await run('trusted-root', 'show', `github=${at('root.json')}`, '-o', 'json')).stdout) as {
      readonly certificateAuthorities: readonly { readonly profile: string }[];
    };
    expect(new Set(view.certificateAuthorities.map(({ profile }) => profile))).toEqual(new Set(['github']));
  });

  it('shows the embedded snapshot', async () => {
    const { stdout } = await run('trusted-root', 'show');
    expect(stdout).toMatch(/^embedded public-good snapshot of 20\d\d-/);
    expect(stdout).toContain('https://rekor.sigstore.dev');
  });

  it('is refused for something that is not a file', async () => {
    writeFileSync(at('none.json'), '{}');
    expect(await run('trusted-root', 'show', at('none.json'))).toMatchObject({ code: 2, stdout: '' });
  });

  const fetch = async (...flags: readonly string[]): Promise<Run> =>
    run('trusted-root', 'fetch', '--output-file', at('fetched.json'), ...flags);

  it('is fetched from a mirror, byte for byte', async () => {
    const { code, stdout, stderr } = await fetch('--mirror', tuf.mirror, '--root', at('tuf-root.json'));
    expect([code, stdout, stderr.startsWith('trusted root sha256:')]).toEqual([0, '', true]);
    expect(readFileSync(at('fetched.json'), 'utf8')).toBe(readFileSync(at('root.json'), 'utf8'));
  });

  it('is not replaced by what the mirror does not sign', async () => {
    writeFileSync(at('fetched.json'), 'old');
    tuf.answer((path) => (path.includes('trusted_root') ? Buffer.from('{}') : undefined));
    const { code, stderr } = await fetch('--mirror', tuf.mirror, '--root', at('tuf-root.json'));
    tuf.answer(() => undefined);
    expect([code, readFileSync(at('fetched.json'), 'utf8')]).toEqual([14, 'old']);
    expect(stderr).toContain('[trust-unavailable]');
  });

  it('of a mirror needs a root of trust', async () => {
    expect(await fetch('--mirror', tuf.mirror)).toMatchObject({ code: 2, stderr: expect.stringContaining('--root') });
  });
});

describe('sigtrail policy test', () => {
  const policy = (subject: string): string => {
    writeFileSync(
      at('policy.yaml'),
      `version: 1\nsignedBy:\n  issuer: https://accounts.google.com\n  subject: ${subject}\n`,
    );
    return at('policy.yaml');
  };
  beforeAll(async () => {
    const signer = ['--certificate-identity=ops@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
    const root = ['--trusted-root', at('root.json')];
    // Refused then, by another policy.
    expect((await run('verify', image, ...signer, ...root, '--capsule', at('a.json'))).code).toBe(12);
    const { stdout } = await run('verify', image, ...signer, ...root, '-o', 'json');
    writeFileSync(at('report.json'), stdout);
    writeFileSync(at('half.json'), JSON.stringify({ kind: 'image', verdict: 'verified' }));
  });

  it('says which rule accepts, and what it accepts', async () => {
    const { code, stdout } = await run('policy', 'test', policy('dev@acme.test'), '--report', at('a.json'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ACCEPTED \S+acme\/app:v1 \(\S+a\.json\)\n {2}✓ signedBy: .*dev@acme\.test.*\n {6}accepts /,
    );
    expect(stdout).toMatch(/\n1 of 1 image accepted\n$/);
  });

  it('says which rule refuses, and why', async () => {
    const { code, stdout } = await run('policy', 'test', policy('eve@acme.test'), at('a.json'), at('a.json'));
    expect(code).toBe(12);
    expect(stdout).toMatch(/^REFUSED .*\n {2}✗ signedBy: /);
    expect(stdout).toMatch(/\n {6}refuses \S+: .* \[identity-mismatch\]\n/);
    expect(stdout).toMatch(/\n0 of 2 images accepted\n$/);
    const json = await run('policy', 'test', policy('eve@acme.test'), at('a.json'), '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'rejected', policy: { status: 'failed' } });
  });

  it('says of a report what came of its own policy, and that no other can be tried on it', async () => {
    const words = ['policy', 'test', policy('dev@acme.test'), at('report.json'), at('a.json')];
    const { code, stdout } = await run(...words);
    expect(code).toBe(14);
    expect(stdout).toMatch(
      /^UNDECIDED \S+acme\/app:v1 \(\S+report\.json\)\n {2}\? a report has no evidence .*--capsule FILE/,
    );
    expect(stdout).toMatch(/\n {2}by the policy that it was made with\n {4}REJECTED .*you asked for ops@acme\.test/);
    expect(stdout).toMatch(/\nACCEPTED [^]*\n1 of 2 images accepted\n$/);
    const [json = ''] = (await run(...words, '-o', 'json')).stdout.split('\n');
    expect(JSON.parse(json)).toMatchObject({ verdict: 'indeterminate', recorded: { verdict: 'rejected' } });
  });

  it.each([
    ['nothing', () => [], /name what to test against: --report CAPSULE/],
    ['a file that is not there', () => [at('gone.json')], /--report: there is no file \S+gone\.json/],
    ['a file that is not a capsule', () => [at('root.json')], /--report \S+root\.json: .*\[invalid-capsule\]/],
    ['a report that is not one', () => [at('half.json')], /--report \S+half\.json is neither a capsule nor a report/],
  ])('is refused for %s', async (_, words, message) => {
    const { code, stdout, stderr } = await run('policy', 'test', policy('dev@acme.test'), ...words());
    expect([code, stdout, message.test(stderr)]).toEqual([2, '', true]);
  });
});
