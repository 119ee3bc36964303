import { counted } from '@sigtrail/encoding';
import type { Check, PolicyReason, RefusedCandidate } from '../report/report.ts';
import { mayBeAttestation } from '../evidence/candidate.ts';
import { RELEASE_TYPES } from '../attestation/predicate-types.ts';
import { isUnresolved } from '../policy/resolve-rules.ts';
import type { DecisionCandidate, DecisionInput, LeafAnswers } from './evaluation.ts';
import { closeness, type ParsedLeaf, type RuleAnswer } from './apply-rule.ts';

/** A leaf of the policy, or one of its rules, with the answers about each candidate. */
export interface LeafView {
  readonly leaf: ParsedLeaf;
  readonly answers: LeafAnswers;
}

/** Which answers leave a question open. */
export interface OpenAnswers {
  /** Candidates whose callback could not be asked. */
  readonly unasked: boolean;
  /** Unreadable attestations by the right signer: under `not`, they may say the very thing that is ruled out. */
  readonly malformed: boolean;
}

interface Refusal extends RefusedCandidate {
  readonly index: number;
  /** Whether the leaf is about this candidate at all: a signature, or an attestation of the type. */
  readonly isOfKind: boolean;
  readonly isAttestation: boolean;
  readonly closeness: number;
  readonly answer?: RuleAnswer['answer'];
}

/** Why something that could not be read or asked may still fit; `undefined` if nothing may. */
export function openQuestion(
  view: LeafView,
  input: DecisionInput,
  { unasked, malformed }: OpenAnswers,
): PolicyReason | undefined {
  const refusals = refusalsOf(view, input);
  const open = refusals.filter(
    ({ answer }) => (unasked && answer === 'unasked') || (malformed && answer === 'malformed'),
  );
  const unread = input.candidates.flatMap((one, index) =>
    isLeftOpen(one, view.answers[index], view.leaf) ? refusals.filter((refusal) => refusal.index === index) : [],
  );
  const [first] = [...open, ...unread];
  if (first !== undefined) return reason(first.code, first.message, [...open, ...unread]);
  const unresolved = view.leaf.rules.find(isUnresolved);
  // If there is nothing to verify with it, a missing key decides nothing.
  const isAsked = input.candidates.some((one) => !('unreadable' in one));
  if (unresolved?.kind === 'key' && unresolved.source.kind === 'resolver' && isAsked)
    return reason('key-unavailable', `${unresolved.source.resolver.name} brought no key`, refusals);
  const { signatures, attestations } = wantedOf(view.leaf);
  if ((signatures && !input.complete.signatures) || (attestations && !input.complete.attestations))
    return reason('place-unread', 'a place where it could be could not be read, or only a mirror answered for it', []);
  return undefined;
}

/** Why no candidate fits: the closest candidate's reason, and those of all the others. */
export function explainLeaf(view: LeafView, input: DecisionInput): PolicyReason {
  const refusals = refusalsOf(view, input);
  const relevant = refusals.filter(({ isOfKind }) => isOfKind).toSorted((a, b) => a.closeness - b.closeness);
  const [nearest] = relevant;
  if (nearest === undefined) return explainNone(view.leaf, refusals);
  const others = relevant.length - 1;
  const message =
    others === 0 ? nearest.message : `${nearest.message} (the closest of ${counted(relevant.length, 'candidate')})`;
  return reason(nearest.code, message, relevant);
}

/** There is nothing of this kind, only other things. They are not refused, just not what the leaf is about. */
function explainNone(leaf: ParsedLeaf, refusals: readonly Refusal[]): PolicyReason {
  const attestations = refusals.filter(({ isAttestation }) => isAttestation);
  if ('types' in leaf) {
    const type = leaf.types.join(' or ');
    if (attestations.length === 0) return reason('no-attestation', `no attestation was found; expected ${type}`, []);
    const message = `no attestation of type ${type} was found, only ${attestations.length} of other types`;
    return reason('predicate-type-mismatch', message, attestations);
  }
  if (attestations.length === 0) return reason('no-signature', 'no signature was found', []);
  const types = typesOf(leaf);
  if (types.length === 0)
    return reason('only-attestations', `only ${attestations.length} attestation(s), no signature`, attestations);
  const message = `no signature was found, and no attestation of a type that the policy accepts as signature: ${types.join(' or ')}`;
  return reason('predicate-type-mismatch', message, attestations);
}

function reason(code: string, message: string, refusals: readonly Refusal[]): PolicyReason {
  return {
    code,
    message,
    candidates: refusals.map(({ id, code: own, message: why }) => ({ id, code: own, message: why })),
  };
}

function refusalsOf({ leaf, answers }: LeafView, { candidates }: DecisionInput): readonly Refusal[] {
  return candidates.flatMap((one, index): readonly Refusal[] => {
    if ('unreadable' in one) {
      const { id, isAttestation, unreadable } = one;
      const { code, message } = unreadable;
      const { signatures, attestations } = wantedOf(leaf);
      const isOfKind = (signatures && !isAttestation) || (attestations && mayBeAttestation(one));
      return [{ index, id, code, message, isAttestation, isOfKind, closeness: Number.MAX_SAFE_INTEGER }];
    }
    const [nearest] = (answers[index] ?? []).toSorted((a, b) => closeness(a) - closeness(b));
    if (nearest === undefined || nearest.answer === 'accepted') return [];
    const check = decisiveCheck(nearest.checks);
    const { id, isAttestation } = one.candidate;
    return [
      {
        index,
        id,
        code: check?.code ?? 'signature-key-not-named',
        message: check === undefined ? 'signed with a key that the policy does not name' : describeCheck(check),
        isAttestation,
        isOfKind: !nearest.checks.some(({ check: name, status }) => name === 'predicate-type' && status === 'failed'),
        closeness: closeness(nearest),
        answer: nearest.answer,
      },
    ];
  });
}

/** A failed check stays failed, whatever the undecided checks would say. */
export function isRefusedForGood(checks: readonly Check[]): boolean {
  return checks.some(({ status }) => status === 'failed');
}

/** The first check that failed, else the first undecided check. */
function decisiveCheck(checks: readonly Check[]): Check | undefined {
  return checks.find(({ status }) => status === 'failed') ?? checks.find(({ status }) => status === 'indeterminate');
}

function describeCheck({ message, expected, actual }: Check): string {
  if (expected === undefined || actual === undefined || expected === actual) return message;
  return `${message} (expected ${expected}; got ${actual})`;
}

/**
 * Whether a candidate may still fit: it could not be read, or a rule does not accept it only because a check could not be carried out. If another check of the rule
 * failed, the outcome of that check would change nothing.
 */
function isLeftOpen(one: DecisionCandidate, answers: readonly RuleAnswer[] | undefined, leaf: ParsedLeaf): boolean {
  if (!('unreadable' in one)) {
    const all = [...one.checks, ...(one.byKey?.checks ?? [])];
    if (!all.some(({ status }) => status === 'indeterminate')) return false;
    return answers === undefined || answers.some(({ checks }) => !isRefusedForGood(checks));
  }
  return one.unreadable.status === 'indeterminate' && (wantedOf(leaf).attestations || !one.isAttestation);
}

function wantedOf(leaf: ParsedLeaf): { readonly signatures: boolean; readonly attestations: boolean } {
  return 'types' in leaf
    ? { signatures: false, attestations: true }
    : {
        signatures: leaf.rules.some(({ kind }) => kind !== 'release'),
        attestations: typesOf(leaf).length > 0 || leaf.acceptManifests,
      };
}

/** The types of attestations that count as a signature here; a release of GitHub's is one. */
function typesOf({ acceptTypes, rules }: Extract<ParsedLeaf, { acceptTypes: unknown }>): readonly string[] {
  return rules.some(({ kind }) => kind === 'release') ? [...acceptTypes, ...RELEASE_TYPES] : acceptTypes;
}
