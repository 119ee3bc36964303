import { createHash } from 'node:crypto';
import { createSigstore, type FakeSigstore, generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { acceptedSignature } from '../../src/report/build-report.ts';
import { isSigtrailError } from '../../src/error.ts';
import { establishSafely } from '../../src/establish/establish-safely.ts';
import { createSignatures } from '../../src/establish/signatures.ts';
import { parseCosignLayer } from '../../src/evidence/cosign-layer.ts';
import { FormatError } from '../../src/evidence/format-error.ts';
import { decideOne } from '../../src/decide/decide-one.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../../src/policy/resolve-rules.ts';
import { createSecondJudge } from '../../src/second-judge/second-judge.ts';
import type { AcceptedSignature, Check } from '../../src/report/report.ts';
import { createTrustProvider } from '../../src/trust/load-trust.ts';
import { type BundlePolicy, verifyBundle } from '../../src/verify-bundle.ts';

/** What came of judging bytes: accepted, or refused with a typed code. Anything else is thrown. */
export type Outcome = ({ readonly accepted: AcceptedSignature } | { readonly code: string }) & {
  /** What was found out on the way; none of bytes that could not be read. */
  readonly checks: readonly Check[];
};

/** Something signed, as a JSON document of all its parts, and how to judge it. */
export interface Specimen {
  readonly name: string;
  readonly text: string;
  readonly judge: (text: string) => Promise<Outcome>;
}

const artifact = Buffer.from('the artifact');
const hex = createHash('sha256').update(artifact).digest('hex');
const digest = `sha256:${hex}` as const;
const now = new Date('2026-03-01T12:00:00Z');
const identity: BundlePolicy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };

/** What is mutated, and the keys and trust that it verifies under: plain JSON, so that it can be kept. */
export interface MintedSpecimens {
  readonly trust: string;
  readonly bundles: readonly MintedSpecimen[];
  readonly layers: readonly MintedSpecimen[];
}

interface MintedSpecimen {
  readonly name: string;
  readonly text: string;
  /** Base64 SPKI, where a key signed. */
  readonly key?: string;
}

/** Leaves the second judge out unless it is named, so that our own checks are alone with what was mutated. */
type Judges = 'ours' | 'both';

/** One specimen of every signed thing: bundles of each version, content, signer and log; `.sig` layers; trusted roots. */
export async function createSpecimens(minted?: MintedSpecimens, judges: Judges = 'ours'): Promise<readonly Specimen[]> {
  const { trust, bundles, layers } = minted ?? (await mintSpecimens());
  return [
    ...bundles.map(({ name, text: bundle, key }) => ({
      name,
      text: bundle,
      judge: async (text: string) => evaluateBundle(text, policyOf(key), trust, judges),
    })),
    ...bundles
      .slice(0, 6)
      .filter((_, index) => index % 2 === 0)
      .map(({ name, text: bundle, key }) => ({
        name: `trusted root of ${name}`,
        text: trust,
        judge: async (text: string) => evaluateBundle(bundle, policyOf(key), text, judges),
      })),
    ...(await layerSpecimens(layers, trust, judges)),
  ];
}

/** Signs them, with fresh keys. */
export async function mintSpecimens(): Promise<MintedSpecimens> {
  const sigstore = await createSigstore({ now });
  const signer = await sigstore.issueCertificate();
  const key = generateKeyPair('p256');
  const statement = { imageDigest: digest, annotations: { channel: 'stable' } };
  const { rekor, rekor2, tsa } = sigstore;
  const bundles: readonly (readonly [string, object])[] = [
    ['bundle v0.3', sigstore.signBundle({ statement, signer })],
    ['bundle v0.3 message', sigstore.signBundle({ content: 'message', artifact, signer })],
    ['bundle v0.2', sigstore.signBundle({ statement, signer, version: '0.2' })],
    ['bundle v0.1', sigstore.signBundle({ statement, signer, version: '0.1' })],
    ['bundle v0.3 Rekor v2 and timestamp', sigstore.signBundle({ statement, signer, logs: [rekor2] })],
    [
      'bundle v0.3 both logs and timestamp',
      sigstore.signBundle({ content: 'message', artifact, signer, logs: [rekor, rekor2], timestamps: [tsa] }),
    ],
  ];
  return {
    trust: JSON.stringify(sigstore.trustedRoot()),
    bundles: [
      ...bundles.map(([name, bundle]) => ({ name, text: JSON.stringify(bundle) })),
      {
        name: 'bundle v0.3 key',
        text: JSON.stringify(sigstore.signBundle({ statement, signer: key })),
        key: Buffer.from(key.spki).toString('base64'),
      },
    ],
    layers: await mintLayers(sigstore),
  };
}

async function mintLayers(sigstore: FakeSigstore): Promise<readonly MintedSpecimen[]> {
  const signer = await sigstore.issueCertificate();
  const key = generateKeyPair('p256');
  const { signImageLegacy: sign } = sigstore;
  // The payload is bytes in a registry: as base64 it is mutated like every other part, but no spelling of it can be refused.
  const textOf = ({ payload, layer }: ReturnType<FakeSigstore['signImageLegacy']>): string =>
    JSON.stringify({ payload: payload.toString('base64'), annotations: layer.annotations });
  return [
    { name: '.sig layer', text: textOf(sign({ imageDigest: digest, signer, annotations: { channel: 'stable' } })) },
    { name: '.sig layer with timestamp', text: textOf(sign({ imageDigest: digest, signer, timestamp: true })) },
    {
      name: '.sig layer by key',
      text: textOf(sign({ imageDigest: digest, signer: key })),
      key: Buffer.from(key.spki).toString('base64'),
    },
  ];
}

function policyOf(key: string | undefined): BundlePolicy {
  return key === undefined ? identity : { signedBy: { key: Buffer.from(key, 'base64') } };
}

async function evaluateBundle(bundle: string, policy: BundlePolicy, trust: string, judges: Judges): Promise<Outcome> {
  try {
    const { signature, report } = await verifyBundle(bundle, artifact, policy, {
      trust: { json: trust },
      now: () => now,
      secondJudge: judges === 'both' ? 'on' : 'off',
    });
    return { accepted: signature, checks: report.checks };
  } catch (error) {
    const candidate = isSigtrailError(error) ? error.candidate : undefined;
    return { code: codeOf(error), checks: candidate?.checks ?? [] };
  }
}

async function layerSpecimens(
  layers: readonly MintedSpecimen[],
  trust: string,
  judges: Judges,
): Promise<readonly Specimen[]> {
  const secondJudge = judges === 'both' ? createSecondJudge() : 'off';
  const root = await createTrustProvider({ json: trust })(now);
  return layers.map(({ name, text: layer, key }) => {
    const parsed = parsePolicy(policyOf(key));
    return {
      name,
      text: layer,
      judge: async (text) => {
        try {
          const { payload, annotations } = JSON.parse(text) as { payload: string; annotations: Record<string, string> };
          const strings = Object.fromEntries(
            Object.entries(annotations).filter(([, value]) => typeof value === 'string'),
          );
          const candidate = {
            id: 'layer',
            format: 'cosign-signature',
            carrier: 'given',
            ...parseCosignLayer(Buffer.from(String(payload), 'base64'), strings),
          } as const;
          const facts = await establishSafely(candidate, {
            subject: { kind: 'image', digest, manifest: artifact },
            trust: root.root,
            keys: keysOf(parsed),
            now,
            legacyTimestamps: 'use',
            secondJudge,
            require: judges === 'both' ? requirementsOf(parsed) : [],
            signatures: createSignatures(),
          });
          if ('unreadable' in facts) return { code: facts.unreadable.code, checks: [] };
          const decision = await decideOne(facts, parsed, { now, reference: digest });
          const accepted = decision.accepted ? acceptedSignature(facts) : undefined;
          const { checks } = decision;
          if (accepted !== undefined) return { accepted, checks };
          return { code: checks.find(({ status }) => status === 'failed')?.code ?? 'refused', checks };
        } catch (error) {
          return { code: codeOf(error), checks: [] };
        }
      },
    };
  });
}

/** The code of a refusal of ours; whatever else was thrown is a finding. */
function codeOf(error: unknown): string {
  if (error instanceof FormatError) return error.code;
  // The layer as a whole is JSON only in this test.
  if (error instanceof SyntaxError || (error instanceof TypeError && !('code' in error))) return 'not-a-layer';
  if (!isSigtrailError(error)) throw error;
  const because = error.candidate?.refusedBecause ?? error.code;
  if (because === 'internal-error') throw error;
  return because;
}
