import { isOciError } from 'oci-client-lite';
import { triangulate } from '@sigtrail/triangulate';
import { SigtrailError } from '../error.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import { lookUpEntries } from './look-up-entries.ts';
import type { CallOptions, LogLookup } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf } from '../policy/resolve-rules.ts';
import type { Discovered, LookedUp } from '../replay/tape.ts';
import { openLogs } from '../track/log-clients.ts';

/** Ends with the call: by its caller, or by its deadline. */
export function deadlineOf(
  { signal, timeoutMs }: CallOptions,
  context: Pick<EvaluationContext, 'timeoutMs' | 'tape'>,
): AbortSignal {
  // What is replayed waits for nothing, and has no clock to wait by.
  if (context.tape?.mode === 'replay') return signal ?? new AbortController().signal;
  const deadline = AbortSignal.timeout(timeoutMs ?? context.timeoutMs);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

/** Discovery; the state of the world becomes a problem, a malformed reference is thrown. */
export async function discover(
  reference: string,
  want: readonly ('signatures' | 'attestations')[],
  options: CallOptions,
  context: Pick<EvaluationContext, 'client' | 'timeoutMs' | 'tape'>,
): Promise<Discovered> {
  const ask = (): Promise<Discovered> => askRegistry(reference, want, options, context);
  return context.tape === undefined ? ask() : context.tape.discovered(`${want.join(', ')} of ${reference}`, ask);
}

async function askRegistry(
  reference: string,
  want: readonly ('signatures' | 'attestations')[],
  { signal, timeoutMs, repositories, tagPrefix }: CallOptions,
  context: Pick<EvaluationContext, 'client' | 'timeoutMs'>,
): Promise<Discovered> {
  try {
    return await triangulate(reference, {
      client: context.client,
      want,
      timeoutMs: timeoutMs ?? context.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      ...(repositories === undefined ? {} : { repositories }),
      ...(tagPrefix === undefined ? {} : { tagPrefix }),
    });
  } catch (error) {
    if (!isOciError(error)) throw error;
    switch (error.code) {
      case 'invalid-reference':
      case 'invalid-digest':
      case 'invalid-layout':
        throw new SigtrailError('invalid-reference', error.message, { cause: error });
      case 'not-found':
        return { problem: { code: 'image-not-found', message: `${reference} is not there: ${error.message}` } };
      default:
        return {
          problem: {
            code: error.code,
            message: `${reference} could not be resolved: ${error.message}`,
            ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
          },
        };
    }
  }
}

/** The one place of an evaluation that may ask a log, and only where the verifier was told to. */
export async function withLookup(
  evidence: Evidence,
  policy: ParsedPolicy,
  options: CallOptions,
  context: EvaluationContext,
): Promise<LookedUp> {
  const { lookup, tape } = context;
  if (tape?.mode === 'replay') return tape.lookedUp(evidence, () => Promise.resolve({ evidence, problems: [] }));
  if (lookup === undefined) return { evidence, problems: [] };
  const ask = (): Promise<LookedUp> => askLogs(evidence, policy, options, { ...context, lookup });
  return tape === undefined ? ask() : tape.lookedUp(evidence, ask);
}

async function askLogs(
  evidence: Evidence,
  policy: ParsedPolicy,
  options: CallOptions,
  context: EvaluationContext & { readonly lookup: LogLookup },
): Promise<LookedUp> {
  const logs = openLogs(context.trust.root, context.lookup.logs, options.timeoutMs ?? context.timeoutMs);
  try {
    return await lookUpEntries(evidence, { logs, keys: keysOf(policy), signal: deadlineOf(options, context) });
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}
