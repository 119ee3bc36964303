import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

// Every recorded `cosign verify` line, run through the command with the word replaced. The recordings stay outside the repository;
// they are found beside the checkout or by name.
const FIXTURES = process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures');
const STACK = join(FIXTURES, 'local-stack');
const present = existsSync(STACK);
const required = process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1';

interface RecordedRun {
  readonly label: string;
  readonly tool: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface RecordedCase {
  readonly name: string;
  readonly registry: string;
  readonly layouts: Readonly<Record<string, string>>;
  readonly cosign: readonly RecordedRun[];
}

/** Where we answer otherwise than cosign, by case and label, and our exit code. */
const DIFFERENCES: Readonly<Record<string, number>> = {
  // An attestation does not count as a signature.
  'bundle-att: verify: attestations, but no signature': 12,
  'legacy-att: verify: there is no signature': 12,
  'mixed-sig-and-bundle-att: identity of the attestation, which is no signature': 12,
  'neg-attestation-as-signature: right policy': 12,
  // A bundle never hides a `.sig`.
  'mixed-sig-and-bundle-att: right policy': 0,
  // A log that has ended isn't trusted for entries without a time of their own.
  'bundle-keyless-rekor2: trusted root variant tlogs-ended': 12,
  // Keys that cosign can sign with and not verify.
  'bundle-key-ecdsa-p384: right policy': 0,
  'bundle-key-ecdsa-p521: right policy': 0,
  'bundle-key-ed25519: right policy': 0,
  'legacy-key-ecdsa-p384: right policy': 0,
  'legacy-key-ecdsa-p521: right policy': 0,
  'legacy-key-ed25519: right policy': 0,
  // A message signature over the image's manifest.
  'bundle-message-signature: right policy': 0,
  // cosign 2 panics.
  'neg-tsa-swapped-legacy: right policy': 12,
  // The key says its hash; cosign has to be told, and believes it.
  'bundle-key-ecdsa-p384: --signature-digest-algorithm sha512': 0,
  'bundle-key-ecdsa-p521: --signature-digest-algorithm sha384': 0,
  'bundle-key-ed25519: --signature-digest-algorithm sha384': 0,
  'bundle-key-ed25519: --signature-digest-algorithm sha512': 0,
  'legacy-key-ecdsa-p384: --signature-digest-algorithm sha512': 0,
  'legacy-key-ecdsa-p521: --signature-digest-algorithm sha384': 0,
  'legacy-key-ed25519: --signature-digest-algorithm sha384': 0,
  'legacy-key-ed25519: --signature-digest-algorithm sha512': 0,
  // A signature of another image is never a signature of this one.
  'neg-sig-from-other-image: claims not checked': 12,
  // An attestation is found beside a bundle, whatever its format.
  'mixed-bundle-sig-and-att: attestation in the .att': 0,
  // cosign finds nothing in a repository that COSIGN_REPOSITORY names.
  'alternate-repository-bundle: right policy': 0,
  // OCI 1.1 referrers are always looked at.
  'legacy-experimental-oci11: flag not given': 0,
};

const cases: readonly RecordedCase[] = present
  ? readdirSync(STACK)
      .filter((name) => existsSync(join(STACK, name, 'case.json')))
      .map((name) => JSON.parse(readFileSync(join(STACK, name, 'case.json'), 'utf8')) as RecordedCase)
  : [];

const registries = new Map<string, FakeRegistry>();

beforeAll(async () => {
  registries.set('127.0.0.1:5801', await startRegistry());
  registries.set('127.0.0.1:5802', await startRegistry({ referrersApi: false }));
  for (const { registry, name, layouts } of cases)
    for (const [repository, folder] of Object.entries(layouts))
      registries.get(registry)?.loadLayout(repository, join(STACK, name, folder));
});

afterAll(async () => {
  await Promise.all([...registries.values()].map(async (registry) => registry.close()));
});

/** The registries were recorded on fixed ports; ours have any free one. */
function toOurPorts(text: string): string {
  return [...registries].reduce((swapped, [recorded, { host }]) => swapped.replaceAll(recorded, host), text);
}

function toRecordedPorts(text: string): string {
  return [...registries].reduce((swapped, [recorded, { host }]) => swapped.replaceAll(host, recorded), text);
}

async function replay({
  args,
  env = {},
}: RecordedRun): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const toOurs = (word: string): string =>
    /^[\w-]+\/saved$|^trust\//.test(word) ? join(STACK, word) : toOurPorts(word);
  const words = args.filter((word, index) => word !== '-o' && args[index - 1] !== '-o').map(toOurs);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, toOurs(value));
  try {
    const code = await main([...words, '-o', 'cosign'], {
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
    });
    return { code, stdout: toRecordedPorts(stdout), stderr: toRecordedPorts(stderr) };
  } finally {
    vi.unstubAllEnvs();
  }
}

interface Element {
  readonly critical: { readonly type: string };
  readonly optional: Readonly<Record<string, unknown>> | null;
}

const LEGACY_TYPE = 'cosign container image signature';
const SIGN_TYPE = 'https://sigstore.dev/cosign/sign/v1';
const ADDITION = /^(?:Subject|Issuer|Bundle|githubWorkflow\w+|1\.3\.6\.1\.4\.1\.57264\.1\.\d+)$/;

/** What was printed, without what is documented as added for bundles; attestations that cosign took for signatures are left out. */
function signatures(stdout: string): readonly string[] {
  return (JSON.parse(stdout) as readonly Element[])
    .filter(({ critical }) => critical.type === LEGACY_TYPE || critical.type === SIGN_TYPE)
    .map((element) => {
      if (element.critical.type === LEGACY_TYPE) return JSON.stringify(element);
      const optional = Object.entries(element.optional ?? {}).filter(([name]) => !ADDITION.test(name));
      return JSON.stringify({ ...element, optional: Object.fromEntries(optional) });
    });
}

it.runIf(required)('has the recordings', () => {
  expect(present).toBe(true);
});

describe.skipIf(!present)('recorded cosign verify and verify-attestation lines (shared/fixtures/local-stack)', () => {
  it.each(cases.map((one) => [one.name, one.cosign] as const))(
    'answers %s',
    async (name, recorded) => {
      for (const run of recorded.filter(({ args }) => COMMANDS.includes(args[0] ?? ''))) {
        const title = `${name}: ${run.label} (${run.tool})`;
        const { code, stdout, stderr } = await replay(run);
        const expected = DIFFERENCES[`${name}: ${run.label}`] ?? run.exitCode;
        // cosign has one code for everything that goes wrong with bundles and attestations.
        const plain = expected === 1 && (code === 10 || code === 12) ? 1 : code;
        expect({ title, code: plain, last: code === 2 ? stderr : '' }).toEqual({ title, code: expected, last: '' });
        if (code !== 0) expect({ title, stdout }).toEqual({ title, stdout: '' });
        else if (run.exitCode === 0 && !run.args.includes('-o')) expectSameOutput(title, stdout, run);
      }
    },
    120_000,
  );

  it('asks them all', () => {
    const lines = cases.flatMap(({ cosign }) => cosign.filter(({ args }) => COMMANDS.includes(args[0] ?? '')));
    expect(lines.length).toBeGreaterThanOrEqual(432);
  });
});

const COMMANDS: readonly string[] = ['verify', 'verify-attestation'];

function expectSameOutput(title: string, stdout: string, run: RecordedRun): void {
  if (run.args[0] === 'verify-attestation') {
    const envelopes = (text: string): readonly string[] => text.trim().split('\n').toSorted();
    expect({ title, envelopes: envelopes(stdout) }).toEqual({ title, envelopes: envelopes(run.stdout) });
    return;
  }
  // What cosign prints of a saved bundle is empty.
  if (run.args.includes('--local-image') && title.startsWith('bundle')) return;
  const recorded = signatures(run.stdout);
  const isLegacy = recorded.every((element) => element.includes(`"type":"${LEGACY_TYPE}"`));
  // A `.sig` that a bundle hides from cosign.
  if (title.startsWith('mixed-both-signatures'))
    expect(signatures(stdout)).toEqual(expect.arrayContaining([...recorded]));
  // Nothing is added here, so it is the same text, byte for byte.
  else if (isLegacy) expect({ title, stdout }).toEqual({ title, stdout: run.stdout });
  // cosign 2 loses the annotations of a bundle.
  else if (!(run.tool.startsWith('cosign2') && title.startsWith('bundle-annotations')))
    expect({ title, all: signatures(stdout).toSorted() }).toEqual({ title, all: recorded.toSorted() });
}
