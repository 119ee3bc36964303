import { acceptedSignature } from '../report/build-report.ts';
import type { FaultCode } from '../report/codes.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import { statementOf } from '../evidence/statement-of.ts';
import { createRecorder } from '../establish/recorder.ts';
import { readAttestation } from '../attestation/read-attestation.ts';
import type { AcceptedSignature, CallbackAnswer, Check } from '../report/report.ts';
import type { CallbackRunner, ParsedCallback } from '../policy/callback.ts';
import { checkEvidence, checkIsAttestation, checkIsSignature, checkRule } from './check-rule.ts';
import type { leavesOf } from '../policy/parse-policy.ts';
import type { ParsedPredicate } from '../policy/predicate.ts';
import type { ParsedRule } from '../policy/parse-rule.ts';
import { validateWith } from '../policy/predicate.ts';
import { matchSlsa, readSlsaProvenance } from '../policy/slsa.ts';
import { matchVsa, VSA_TYPE } from '../policy/vsa.ts';
import { VerificationSummarySchema } from '../attestation/predicates/vsa.ts';
import { readVex, type VexStatement } from '../policy/vex.ts';
import { checkReleaseType } from './check-release.ts';

/** A leaf of a policy: the part that requires something of single signatures. */
export type ParsedLeaf = ReturnType<typeof leavesOf>[number];

/**
 * What one rule says about one candidate. `unasked`: a callback could not be asked, so neither the rule nor its negation holds. `malformed`: an attestation by
 * the right signer that can't be read, so it may say anything.
 */
export interface RuleAnswer {
  readonly answer: 'accepted' | 'refused' | 'unasked' | 'malformed';
  readonly checks: readonly Check[];
  readonly callbacks: readonly CallbackAnswer[];
  /** The facts that the rule was applied to: by the candidate's certificate, or by the key that the rule names. */
  readonly facts: CandidateFacts;
  readonly statements?: readonly VexStatement[];
}

/** What a decision needs besides the facts: no clock of its own. */
export interface RuleContext {
  readonly now: Date;
  readonly callbacks: CallbackRunner;
  /** Checks that tests leave out, by their codes; no option of the package sets this. */
  readonly withoutChecks?: ReadonlySet<string>;
}

/** Applies each rule of a leaf to one candidate: built-in checks first, the user's code only after all of them passed. */
export async function applyRule(
  candidate: CandidateFacts,
  leaf: ParsedLeaf,
  context: RuleContext,
): Promise<readonly RuleAnswer[]> {
  return Promise.all(
    leaf.rules.map(async (rule) => {
      const facts = rule.kind === 'key' ? (candidate.byKey ?? candidate) : candidate;
      const kind = createRecorder(context.withoutChecks);
      if ('types' in leaf) checkIsAttestation(facts, leaf.types, kind);
      else if (rule.kind === 'release') checkReleaseType(facts, kind);
      else checkIsSignature(facts, leaf, kind);
      const own = createRecorder(context.withoutChecks);
      checkRule(facts, rule, context.now, own);
      const evidence = createRecorder(context.withoutChecks);
      checkEvidence(facts, rule, leaf.require, evidence);
      // Without the key, no evidence can be tied to this signature: reporting evidence as missing would only repeat that the key is missing.
      const isKeyless = own.checks.some(({ status }) => status === 'indeterminate');
      // The second judge comes last: if our own checks find a reason too, theirs names the refusal, since it says more.
      const checks = [
        ...facts.checks.filter((one) => !isSecondJudge(one)),
        ...kind.checks,
        ...own.checks,
        ...(isKeyless ? [] : evidence.checks),
        ...facts.checks.filter(isSecondJudge),
      ];
      const signature = isProven(facts, checks) ? acceptedSignature(facts) : undefined;
      if (signature === undefined) return { answer: 'refused', checks, callbacks: [], facts };
      return askCode(facts, signature, leaf, rule, checks, context);
    }),
  );
}

function isSecondJudge({ check }: Check): boolean {
  return check === 'second-judge';
}

/** At least one signature check passed, and none failed or stayed open: absence of failure is not enough. */
export function isProven(facts: CandidateFacts, checks: readonly Check[]): boolean {
  return (
    facts.signer !== undefined &&
    facts.checks.some(({ check, status }) => check === 'signature' && status === 'passed') &&
    checks.every(({ status }) => status === 'passed' || status === 'skipped')
  );
}

async function askCode(
  facts: CandidateFacts,
  signature: AcceptedSignature,
  leaf: ParsedLeaf,
  rule: ParsedRule,
  checks: readonly Check[],
  { callbacks, withoutChecks }: RuleContext,
): Promise<RuleAnswer> {
  const record = createRecorder(withoutChecks);
  let isMalformed = false;
  const answers: CallbackAnswer[] = [];
  const ask = async (
    callback: ParsedCallback,
    scope: 'accept' | 'predicate',
    about: unknown,
    extras: object,
  ): Promise<void> => {
    const answer = await callbacks.ask(callback, { scope, candidate: facts.candidate.id }, about, extras);
    answers.push(answer);
    recordAnswer(answer, record);
  };
  // If a predicate does not have the shape of its type, two readers could understand it differently, so it counts for nothing.
  const attestation = leaf.kind === 'attested' ? readAttestation(facts) : undefined;
  const predicate = leaf.kind === 'attested' ? (leaf.predicate ?? usualPredicate(facts)) : undefined;
  if (attestation !== undefined && 'malformed' in attestation) {
    const message = `the predicate does not have the shape of its type: ${attestation.malformed}`;
    // An unreadable document by a trusted signer may say anything.
    isMalformed = record.fail('predicate', 'predicate-malformed', message);
  } else if (predicate !== undefined)
    await checkPredicate(predicate, facts, record, async (callback, predicate) =>
      ask(callback, 'predicate', predicate, { signature }),
    );
  const vex = leaf.kind === 'vex' ? readVex(statementOf(facts.candidate)?.predicate) : undefined;
  if (vex !== undefined && 'malformed' in vex)
    isMalformed = record.fail('predicate', 'predicate-malformed', `not an OpenVEX document: ${vex.malformed}`);
  if (rule.accept !== undefined && record.checks.every(({ status }) => status === 'passed'))
    await ask(rule.accept, 'accept', signature, {});
  const has = (wanted: Check['status']): boolean => record.checks.some(({ status }) => status === wanted);
  return {
    answer: isMalformed ? 'malformed' : has('failed') ? 'refused' : has('indeterminate') ? 'unasked' : 'accepted',
    checks: [...checks, ...record.checks],
    callbacks: answers,
    facts,
    ...(vex === undefined || 'malformed' in vex ? {} : { statements: vex }),
  };
}

/** A verification summary says how its verification ended: if the policy asks nothing else of it, it must have passed. */
function usualPredicate(facts: CandidateFacts): ParsedPredicate | undefined {
  return statementOf(facts.candidate)?.predicateType === VSA_TYPE ? { kind: 'vsa', vsa: { levels: [] } } : undefined;
}

async function checkPredicate(
  wanted: ParsedPredicate,
  facts: CandidateFacts,
  record: ReturnType<typeof createRecorder>,
  ask: (callback: ParsedCallback, predicate: unknown) => Promise<void>,
): Promise<void> {
  const statement = statementOf(facts.candidate);
  switch (wanted.kind) {
    case 'callback':
      await ask(wanted.callback, statement?.predicate);
      return;
    case 'schema':
      // A schema may run the user's code (`refine`), so it is asked like a callback: with a deadline, and recorded.
      await ask(
        {
          name: `${wanted.schema['~standard'].vendor} schema`,
          timeoutMs: 5000,
          run: async (predicate) => validateWith(wanted.schema, predicate),
        },
        statement?.predicate,
      );
      return;
    case 'slsa': {
      const provenance = readSlsaProvenance(statement?.predicateType ?? '', statement?.predicate);
      const matched = 'malformed' in provenance ? undefined : matchSlsa(wanted.slsa, provenance);
      if ('malformed' in provenance)
        record.fail('predicate', 'predicate-malformed', `not SLSA provenance: ${provenance.malformed}`);
      else if (matched === true) record.pass('predicate', 'the provenance matches the policy');
      else
        record.fail(
          'predicate',
          'predicate-mismatch',
          `the provenance does not match the policy: ${matched?.denied ?? ''}`,
        );
      return;
    }
    case 'vsa': {
      const { predicateType, predicate } = statement ?? {};
      const summary = VerificationSummarySchema.safeParse(predicateType === VSA_TYPE ? predicate : undefined);
      const matched = summary.success ? matchVsa(wanted.vsa, summary.data) : undefined;
      if (matched === undefined)
        record.fail(
          'predicate',
          'predicate-malformed',
          `not a verification summary: ${predicateType ?? 'no statement'}`,
        );
      else if (matched === true) record.pass('predicate', 'the verification summary matches the policy');
      else
        record.fail(
          'predicate',
          'predicate-mismatch',
          `the verification summary does not match the policy: ${matched.denied}`,
        );
    }
  }
}

/** Records an answer. */
function recordAnswer(answer: CallbackAnswer, record: ReturnType<typeof createRecorder>): void {
  const check = answer.scope === 'predicate' ? 'predicate' : 'accept';
  const meaning = readAnswer(answer);
  const extras = { actual: answer.name };
  if (meaning.status === 'satisfied') record.pass(check, meaning.message, extras);
  else if (meaning.status === 'unknown') record.unknown(check, meaning.code, meaning.message, extras);
  else record.fail(check, meaning.code, meaning.message, extras);
}

type AnswerMeaning =
  | { readonly status: 'satisfied'; readonly message: string }
  | { readonly status: 'failed' | 'unknown'; readonly code: FaultCode; readonly message: string };

/** What an answer means. Code that failed or was too slow gave no answer: neither yes nor no. */
export function readAnswer({ scope, name, answer, reason = '' }: CallbackAnswer): AnswerMeaning {
  switch (answer) {
    case 'accepted':
      return { status: 'satisfied', message: `${name} accepts it` };
    case 'refused': {
      const code = scope === 'predicate' ? 'predicate-mismatch' : 'callback-refused';
      return { status: 'failed', code, message: `${name} refuses it: ${reason}` };
    }
    case 'threw':
      return { status: 'unknown', code: 'callback-threw', message: `${name} could not be asked: ${reason}` };
    case 'timed-out':
      return { status: 'unknown', code: 'callback-timeout', message: `${name} did not answer: ${reason}` };
  }
}

/**
 * How far a candidate is from satisfying a rule; 0 is accepted. First candidates that lack only an answer, then those of the right kind that rest on
 * good evidence, then the others of the right kind, then the rest; among equals, fewer failures.
 */
export function closeness({ answer, checks, facts: { checks: own } }: RuleAnswer): number {
  if (answer === 'accepted') return 0;
  const failed = checks.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return 1;
  if (failed.some(({ check }) => check === 'predicate-type')) return 30_000 + failed.length;
  const isGood = own.every(({ check, status }) => status !== 'failed' || check === 'second-judge');
  return (isGood ? 10_000 : 20_000) + failed.length;
}
