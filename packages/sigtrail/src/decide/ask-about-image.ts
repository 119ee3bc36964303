import type { CandidateFacts } from '../establish/facts.ts';
import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import type { VerifiedAttestation } from '../policy/callback.ts';
import { describeNode } from '../policy/describe-rule.ts';
import type { ParsedNode } from '../policy/parse-policy.ts';
import { acceptedSignature } from '../report/build-report.ts';
import type { AcceptedSignature, PolicyOutcome, PolicyReason, PolicyStatus } from '../report/report.ts';
import type { Evaluation, NodeResult } from './evaluation.ts';
import { statementOf } from '../evidence/statement-of.ts';
import { readAnswer } from './apply-rule.ts';

type AcceptImageNode = Extract<ParsedNode, { kind: 'accept-image' }>;

/** Asks the user's code about the whole set. `witnesses` are the candidates that the rest of the policy accepted. */
export async function askAboutImage(
  node: AcceptImageNode,
  witnesses: ReadonlySet<number>,
  { input, leaves, asked }: Evaluation,
): Promise<NodeResult> {
  const facts = {
    reference: input.reference,
    digest: input.digest,
    signatures: signaturesOf(witnesses, { input, leaves }),
    attestations: attestationsOf(witnesses, { input, leaves }),
    isComplete: input.complete.signatures && input.complete.attestations,
  };
  const answer = await input.callbacks.ask(node.callback, { scope: 'acceptImage' }, facts, {});
  asked.push(answer);
  const meaning = readAnswer(answer);
  if (meaning.status === 'satisfied') return imageResult(node, meaning.status, undefined);
  return imageResult(node, meaning.status, { code: meaning.code, message: meaning.message, candidates: [] });
}

/** Callbacks about the whole set can't make up for the rest of the policy, so they are not asked if it doesn't hold. */
export function leaveUnasked(node: AcceptImageNode): NodeResult {
  const message = `${node.callback.name} was not asked: the rest of the policy does not hold`;
  return imageResult(node, 'unknown', { code: 'not-asked', message, candidates: [] });
}

function imageResult(node: AcceptImageNode, status: PolicyStatus, why: PolicyReason | undefined): NodeResult {
  const outcome: PolicyOutcome = {
    path: node.path,
    kind: 'accept-image',
    label: describeNode(node),
    status,
    ...(why === undefined ? {} : { why }),
  };
  return { outcome, witnesses: new Set() };
}

type Answered = Pick<Evaluation, 'input' | 'leaves'>;

/** The candidates by which a policy holds, as callers get them. */
export function signaturesOf(witnesses: ReadonlySet<number>, answered: Answered): readonly AcceptedSignature[] {
  return acceptedBy(witnesses, answered).flatMap((facts) => acceptedSignature(facts) ?? []);
}

/** The facts that the witnesses were accepted for: by their certificate if that is enough for a rule, else by the key that a rule names. */
function acceptedBy(witnesses: ReadonlySet<number>, { input, leaves }: Answered): readonly CandidateFacts[] {
  return input.candidates.flatMap((one, index) => {
    if ('unreadable' in one || !witnesses.has(index)) return [];
    const accepted = [...leaves.values()]
      .flatMap((answers) => answers[index] ?? [])
      .filter(({ answer }) => answer === 'accepted')
      .map(({ facts }) => facts);
    return accepted.find((facts) => facts === one) ?? accepted[0] ?? [];
  });
}

function attestationsOf(witnesses: ReadonlySet<number>, answered: Answered): readonly VerifiedAttestation[] {
  return acceptedBy(witnesses, answered).flatMap((facts) => {
    const signature = acceptedSignature(facts);
    const statement = statementOf(facts.candidate);
    // cosign's own statement only says that the image is signed.
    return signature === undefined || statement === undefined || statement.predicateType === COSIGN_SIGN_PREDICATE
      ? []
      : [{ signature, predicateType: statement.predicateType, predicate: statement.predicate }];
  });
}
