import { AsyncLocalStorage } from 'node:async_hooks';

const depths = new AsyncLocalStorage<number>();

/** How many questions wait for the answer of the one that is asked here: those whose policies ask the code that asks it. */
export function nestingDepth(): number {
  return depths.getStore() ?? 0;
}

/** Runs the code of a policy: what it asks a verifier is nested in the question that the policy belongs to. */
export function asNested<T>(run: () => T): T {
  return depths.run(nestingDepth() + 1, run);
}
