import type { OciClient } from 'oci-client-lite';
import { type AttestationRequest, parseAttestationRequest } from '../attestation/request.ts';
import { type DenyList, parseDenyList } from '../policy/deny-list.ts';
import { optionError } from '@sigtrail/encoding';
import type { EvaluationContext } from '../evaluation-context.ts';
import { assertKeys } from '../policy/parse-options.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
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
  /** Another clock than the recorded one: would the image still be accepted at that time? Everything else stays as recorded. */
  readonly now?: Date;
  /** The trusted root that the capsule must have: the report's `replay` says whether it does. Without it, trust is the file's own claim. */
  readonly trust?: TrustInput;
  /** The policy (or the request for attestations) that the capsule must have. */
  readonly policy?: ImagePolicy | AttestationRequest;
  /** The deny-list that the capsule must have. */
  readonly deny?: DenyList;
}

/**
 * Evaluates again what a capsule recorded: the same checks over the same bytes, trust, policy and answers. No socket, no file and no clock is
 * touched, but for the code of this package and its dependencies, which the first replay of a process loads, and for what `trust` names.
 *
 * Everything in the report follows from the bytes and the question in the file. Anyone who can write the file can put in another question, other trust and
 * another policy: give yours, and `report.replay` says whether the capsule has the same, and whether the result is the recorded one.
 *
 * @throws SigtrailError `invalid-capsule`, `invalid-trusted-root`
 * @example
 * const capsule = JSON.parse(await readFile('capsule.json', 'utf8'));
 * const report = await replay(capsule, { trust: { file: 'trusted_root.json' }, policy });
 * const { agrees, trust, policy: asked } = report.replay; // true, 'as-given', 'as-given'
 */
export async function replay(capsule: Uint8Array | string | object, options: ReplayOptions = {}): Promise<Replayed> {
  assertKeys(options, ['now', 'trust', 'policy', 'deny'], 'options');
  const { now } = options;
  if (now !== undefined && (!(now instanceof Date) || Number.isNaN(now.getTime())))
    throw optionError('invalid-option', '"now" must be a Date');
  const recorded = parseCapsule(capsule);
  const deny =
    recorded.deny === undefined
      ? undefined
      : fromText(recorded.deny, 'deny', (list) => parseDenyList(list as DenyList));
  const trust = trustOf(recorded);
  const [{ play }, { secondJudgeVersion }, { withNote }, { holdAgainst }] = await Promise.all([
    import('./play.ts'),
    import('../second-judge/version.ts'),
    import('./replay-note.ts'),
    import('./hold-against.ts'),
  ]);
  const context: EvaluationContext = {
    trust,
    ...(deny === undefined ? {} : { deny }),
    now: now ?? new Date(recorded.now),
    client: NO_CLIENT,
    timeoutMs: 0,
    secondJudge: await openSecondJudge(recorded.secondJudge)(),
    signatures: (await loadServices()).signatures,
    tape: play(recorded),
  };
  const held = await holdAgainst(options, recorded, trust.root, context.now);
  try {
    const report = await ask(recorded, context);
    const judges = [{ name: 'sigtrail', version: VERSION }, await secondJudgeVersion()] as const;
    return withNote(report, recorded, { judges, held, isOtherClock: context.now.toISOString() !== recorded.now });
  } catch (error) {
    // The question is part of the capsule, too: options that no call accepts are its fault.
    if (error instanceof TypeError && 'code' in error) throw invalidCapsule(error.message, 'asked.options', error);
    throw error;
  }
}

/** Named by the digest of what is used, not by what the file says about it. */
function trustOf({ trust: { documents, combined, problem } }: Capsule): LoadedTrust {
  const roots = documents.map(({ text, profile, relax }) => parseTrustedRoot(text, profile, relax));
  const [first] = roots;
  const root = first === undefined || combined || roots.length > 1 ? combineRoots(roots) : first;
  const source = { kind: 'capsule', name: 'trusted root in the capsule' } as const;
  if (problem !== undefined) return { root: combineRoots([]), source, problem };
  return { root, source: { ...source, digest: root.digest } };
}

async function ask({ asked, policy }: Capsule, context: EvaluationContext): Promise<Report> {
  const options = playOptions(asked.options);
  const reference = blamed('asked.reference', () => readReference(asked.reference));
  if (asked.what === 'image') {
    const parsed = fromText(policy.document, 'policy.document', (one) => parsePolicy(one as ImagePolicy));
    return evaluateParsed(reference, parsed, options, context);
  }
  const request = fromText(policy.document, 'policy.document', (one) =>
    parseAttestationRequest(one as AttestationRequest),
  );
  const { evaluateRequest } = await import('../attestation/evaluate-request.ts');
  return (await evaluateRequest(reference, request, options, context)).report;
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
