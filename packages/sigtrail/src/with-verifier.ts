import type { VerifierOptions } from './options.ts';
import { assertKeys } from './policy/parse-options.ts';
import { createVerifier, VERIFIER_KEYS, type Verifier } from './verifier.ts';

/**
 * Asks a verifier of its own, and closes it. Options that a call knows go to the call, all others to the verifier: either refuses what it
 * doesn't know.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export async function withVerifier<C extends object, T>(
  options: VerifierOptions & C,
  callKeys: readonly string[],
  ask: (verifier: Verifier, call: C) => Promise<T>,
): Promise<T> {
  assertKeys(options, [...VERIFIER_KEYS, ...callKeys], 'options');
  const given = Object.entries(options);
  const verifier = createVerifier(Object.fromEntries(given.filter(([name]) => !callKeys.includes(name))));
  try {
    return await ask(verifier, Object.fromEntries(given.filter(([name]) => callKeys.includes(name))) as C);
  } finally {
    await verifier.close();
  }
}
