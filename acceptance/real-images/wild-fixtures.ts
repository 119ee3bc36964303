// Verifies the signatures of real images that others published, under the public-good trust root. Ends with `N passed, N failed`.
import { generateKeyPairSync } from 'node:crypto';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { type CandidateReport, type SignedByPolicy, isSigtrailError } from 'sigtrail';
import { reportCandidate, reportUnreadable } from '../../packages/sigtrail/src/report/build-report.ts';
import { establishSafely } from '../../packages/sigtrail/src/establish/establish-safely.ts';
import { createServices } from '../../packages/sigtrail/src/establish/services.ts';
import { parseCosignLayer } from '../../packages/sigtrail/src/evidence/cosign-layer.ts';
import { decideOne } from '../../packages/sigtrail/src/decide/decide-one.ts';
import { parsePolicy } from '../../packages/sigtrail/src/policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../../packages/sigtrail/src/policy/resolve-rules.ts';
import { createSecondJudge } from '../../packages/sigtrail/src/second-judge/second-judge.ts';
import { createTrustProvider } from '../../packages/sigtrail/src/trust/load-trust.ts';
import { openSession, type SessionOptions } from '../../packages/sigtrail/src/session.ts';
import { verifyBundleIn } from '../../packages/sigtrail/src/verify-bundle.ts';
import { verifierOf } from '../../packages/sigtrail/src/verifier.ts';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { candidatesOf, type Observe } from '../observe.ts';
import { digestOf, readWildFixtures, type WildFixture, type WildLayer } from './wild-fixture.ts';

/** One policy, applied to one fixture. */
export interface WildRow {
  readonly fixture: string;
  readonly run: string;
  /** `candidates`: the image's own manifest isn't published, so the signatures are judged without a registry around them. */
  readonly through: 'registry' | 'bundle' | 'candidates';
  readonly expected: 'verified' | 'refused';
  readonly actual: 'verified' | 'refused';
  readonly code: string;
  /** What the policy gives up, for signatures that were made without it. */
  readonly relaxed: string;
  readonly pass: boolean;
}

/** Asks each fixture for each of its signers, and for others who must be refused. */
export async function runWildFixtures(
  fixtures: string,
  settings: SessionOptions = {},
  observe: Observe<WildRow> = () => {},
): Promise<readonly WildRow[]> {
  const registry = await startRegistry();
  try {
    const rows: WildRow[] = [];
    for (const fixture of readWildFixtures(fixtures)) {
      const through = fixture.image !== undefined ? 'registry' : fixture.bundle !== undefined ? 'bundle' : 'candidates';
      if (through === 'registry') fill(registry, fixture);
      for (const { run, policy, expected } of questions(fixture)) {
        const { code, candidates } = await { registry: inRegistry, bundle: asBundle, candidates: asCandidates }[
          through
        ](fixture, policy, settings, registry);
        const actual = code === '' ? 'verified' : 'refused';
        const relaxed = Object.entries(policy.require ?? {})
          .map(([name, count]) => `require.${name} = ${count}`)
          .join(', ');
        const row = {
          fixture: fixture.name,
          run,
          through,
          expected,
          actual,
          code,
          relaxed,
          pass: actual === expected,
        } as const;
        rows.push(row);
        observe(row, candidates);
      }
    }
    return rows;
  } finally {
    await registry.close();
  }
}

interface WildQuestion {
  readonly run: string;
  readonly policy: SignedByPolicy;
  readonly expected: WildRow['expected'];
}

function questions({ signers, otherKeys }: WildFixture): readonly WildQuestion[] {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const refused = (
    run: string,
    signedBy: SignedByPolicy['signedBy'],
    require?: SignedByPolicy['require'],
  ): WildQuestion => ({
    run,
    policy: { signedBy, ...(require === undefined ? {} : { require }) },
    expected: 'refused',
  });
  return [
    ...signers.flatMap(({ label, rule, withoutLog }): readonly WildQuestion[] => {
      const require = withoutLog ? { require: { log: 0 } } : {};
      const right = { run: label, policy: { signedBy: rule, ...require }, expected: 'verified' } as const;
      if ('key' in rule)
        return [
          right,
          refused('another key', { key: stranger }, require.require),
          ...(withoutLog ? [refused(`${label}, log required`, rule)] : []),
        ];
      return [
        right,
        refused('another identity', { ...rule, subject: 'nobody@example.test' }),
        refused('another issuer', { ...rule, issuer: 'https://accounts.example.test' }),
        refused('a key instead of an identity', { key: stranger }),
      ];
    }),
    ...otherKeys.map(({ label, key }) => refused(`${label}, which did not sign`, { key }, { log: 0 })),
  ];
}

/** The code is empty when verified, else why not. */
interface Answer {
  readonly code: string;
  readonly candidates: readonly CandidateReport[];
}

type Ask = (
  fixture: WildFixture,
  policy: SignedByPolicy,
  settings: SessionOptions,
  registry: FakeRegistry,
) => Promise<Answer>;

const inRegistry: Ask = async ({ name, imageDigest }, policy, settings, registry) => {
  await using verifier = verifierOf(openSession({ ...settings, trust: { embedded: true } }));
  const report = await verifier.evaluate(`${registry.host}/${name}@${imageDigest}`, policy);
  const { candidates } = report;
  // `indeterminate` would be a fault of this harness, not a refusal.
  if (report.verdict === 'indeterminate')
    throw new Error(`${name}: ${report.problems.map(({ message }) => message).join('; ')}`);
  const code =
    report.verdict === 'verified'
      ? ''
      : [...new Set(candidates.map(({ refusedBecause }) => refusedBecause))].join(' ') || report.reason;
  return { code, candidates };
};

const asBundle: Ask = async ({ bundle, imageDigest }, policy, settings) => {
  const { legacyTimestamps: _, acceptAttestationsAsSignature: __, ...bundlePolicy } = policy;
  try {
    const session = openSession({ ...settings, trust: { embedded: true } });
    const subject = imageDigest as `sha256:${string}`;
    const { report } = await verifyBundleIn(session, bundle?.bytes ?? '', subject, bundlePolicy);
    return { code: '', candidates: [report] };
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return { code: error.candidate?.refusedBecause ?? error.code, candidates: candidatesOf(error) };
  }
};

const asCandidates: Ask = async (
  { layers, imageDigest },
  policy,
  { secondJudge = 'on', services = createServices() },
) => {
  const now = new Date();
  const parsed = parsePolicy(policy);
  const { root: trust } = await createTrustProvider({ embedded: true })(now);
  const keys = keysOf(parsed);
  const subject = { kind: 'image', digest: imageDigest, manifest: new Uint8Array() } as const;
  const established = await Promise.all(
    layers.map(async ({ payload, annotations }, index) => {
      const candidate = {
        id: String(index),
        format: 'cosign-signature',
        carrier: 'given',
        ...parseCosignLayer(payload, annotations),
      } as const;
      return establishSafely(candidate, {
        subject,
        trust,
        keys,
        now,
        legacyTimestamps: 'use',
        secondJudge: secondJudge === 'off' ? 'off' : createSecondJudge(),
        require: requirementsOf(parsed),
        ...services,
      });
    }),
  );
  const reports = await Promise.all(
    established.map(async (one) =>
      'unreadable' in one
        ? reportUnreadable(one)
        : reportCandidate(one, await decideOne(one, parsed, { now, reference: imageDigest }), {
            kind: 'given',
            name: 'fixture',
          }),
    ),
  );
  const code = reports.some(({ accepted }) => accepted)
    ? ''
    : [...new Set(reports.map(({ refusedBecause }) => refusedBecause))].join(' ');
  return { code, candidates: reports };
};

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Puts the image and its signatures where a registry would have them. */
function fill(registry: FakeRegistry, { name, image, imageDigest, layers, bundle }: WildFixture): void {
  if (image !== undefined) registry.putManifest(name, image, mediaTypeOf(image));
  if (layers.length > 0)
    registry.putManifest(
      name,
      signatureManifest(registry, name, layers),
      MANIFEST,
      `${imageDigest.replace(':', '-')}.sig`,
    );
  if (bundle?.manifest === undefined) return;
  registry.putBlob(name, bundle.bytes);
  registry.putManifest(name, bundle.manifest, MANIFEST);
}

function mediaTypeOf(manifest: Uint8Array): string {
  return (JSON.parse(Buffer.from(manifest).toString('utf8')) as { readonly mediaType?: string }).mediaType ?? MANIFEST;
}

function signatureManifest(registry: FakeRegistry, repository: string, layers: readonly WildLayer[]): Uint8Array {
  const config = Buffer.from('{}');
  registry.putBlob(repository, config);
  for (const { payload } of layers) registry.putBlob(repository, payload);
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length, digest: digestOf(config) },
      layers: layers.map(({ payload, annotations }) => ({
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        size: payload.length,
        digest: digestOf(payload),
        annotations,
      })),
    }),
  );
}

if (import.meta.main) {
  const rows = await runWildFixtures(fixturesDirectory(), {
    secondJudge: process.argv.includes('--second-judge-off') ? 'off' : 'on',
  });
  for (const { pass, fixture, run, through, actual, code, relaxed } of rows)
    console.log(
      `${pass ? 'ok  ' : 'FAIL'} ${fixture} · ${run} · ${through} → ${actual} ${code}${relaxed === '' ? '' : ` [${relaxed}]`}`,
    );
  const failed = rows.filter(({ pass }) => !pass).length;
  console.log(`${rows.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1;
}
