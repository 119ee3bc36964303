import type { VerifierOptions } from './options.ts';
import { assertKeys } from './policy/parse-options.ts';
import { openSession, type Session } from './session.ts';

const VERIFIER: { readonly [Name in keyof Required<VerifierOptions>]: true } = {
  trust: true,
  registry: true,
  log: true,
  deny: true,
  now: true,
  timeoutMs: true,
  secondJudge: true,
  concurrency: true,
  maxQueue: true,
  stores: true,
  onEvent: true,
};

/** The options of a verifier. */
export const VERIFIER_KEYS: readonly string[] = Object.keys(VERIFIER);

/**
 * Asks one question in a session of its own, then closes the session. The call gets the options of a call, the session all others; each
 * refuses unknown options.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export async function withSession<C extends object, T>(
  options: VerifierOptions & C,
  callKeys: readonly string[],
  ask: (session: Session, call: C) => Promise<T>,
): Promise<T> {
  assertKeys(options, [...VERIFIER_KEYS, ...callKeys], 'options');
  const given = Object.entries(options);
  // Both get the time-out: trust is loaded before the call begins.
  const isForSession = (name: string): boolean => !callKeys.includes(name) || name === 'timeoutMs';
  const session = openSession(Object.fromEntries(given.filter(([name]) => isForSession(name))));
  try {
    return await ask(session, Object.fromEntries(given.filter(([name]) => callKeys.includes(name))) as C);
  } finally {
    await session.close();
  }
}
