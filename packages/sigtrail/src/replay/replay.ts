import type { OciClient } from 'oci-client-lite';
import { type AttestationRequest, parseAttestationRequest } from '../attestation/request.ts';
import { type DenyList, parseDenyList } from '../policy/deny-list.ts';
import { optionError } from '../error.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { assertKeys } from '../policy/parse-options.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { Report } from '../report/any-report.ts';
import { loadServices, openSecondJudge } from '../session.ts';
import { parseTrustedRoot } from '../trust/trusted-root.ts';
import { evaluateParsed } from '../verify-image.ts';
import { type Capsule, invalidCapsule, parseCapsule } from './capsule.ts';
import { playOptions } from './recorded-options.ts';
import { fromRecord } from './recorded-policy.ts';

/** How a capsule is replayed. */
export interface ReplayOptions {
  /** Another clock than the recorded one: would it still be accepted then? Everything else stays as recorded. */
  readonly now?: Date;
}

/**
 * Evaluates again what a capsule recorded: the same checks over the same bytes, trust, policy and answers. No socket, no file and no clock is
 * touched, but for the code of this package and its dependencies, which the first replay of a process loads. The report is the recorded one,
 * unless `now` is another or this version checks more.
 *
 * @throws SigtrailError `invalid-capsule`, `invalid-trusted-root`
 * @example
 * const capsule = JSON.parse(await readFile('capsule.json', 'utf8'));
 * const report = await replay(capsule);
 * isDeepStrictEqual(report, capsule.report); // true
 */
export async function replay(capsule: Uint8Array | string | object, options: ReplayOptions = {}): Promise<Report> {
  assertKeys(options, ['now'], 'options');
  const { now } = options;
  if (now !== undefined && (!(now instanceof Date) || Number.isNaN(now.getTime())))
    throw optionError('invalid-option', '"now" must be a Date');
  const recorded = parseCapsule(capsule);
  const deny =
    recorded.deny === undefined
      ? undefined
      : fromText(recorded.deny, 'deny', (list) => parseDenyList(list as DenyList));
  const trust = { ...recorded.trust, root: parseTrustedRoot(recorded.trust.root) };
  const { play } = await import('./play.ts');
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
  try {
    return await ask(recorded, context);
  } catch (error) {
    // What was asked is the capsule's, too: options that nobody can have asked with.
    if (error instanceof TypeError && 'code' in error) throw invalidCapsule(error.message, 'asked.options', error);
    throw error;
  }
}

async function ask({ asked, policy }: Capsule, context: EvaluationContext): Promise<Report> {
  const options = playOptions(asked.options);
  if (asked.what === 'image') {
    const parsed = fromText(policy.document, 'policy.document', (one) => parsePolicy(one as ImagePolicy));
    return evaluateParsed(asked.reference, parsed, options, context);
  }
  const request = fromText(policy.document, 'policy.document', (one) =>
    parseAttestationRequest(one as AttestationRequest),
  );
  const { evaluateRequest } = await import('../attestation/evaluate-request.ts');
  return (await evaluateRequest(asked.reference, request, options, context)).report;
}

/** What is replayed never gets as far as a registry. */
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
