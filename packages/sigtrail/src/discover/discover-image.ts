import { triangulate } from '@sigtrail/triangulate';
import { SigtrailError } from '../error.ts';
import type { CallContext } from '../evaluation-context.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import { toProblem, toSigtrailError } from '../lower-errors.ts';
import { lookUpEntries } from './look-up-entries.ts';
import type { CallOptions, LogLookup } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf } from '../policy/resolve-rules.ts';
import type { Discovered, LookedUp, NotDiscovered } from '../replay/tape.ts';
import { openLogs } from '../track/log-clients.ts';

/** Discovery; the state of the world becomes a problem, a malformed reference is thrown. */
export async function discover(
  reference: string,
  want: readonly ('signatures' | 'attestations')[],
  options: CallOptions,
  context: Pick<CallContext, 'client' | 'deadline' | 'tape'>,
): Promise<Discovered> {
  const ask = (): Promise<Discovered> => askRegistry(reference, want, options, context);
  return context.tape === undefined ? ask() : context.tape.discovered(`${want.join(', ')} of ${reference}`, ask);
}

async function askRegistry(
  reference: string,
  want: readonly ('signatures' | 'attestations')[],
  { signal, repositories, tagPrefix }: CallOptions,
  { client, deadline }: Pick<CallContext, 'client' | 'deadline'>,
): Promise<Discovered> {
  try {
    return await triangulate(reference, {
      client,
      want,
      timeoutMs: deadline.readingMs(),
      ...(signal === undefined ? {} : { signal }),
      ...(repositories === undefined ? {} : { repositories }),
      ...(tagPrefix === undefined ? {} : { tagPrefix }),
    });
  } catch (thrown) {
    const what = `could not read ${reference}`;
    const error = toSigtrailError(thrown, what, reference);
    if (error.code === 'invalid-reference') throw error;
    return { problem: toProblem(thrown, what, reference), error };
  }
}

/** The error that says why an image could not be resolved, for an answer without a verdict. */
export function unresolvedError({ problem, error }: NotDiscovered): SigtrailError {
  return (
    error ?? new SigtrailError(problem.code === 'image-not-found' ? 'image-not-found' : 'registry', problem.message)
  );
}

/** The one place of an evaluation that may ask a log, and only where the verifier was told to. */
export async function withLookup(evidence: Evidence, policy: ParsedPolicy, context: CallContext): Promise<LookedUp> {
  const { lookup, tape } = context;
  if (tape?.mode === 'replay') return tape.lookedUp(evidence, () => Promise.resolve({ evidence, problems: [] }));
  if (lookup === undefined) return { evidence, problems: [] };
  const ask = (): Promise<LookedUp> => askLogs(evidence, policy, { ...context, lookup });
  return tape === undefined ? ask() : tape.lookedUp(evidence, ask);
}

async function askLogs(
  evidence: Evidence,
  policy: ParsedPolicy,
  { trust, deadline, lookup }: CallContext & { readonly lookup: LogLookup },
): Promise<LookedUp> {
  const logs = openLogs(trust.root, lookup.logs, deadline.leftMs());
  try {
    return await lookUpEntries(evidence, { logs, keys: keysOf(policy), signal: deadline.signal });
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}
