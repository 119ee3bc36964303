import { createHash } from 'node:crypto';
import { createSigstore, type FakeSigstore, generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { acceptedSignature } from '../../src/report/build-report.ts';
import { isSigtrailError } from '../../src/error.ts';
import { establishSafely } from '../../src/establish/establish-safely.ts';
import { parseCosignLayer } from '../../src/evidence/cosign-layer.ts';
import { FormatError } from '../../src/evidence/format-error.ts';
import { decideOne } from '../../src/decide/decide-one.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { keysOf } from '../../src/policy/resolve-rules.ts';
import type { AcceptedSignature, CandidateReport } from '../../src/report/report.ts';
import { createTrustProvider } from '../../src/trust/load-trust.ts';
import { type BundlePolicy, verifyBundle } from '../../src/verify-bundle.ts';

/** What came of judging bytes: accepted, or refused with a typed code. Anything else is thrown. */
export type Outcome = { readonly accepted: AcceptedSignature } | { readonly code: string };

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

/** One specimen of every signed thing: bundles of each version, content, signer and log; `.sig` layers; trusted roots. */
export async function createSpecimens(): Promise<readonly Specimen[]> {
  const sigstore = await createSigstore({ now });
  const trust = JSON.stringify(sigstore.trustedRoot());
  const signer = await sigstore.issueCertificate();
  const key = generateKeyPair('p256');
  const keyPolicy: BundlePolicy = { signedBy: { key: key.spki } };
  const statement = { imageDigest: digest, annotations: { channel: 'stable' } };
  const bundles: readonly (readonly [string, object, BundlePolicy])[] = [
    ['bundle v0.3', sigstore.signBundle({ statement, signer }), identity],
    ['bundle v0.3 message', sigstore.signBundle({ content: 'message', artifact, signer }), identity],
    ['bundle v0.2', sigstore.signBundle({ statement, signer, version: '0.2' }), identity],
    ['bundle v0.1', sigstore.signBundle({ statement, signer, version: '0.1' }), identity],
    [
      'bundle v0.3 Rekor v2 and timestamp',
      sigstore.signBundle({ statement, signer, logs: [sigstore.rekor2] }),
      identity,
    ],
    [
      'bundle v0.3 both logs and timestamp',
      sigstore.signBundle({
        content: 'message',
        artifact,
        signer,
        logs: [sigstore.rekor, sigstore.rekor2],
        timestamps: [sigstore.tsa],
      }),
      identity,
    ],
    ['bundle v0.3 key', sigstore.signBundle({ statement, signer: key }), keyPolicy],
  ];
  return [
    ...bundles.map(([name, bundle, policy]) => ({
      name,
      text: JSON.stringify(bundle),
      judge: (text: string) => judgeBundle(text, policy, trust),
    })),
    ...bundles
      .slice(0, 6)
      .filter((_, index) => index % 2 === 0)
      .map(([name, bundle, policy]) => ({
        name: `trusted root of ${name}`,
        text: trust,
        judge: (text: string) => judgeBundle(JSON.stringify(bundle), policy, text),
      })),
    ...(await layers(sigstore, trust)),
  ];
}

async function judgeBundle(bundle: string, policy: BundlePolicy, trust: string): Promise<Outcome> {
  try {
    const { signature } = await verifyBundle(
      bundle,
      artifact,
      policy,
      { trust: { json: trust }, now: () => now },
      { stockJudge: 'off' },
    );
    return { accepted: signature };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

async function layers(sigstore: FakeSigstore, trust: string): Promise<readonly Specimen[]> {
  const signer = await sigstore.issueCertificate();
  const key = generateKeyPair('p256');
  const plain = sigstore.signImageLegacy({ imageDigest: digest, signer, annotations: { channel: 'stable' } });
  const stamped = sigstore.signImageLegacy({ imageDigest: digest, signer, timestamp: true });
  const byKey = sigstore.signImageLegacy({ imageDigest: digest, signer: key });
  const root = await createTrustProvider({ json: trust })(now);
  const specimen = (name: string, layer: typeof plain, policy: BundlePolicy): Specimen => {
    const parsed = parsePolicy(policy);
    return {
      name,
      // The payload is bytes in a registry: as base64 it is mutated like every other part, but no spelling of it can be refused.
      text: JSON.stringify({ payload: layer.payload.toString('base64'), annotations: layer.layer.annotations }),
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
          const facts = establishSafely(candidate, {
            subject: { kind: 'image', digest, manifest: artifact },
            trust: root.root,
            keys: keysOf(parsed),
            now,
            legacyTimestamps: 'use',
            stockJudge: 'off',
          });
          if ('unreadable' in facts) return { code: facts.unreadable.code };
          const decision = await decideOne(facts, parsed, { now, reference: digest });
          const accepted = decision.accepted ? acceptedSignature(facts) : undefined;
          if (accepted !== undefined) return { accepted };
          return { code: decision.checks.find(({ status }) => status === 'failed')?.code ?? 'refused' };
        } catch (error) {
          return { code: codeOf(error) };
        }
      },
    };
  };
  return [
    specimen('.sig layer', plain, identity),
    specimen('.sig layer with timestamp', stamped, identity),
    specimen('.sig layer by key', byKey, { signedBy: { key: key.spki } }),
  ];
}

/** The code of a refusal of ours; whatever else was thrown is a finding. */
function codeOf(error: unknown): string {
  if (error instanceof FormatError) return error.code;
  // The layer as a whole is JSON only in this test.
  if (error instanceof SyntaxError || (error instanceof TypeError && !('code' in error))) return 'not-a-layer';
  if (!isSigtrailError(error)) throw error;
  const { report } = error as { readonly report?: CandidateReport };
  const because = report?.refusedBecause ?? error.code;
  if (because === 'internal-error') throw error;
  return because;
}
