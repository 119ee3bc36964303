import { createHash } from 'node:crypto';
import {
  type BundleOptions,
  type CertificateOptions,
  createSigstore,
  type FakeSigstore,
  type Signer,
  type StatementOptions,
} from '@sigtrail/testing';
import { establishSafely } from '../src/establish/establish-safely.ts';
import { createSignatures } from '../src/establish/signatures.ts';
import type { CandidateFacts } from '../src/establish/facts.ts';
import { parseBundle } from '../src/evidence/bundle.ts';
import { createCallbackRunner } from '../src/policy/callback.ts';
import { decide } from '../src/decide/decide.ts';
import type { ImageDecision } from '../src/decide/decision.ts';
import type { DecisionCandidate } from '../src/decide/evaluation.ts';
import { parsePolicy } from '../src/policy/parse-policy.ts';
import type { ImagePolicy } from '../src/policy/policy.ts';
import { keysOf } from '../src/policy/resolve-rules.ts';
import { createTrustProvider } from '../src/trust/load-trust.ts';

export const now = new Date('2026-03-01T12:00:00Z');
const manifest = Buffer.from('{"manifest":"of the image"}');
export const imageDigest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

/** One signature of the image, as a bundle. */
export interface SignedBy {
  readonly certificate?: CertificateOptions;
  readonly signer?: Signer;
  readonly statement?: Partial<StatementOptions>;
  readonly sign?: Partial<Omit<BundleOptions, 'signer' | 'content'>> & { readonly statement?: Uint8Array };
}

/** A Sigstore, and policies asked about what it signed: real signatures, no registry. */
export interface PolicyWorld {
  readonly sigstore: FakeSigstore;
  sign(how: SignedBy): Promise<object>;
  decide(
    policy: ImagePolicy,
    bundles: readonly object[],
    world?: {
      readonly complete?: Partial<Record<'signatures' | 'attestations', boolean>>;
      readonly now?: Date;
      readonly signal?: AbortSignal;
    },
  ): Promise<ImageDecision>;
}

export async function createPolicyWorld(): Promise<PolicyWorld> {
  const sigstore = await createSigstore({ now });
  const trust = await createTrustProvider({ json: JSON.stringify(sigstore.trustedRoot()) })(now);
  const facts = async (bundle: object, id: string, policy: ImagePolicy, at: Date): Promise<DecisionCandidate> => {
    const candidate = { id, format: 'sigstore-bundle', carrier: 'given', ...parseBundle(bundle) } as const;
    const established: CandidateFacts | DecisionCandidate = await establishSafely(candidate, {
      subject: { kind: 'image', digest: imageDigest, manifest },
      trust: trust.root,
      keys: keysOf(parsePolicy(policy)),
      now: at,
      legacyTimestamps: 'use',
      secondJudge: 'off',
      require: [],
      signatures: createSignatures(),
    });
    return established;
  };
  return {
    sigstore,
    async sign({ certificate, signer, statement, sign }) {
      return sigstore.signBundle({
        ...sign,
        statement: { imageDigest, ...statement },
        signer: signer ?? (await sigstore.issueCertificate(certificate ?? {})),
      });
    },
    async decide(policy, bundles, { complete, now: at = now, signal } = {}) {
      return decide(parsePolicy(policy), {
        reference: `registry.test/acme/app@${imageDigest}`,
        digest: imageDigest,
        candidates: await Promise.all(bundles.map(async (bundle, index) => facts(bundle, String(index), policy, at))),
        complete: { signatures: true, attestations: true, ...complete },
        now: at,
        callbacks: createCallbackRunner({
          now: at,
          reference: `registry.test/acme/app@${imageDigest}`,
          ...(signal === undefined ? {} : { signal }),
        }),
      });
    },
  };
}
