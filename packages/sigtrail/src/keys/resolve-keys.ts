import type { KeyObject } from 'node:crypto';
import { keyFingerprint } from './public-key.ts';
import { optionError } from '@sigtrail/encoding';
import { asNested } from '../nested-question.ts';
import type { Problem } from '../report/report.ts';
import { type KeyWindow, type KeyWindowInput, parseKeyWindow } from './key-window.ts';
import { type KeyInput, parseKey } from './parse-key.ts';

/** A key with the window in which it was used, as a resolver may give it. */
export type ResolvedKey = KeyInput | ({ readonly key: KeyInput } & KeyWindowInput);

/**
 * Loads public keys from where they are kept: a KMS, a vault, a key server. It is asked once per call, at the same time as the
 * registry and before anything is verified, so that verification itself stays free of I/O.
 *
 * @example
 * const fromKms: KeyResolver = {
 *   name: 'awskms:///alias/release',
 *   resolve: async ({ signal }) => Buffer.from((await kms.send(new GetPublicKeyCommand({ KeyId }), { abortSignal: signal })).PublicKey),
 * };
 * await verifyImage(reference, { signedBy: { key: fromKms } });
 */
export interface KeyResolver {
  /** Appears in reports if the resolver fails, so it must not be a secret. */
  readonly name: string;
  /** A key, or several, any of which may have signed. If it throws, the answer is `indeterminate`, never "not signed". */
  resolve(context: { readonly signal: AbortSignal }): Promise<ResolvedKey | readonly ResolvedKey[]>;
}

/** A public key that the policy names, with its window. */
export interface NamedKey extends KeyWindow {
  readonly key: KeyObject;
  readonly fingerprint: string;
}

/** Where a rule's keys come from: named outright, or to be resolved before anything is verified. */
export type KeySource =
  | { readonly kind: 'given'; readonly keys: readonly NamedKey[] }
  | { readonly kind: 'resolver'; readonly resolver: KeyResolver; readonly window: KeyWindow };

/** Reads the `key` of a rule. @throws TypeError with `code: 'invalid-key'` or `'invalid-option'` */
export function parseKeySource(value: unknown, window: KeyWindow, path: string): KeySource {
  if (!isResolver(value)) return { kind: 'given', keys: [nameKey(parseKey(value, path), window)] };
  if (typeof value.name !== 'string' || value.name === '')
    throw optionError('invalid-option', `"${path}.name" must say where the resolver's keys come from`);
  return { kind: 'resolver', resolver: value, window };
}

/** The keys of all sources, in order. A source that can't be read has no keys, and there is a problem that says so. */
export async function resolveKeys(
  sources: readonly KeySource[],
  signal: AbortSignal,
): Promise<{ readonly keys: readonly (readonly NamedKey[])[]; readonly problems: readonly Problem[] }> {
  const answers = await Promise.all(sources.map((source) => resolveSource(source, signal)));
  return {
    keys: answers.map(({ keys }) => keys),
    problems: answers.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}

interface Answer {
  readonly keys: readonly NamedKey[];
  readonly problem?: Problem;
}

async function resolveSource(source: KeySource, signal: AbortSignal): Promise<Answer> {
  if (source.kind === 'given') return { keys: source.keys };
  const { resolver, window } = source;
  try {
    const answer = await raceAbort(
      asNested(() => resolver.resolve({ signal })),
      signal,
    );
    const all: readonly ResolvedKey[] = Array.isArray(answer) ? answer : [answer as ResolvedKey];
    if (all.length === 0 || all.length > MAX_KEYS) throw new Error(`expected 1 to ${MAX_KEYS} keys, got ${all.length}`);
    return { keys: all.map((resolved, index) => readResolved(resolved, window, `${resolver.name}[${index}]`)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    return {
      keys: [],
      problem: { code: 'key-unavailable', message: `could not load the keys of ${resolver.name}: ${why}` },
    };
  }
}

// Each key is tried on each signature, so a resolver that returns a directory of thousands is a mistake.
const MAX_KEYS = 64;

function readResolved(resolved: ResolvedKey, window: KeyWindow, path: string): NamedKey {
  if (!hasWindow(resolved)) return nameKey(parseKey(resolved, path), window);
  const own = parseKeyWindow(resolved, path);
  const from = latest(own.from, window.from);
  const until = earliest(own.until, window.until);
  return {
    ...nameKey(parseKey(resolved.key, path), {}),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

function hasWindow(resolved: ResolvedKey): resolved is { readonly key: KeyInput } & KeyWindowInput {
  return typeof resolved === 'object' && !(resolved instanceof Uint8Array) && 'key' in resolved;
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function nameKey(key: KeyObject, window: KeyWindow): NamedKey {
  return { key, fingerprint: keyFingerprint(key), ...window };
}

function isResolver(value: unknown): value is KeyResolver {
  return typeof value === 'object' && value !== null && 'resolve' in value && typeof value.resolve === 'function';
}

/** A resolver that ignores its signal must not outlive the deadline of the call. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Error('it did not answer before the deadline'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
