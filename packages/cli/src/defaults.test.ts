import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSigstore,
  type FakeRegistry,
  type FakeRekor,
  type FakeRekorV2,
  type FakeSigstore,
  pushImage,
  startRegistry,
  startRekor,
  startRekorV2,
  startTufRepository,
  type TufRepository,
} from '@sigtrail/testing';
import type { Command } from 'commander';
import { trustRoot } from 'sigtrail/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Defaults, PUBLIC_DEFAULTS } from './defaults.ts';
import { createProgram, main, runWith } from './main.ts';

// Each command as its README line has it: without any optional flag. Servers on loopback stand for the public ones.
const folder = mkdtempSync(join(tmpdir(), 'sigtrail-defaults-'));
const at = (name: string): string => join(folder, name);
const signer = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
// What cosign attests to without --type, and so what verify-attestation asks for.
const type = 'https://cosign.sigstore.dev/attestation/v1';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let rekor: FakeRekor;
let rekor2: FakeRekorV2;
let defaults: Defaults;
let image: string;
let layer: string;
let tuf: TufRepository;

beforeAll(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  image = pushImage(registry, 'acme/app:v1').reference;
  const as = { email: 'dev@acme.test' };
  await sigstore.signImage(registry, image, { as, format: 'cosign-signature' });
  await sigstore.attest(registry, image, { as, type, predicate: { Data: 'reviewed', Timestamp: '' } });
  writeFileSync(at('app.tgz'), 'the release');
  const bundle = await sigstore.signFile(Buffer.from('the release'), { as });
  writeFileSync(at('app.sigstore.json'), JSON.stringify(bundle));
  writeFileSync(at('policy.yaml'), POLICY);
  writeFileSync(at('compose.yaml'), `services: { app: { image: "${image}" } }\n`);
  writeFileSync(
    at('map.yaml'),
    'version: 1\nimages:\n  - match: ghcr.io/acme/app\n    policy: { signedBy: { issuer: "https://accounts.google.com", subject: dev@acme.test } }\n',
  );
  writeFileSync(at('images.txt'), `${image}\n`);
  writeFileSync(at('fleet.yaml'), `version: 1\nimages:\n  - match: '**'\n    policy: { file: policy.yaml }\n`);
  [rekor, rekor2] = await Promise.all([startRekor(sigstore.rekor), startRekorV2(sigstore.rekor2)]);
  const root = JSON.stringify(sigstore.trustedRoot())
    .replaceAll(sigstore.rekor.baseUrl, rekor.url)
    .replaceAll(sigstore.rekor2.baseUrl, rekor2.url);
  tuf = await startTufRepository(new Date());
  tuf.publish(root);
  defaults = {
    trust: trustRoot.fromJson(root),
    rekorUrl: rekor.url,
    tuf: { mirror: tuf.mirror, root: tuf.root },
  };
  layer = registry.putBlob('acme/app', Buffer.from('hello layer'));
  // What two of the commands read.
  await run('verify', image, ...signer, '--capsule', at('capsule.json'));
  writeFileSync(at('entry.json'), (await run('rekor', 'get', '1', '-o', 'json')).stdout);
});
afterAll(async () => {
  await Promise.all([registry.close(), rekor.close(), rekor2.close(), tuf[Symbol.asyncDispose]()]);
  rmSync(folder, { recursive: true });
});

const POLICY = `version: 1
signedBy:
  issuer: https://accounts.google.com
  subject: dev@acme.test
`;

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const streams = { stdout: (text: string) => void (stdout += text), stderr: (text: string) => void (stderr += text) };
  const code = await runWith(defaults, argv, streams);
  return { code, stdout, stderr };
}

interface Line {
  readonly words: () => readonly string[];
  readonly code?: number;
  readonly says: RegExp;
}

const LINES: Readonly<Record<string, Line>> = {
  verify: { words: () => [image, ...signer], says: /^VERIFIED / },
  'verify-attestation': { words: () => [image, ...signer], says: /^VERIFIED / },
  'verify-blob': {
    words: () => [at('app.tgz'), '--bundle', at('app.sigstore.json'), ...signer],
    says: /^VERIFIED /,
  },
  'fleet scan': { words: () => [at('images.txt'), '--policy-map', at('fleet.yaml')], says: /^VERIFIED / },
  'fleet worker': { words: () => ['--policy-map', at('fleet.yaml')], code: 2, says: /^$/ },
  'fleet status': { words: () => [], code: 2, says: /^$/ },
  inspect: { words: () => [image], says: /proven[^]*dev@acme\.test/ },
  triangulate: { words: () => [image], says: /\.sig/ },
  'gate init': { words: () => [at('compose.yaml')], says: /subject: dev@acme\.test/ },
  'gate lint': { words: () => [at('map.yaml')], says: /^0 findings$/m },
  tree: { words: () => [image], says: /Supply Chain Security/ },
  claims: { words: () => [image], says: /: proven\n[^]*dev@acme\.test/ },
  manifest: { words: () => [image], says: /"schemaVersion": ?2/ },
  blob: { words: () => [`${registry.host}/acme/app@${layer}`], says: /^hello layer$/ },
  'download attestation': { words: () => [image], says: /^\{.*"payloadType"/ },
  'download sbom': { words: () => [image], code: 10, says: /^$/ },
  'download signature': { words: () => [image], says: /^\{"Base64Signature":"[^"]+","Payload":"[^"]+"/ },
  'trusted-root show': { words: () => [], says: /certificate authorities\n.*profile fulcio/ },
  'trusted-root fetch': { words: () => [], says: /"mediaType":/ },
  'policy test': { words: () => [at('policy.yaml'), at('capsule.json')], says: /^ACCEPTED / },
  replay: { words: () => [at('capsule.json')], code: 15, says: /VERIFIED / },
  explain: { words: () => [], says: /^log-missing$/m },
  completion: { words: () => ['bash'], says: /complete -o default -F _sigtrail sigtrail/ },
  help: { words: () => [], says: /^Usage: sigtrail / },
  'policy lint': { words: () => [at('policy.yaml')], says: /^0 findings$/m },
  'policy import': {
    words: () => ['cosign', '--', 'verify', ...signer, 'ghcr.io/acme/app:v1'],
    says: /subject: "dev@acme\.test"/,
  },
  'rekor loginfo': { words: () => [], says: /signed by a trusted key/ },
  'rekor get': { words: () => ['1'], says: /✓ Log index +1/ },
  'rekor search': { words: () => ['--email', 'dev@acme.test'], says: /^✓1 /m },
  'rekor track': { words: () => [image], says: /in log and registry/ },
  'rekor timeline': { words: () => [`${registry.host}/acme/app`], says: /proven-identity/ },
  'rekor watch': { words: () => ['--state', at('state'), image], code: 10, says: /first seen entry 1/ },
  'rekor acknowledge': { words: () => ['none', '--state', at('state')], code: 2, says: /^$/ },
  'rekor verify': { words: () => [at('entry.json')], says: /^PROVEN entry 1/ },
};

function leavesOf(command: Command, path: readonly string[] = []): readonly string[] {
  if (command.commands.length === 0) return [path.join(' ')];
  return command.commands.flatMap((one) => leavesOf(one, [...path, one.name()]));
}

describe('every command without an optional flag', () => {
  it('has a line here', async () => {
    const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);
    expect(leavesOf(program).toSorted()).toEqual(Object.keys(LINES).toSorted());
  });

  it.each(Object.entries(LINES))('%s answers', async (name, { words, code = 0, says }) => {
    const { stdout, ...answer } = await run(...name.split(' '), ...words());
    expect({ code: answer.code, stdout, stderr: answer.stderr }).toMatchObject({
      code,
      stdout: expect.stringMatching(says),
    });
    expect(answer.stderr).not.toMatch(/Error|undefined|\n {4}at /);
  });
});

describe('the public defaults', () => {
  it('are the public-good log and the snapshot that comes with the package', async () => {
    expect(PUBLIC_DEFAULTS).toEqual({ rekorUrl: 'https://rekor.sigstore.dev' });
    let text = '';
    const print = (printed: string): void => void (text += printed);
    // The snapshot is read, and does not know the keys of this log.
    expect(await main(['rekor', 'get', '1', '--rekor-url', rekor.url], { stdout: print, stderr: print })).toBe(30);
    expect(await main(['rekor', 'verify', at('entry.json')], { stdout: print, stderr: print })).toBe(12);
    expect(text).toContain('trusted');
  });
});
