import type { OciClient } from 'oci-client-lite';
import {
  type AttestationRequest,
  type ParsedAttestationRequest,
  parseAttestationRequest,
} from '../attestation/request.ts';
import type { DenyList } from '../policy/deny-list.ts';
import { parseDenyList } from '../policy/read-deny-list.ts';
import { optionError } from '@sigtrail/encoding';
import type { EvaluationContext } from '../evaluation-context.ts';
import { assertKeys } from '../policy/parse-options.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse-policy.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { readReference } from '../read-reference.ts';
import type { Report } from '../report/any-report.ts';
import type { ReplayNote } from '../report/report.ts';
import { loadServices, openSecondJudge } from '../session.ts';
import { combineRoots } from '../trust/combine-roots.ts';
import type { LoadedTrust, TrustInput } from '../trust/load-trust.ts';
import { parseTrustedRoot } from '../trust/parse-trusted-root.ts';
import { evaluateParsed } from '../verify-image.ts';
import { VERSION } from '../version.ts';
import { blamed, type Capsule, invalidCapsule, parseCapsule } from './capsule.ts';
import { playOptions } from './recorded-options.ts';
import { fromRecord } from './recorded-policy.ts';

/** The report of a replay, which says that it is one. */
export type Replayed = Report & { readonly replay: ReplayNote };

/** How a capsule is replayed. */
export interface ReplayOptions {
  /** The clock: would the image be accepted at that time? Without it, the clock comes from the file, and `report.replay.clock` says so. */
  readonly now?: Date;
  /** The trusted root. `report.replay` says whether it equals the one in the capsule. Without it, trust is the file's own claim. */
  readonly trust?: TrustInput;
  /**
   * The policy (or the request for attestations). If the capsule has a different one, the verdict is by yours over what was recorded. Anything that yours
   * needs and the capsule lacks makes it `indeterminate`: keys of a resolver, answers of code, attestations that were not looked for.
   */
  readonly policy?: ImagePolicy | AttestationRequest;
  /** The deny-list. */
  readonly deny?: DenyList;
  /** `off` leaves out the second judge; default `on`, also for a capsule that was made without it: a file can't turn off a check. */
  readonly secondJudge?: 'on' | 'off';
}

/**
 * Evaluates again what a capsule recorded: the same checks over the same bytes, trust, policy and answers. It uses no socket, no file and no clock,
 * except for the code of this package and its dependencies, which the first replay of a process loads, and for what `trust` names.
 *
 * Everything in the report follows from the bytes and the question in the file. Anyone who can write the file can put a different question, trust,
 * policy and clock into it. The verdict rests on what you give, and `report.replay` says whether the capsule has the same, and whether the result is the recorded one.
 * In any case, only the file vouches for what was absent.
 *
 * @throws SigtrailError `invalid-capsule`, `invalid-trusted-root`; TypeError for a mistake in `policy`, `deny` or the other options
 * @example
 * const capsule = JSON.parse(await readFile('capsule.json', 'utf8'));
 * const report = await replay(capsule, { trust: { file: 'trusted_root.json' }, policy });
 * const { agrees, trust, policy: asked } = report.replay; // true, 'as-given', 'as-given'
 */
export async function replay(capsule: Uint8Array | string | object, options: ReplayOptions = {}): Promise<Replayed> {
  assertKeys(options, ['now', 'trust', 'policy', 'deny', 'secondJudge'], 'options');
  const { now, secondJudge = 'on' } = options;
  const loadSecondJudge = openSecondJudge(secondJudge);
  if (now !== undefined && (!(now instanceof Date) || Number.isNaN(now.getTime())))
    throw optionError('invalid-option', '"now" must be a Date');
  const recorded = parseCapsule(capsule);
  const own = options.policy === undefined ? undefined : questionBy(options.policy, recorded);
  const ownDeny = options.deny === undefined ? undefined : parseDenyList(options.deny);
  const recordedDeny =
    recorded.deny === undefined
      ? undefined
      : fromText(recorded.deny, 'deny', (list) => parseDenyList(list as DenyList));
  const recordedTrust = trustOf(recorded);
  const at = now ?? new Date(recorded.now);
  const [{ play }, { secondJudgeVersion }, { withNote }, { holdAgainst }] = await Promise.all([
    import('./play.ts'),
    import('../second-judge/version.ts'),
    import('./replay-note.ts'),
    import('./hold-against.ts'),
  ]);
  const { held, trust: ownTrust } = await holdAgainst(options, recorded, recordedTrust.root, at);
  // What the caller gave counts. If it equals the capsule's policy, the capsule's is used, which also has the answers of the policy's code.
  const isOther = held.policy === 'other-than-given';
  const trust = held.trust === 'other-than-given' ? (ownTrust ?? recordedTrust) : recordedTrust;
  const deny = ownDeny ?? recordedDeny;
  const context: EvaluationContext = {
    trust,
    ...(deny === undefined ? {} : { deny }),
    now: at,
    client: NO_CLIENT,
    timeoutMs: 0,
    secondJudge: await loadSecondJudge(),
    signatures: (await loadServices()).signatures,
    tape: play(recorded, { forOwnPolicy: !isOther }),
  };
  try {
    const report = await ask(recorded, isOther && own !== undefined ? own : questionIn(recorded), context);
    const judges = [{ name: 'sigtrail', version: VERSION }, await secondJudgeVersion()] as const;
    return withNote(report, recorded, { judges, held, secondJudge, isOtherClock: at.toISOString() !== recorded.now });
  } catch (error) {
    // The question is part of the capsule, too, so options that no call accepts are the capsule's fault.
    if (error instanceof TypeError && 'code' in error) throw invalidCapsule(error.message, 'asked.options', error);
    throw error;
  }
}

/** Named by the digest of what is really used, not by what the file says about it. */
function trustOf({ trust: { documents, combined, problem } }: Capsule): LoadedTrust {
  const roots = documents.map(({ text, profile, relax }) => parseTrustedRoot(text, profile, relax));
  const [first] = roots;
  const root = first === undefined || combined || roots.length > 1 ? combineRoots(roots) : first;
  const source = { kind: 'capsule', name: 'trusted root in the capsule' } as const;
  if (problem !== undefined) return { root: combineRoots([]), source, problem };
  return { root, source: { ...source, digest: root.digest } };
}

/** The parsed question about the image. */
type Question =
  | { readonly what: 'image'; readonly policy: ParsedPolicy }
  | { readonly what: 'attestations'; readonly request: ParsedAttestationRequest };

function questionIn({ asked, policy }: Capsule): Question {
  return fromText(policy.document, 'policy.document', (document) => parseQuestion(asked.what, document));
}

/** @throws TypeError for anything that is not a policy, or not of the kind of the question in the capsule */
function questionBy(policy: ImagePolicy | AttestationRequest, { asked: { what } }: Capsule): Question {
  const isRequest = typeof policy === 'object' && policy !== null && 'type' in policy;
  if (isRequest !== (what === 'attestations'))
    throw optionError(
      'invalid-option',
      what === 'image'
        ? 'replay: "policy" must be an image policy, since the capsule is about an image; this is a request for attestations'
        : 'replay: "policy" must be a request for attestations, { type, signedBy }, since the capsule is about attestations',
    );
  return parseQuestion(what, policy);
}

function parseQuestion(what: Capsule['asked']['what'], document: unknown): Question {
  return what === 'image'
    ? { what, policy: parsePolicy(document as ImagePolicy) }
    : { what, request: parseAttestationRequest(document as AttestationRequest) };
}

async function ask({ asked }: Capsule, question: Question, context: EvaluationContext): Promise<Report> {
  const options = playOptions(asked.options);
  const reference = blamed('asked.reference', () => readReference(asked.reference));
  if (question.what === 'image') return evaluateParsed(reference, question.policy, options, context);
  const { evaluateRequest } = await import('../attestation/evaluate-request.ts');
  return (await evaluateRequest(reference, question.request, options, context)).report;
}

/** A replay never reaches a registry. */
const NO_CLIENT: OciClient = {
  repository: unreachable,
  resolve: unreachable,
  rateLimit: () => undefined,
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function unreachable(): never {
  throw new Error('a replay asks no registry');
}

/** A policy in a capsule that isn't one is the capsule's fault, not the caller's. */
function fromText<T>(text: string, path: string, parse: (value: unknown) => T): T {
  try {
    return parse(fromRecord(JSON.parse(text)));
  } catch (error) {
    throw invalidCapsule(error instanceof Error ? error.message : 'not a policy', path, error);
  }
}
