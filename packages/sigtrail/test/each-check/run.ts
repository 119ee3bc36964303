import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { establishSafely } from '../../src/establish/establish-safely.ts';
import type { EstablishContext } from '../../src/establish/facts.ts';
import { createSignatures } from '../../src/establish/signatures.ts';
import { parseBundle } from '../../src/evidence/bundle.ts';
import type { Candidate } from '../../src/evidence/candidate.ts';
import { parseCosignLayer } from '../../src/evidence/cosign-layer.ts';
import { parseDsseLayer } from '../../src/evidence/dsse-layer.ts';
import { COSIGN_SIGN_PREDICATE } from '../../src/evidence/statement.ts';
import { createCallbackRunner } from '../../src/policy/callback.ts';
import { decide } from '../../src/decide/decide.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../../src/policy/resolve-rules.ts';
import { createSecondJudge } from '../../src/second-judge/second-judge.ts';
import type { SecondJudgement } from '../../src/report/report.ts';
import { createTrustProvider } from '../../src/trust/load-trust.ts';
import { artifact, digest, identity, mint, now } from '../attempt.ts';
import type { Asked, Case } from './asked.ts';
import { EVIDENCE_CASES } from './evidence-cases.ts';
import { PARTY_CASES } from './party-cases.ts';
import { POLICY_CASES } from './policy-cases.ts';
import { TIME_CASES } from './time-cases.ts';

/** Every check, with something that is accepted but for it. */
export const CASES: readonly Case[] = [...EVIDENCE_CASES, ...TIME_CASES, ...PARTY_CASES, ...POLICY_CASES];

/** A verdict, the codes of what failed or could not be told, and what the second judge said. */
export interface Verdict {
  readonly accepted: boolean;
  readonly failed: readonly string[];
  readonly secondJudge: SecondJudgement;
}

/** What the verifier says of one case, with all its checks and with the case's own taken out. */
export interface CheckedCase {
  readonly code: string;
  readonly what: string;
  readonly whole: Verdict;
  readonly without: Verdict;
}

/** Judges one case with the second judge off. */
export async function runCase([code, what, make]: Case, sigstore: FakeSigstore): Promise<CheckedCase> {
  const judge = await prepare(await make(sigstore), sigstore);
  return { code, what, whole: await judge(new Set()), without: await judge(new Set([code])) };
}

/** What the second judge says with the case's own check taken out: it alone is left to refuse it. */
export async function askSecondJudge([code, , make]: Case, sigstore: FakeSigstore): Promise<SecondJudgement> {
  const judge = await prepare(await make(sigstore), sigstore, createSecondJudge());
  return (await judge(new Set([code]))).secondJudge;
}

/** Does removing the check, and only it, change the verdict? */
export function isNeeded({ code, whole, without }: CheckedCase): boolean {
  return !whole.accepted && whole.failed.includes(code) && without.accepted;
}

/** All of them. */
export async function* runEachCheck(): AsyncGenerator<CheckedCase> {
  const sigstore = await createSigstore({ now });
  for (const one of CASES) yield await runCase(one, sigstore);
}

async function prepare(
  asked: Asked,
  sigstore: FakeSigstore,
  secondJudge: EstablishContext['secondJudge'] = 'off',
): Promise<(without: ReadonlySet<string>) => Promise<Verdict>> {
  const { policy: wanted = { signedBy: identity }, ...made } = asked;
  const policy = parsePolicy(wanted);
  const { candidate, trustJson } = await signed(made, sigstore);
  const at = made.now ?? now;
  const trust = await createTrustProvider({ json: trustJson })(at);
  const signatures = createSignatures();
  return async (withoutChecks) => {
    const facts = await establishSafely(made.read?.(candidate) ?? candidate, {
      subject: { kind: 'artifact', bytes: artifact },
      trust: trust.root,
      keys: keysOf(policy),
      now: at,
      legacyTimestamps: 'use',
      acceptTrustedRootInBundle: policy.acceptTrustedRootInBundle,
      secondJudge,
      require: requirementsOf(policy),
      ...made.context,
      withoutChecks,
      signatures,
    });
    if ('unreadable' in facts) {
      const secondJudge = { verdict: 'not-asked', reason: 'it could not be read' } as const;
      return { accepted: false, failed: [facts.unreadable.code], secondJudge };
    }
    const { outcome, decisions } = await decide(policy, {
      reference: digest,
      digest,
      candidates: [facts],
      complete: { signatures: true, attestations: true },
      now: at,
      callbacks: createCallbackRunner({ now: at, reference: digest }),
      withoutChecks,
    });
    const failed = (decisions[0]?.checks ?? [])
      .filter(({ status }) => status === 'failed' || status === 'indeterminate')
      .map(({ code }) => code);
    return { accepted: outcome.status === 'satisfied', failed, secondJudge: facts.secondJudge };
  };
}

async function signed(
  made: Asked,
  sigstore: FakeSigstore,
): Promise<{ readonly candidate: Candidate; readonly trustJson: string }> {
  const signer = made.signer ?? (await sigstore.issueCertificate(made.certificate ?? {}));
  const { bundle, trust } = await mint(sigstore, { ...made, signer });
  const trustJson = JSON.stringify(trust);
  const origin = { id: 'candidate', carrier: 'given' } as const;
  if (made.layer !== undefined) {
    const { payload, layer } = sigstore.signImageLegacy({ imageDigest: digest, signer, ...made.layer });
    const read = parseCosignLayer(payload, layer.annotations ?? {});
    return { candidate: { ...origin, format: 'cosign-signature', ...read }, trustJson };
  }
  if (made.attestation !== undefined) {
    const statement = { imageDigest: digest, predicateType: COSIGN_SIGN_PREDICATE };
    const { payload, layer } = sigstore.signAttestationLegacy({ statement, signer, ...made.attestation });
    const [read] = parseDsseLayer(payload, layer.annotations ?? {});
    if (read === undefined) throw new Error('an envelope without signatures');
    return { candidate: { ...origin, format: 'cosign-attestation', ...read }, trustJson };
  }
  const document = made.message === true ? sigstore.signBundle({ content: 'message', artifact, signer }) : bundle;
  if (made.message === true) made.edit?.(document);
  return { candidate: { ...origin, format: 'sigstore-bundle', ...parseBundle(document) }, trustJson };
}
