import { AsyncLocalStorage } from 'node:async_hooks';

const depths = new AsyncLocalStorage<number>();

/** How many questions are waiting for the current one: the code of their policies asked it. */
export function nestingDepth(): number {
  return depths.getStore() ?? 0;
}

/** Runs the code of a policy: whatever that code asks a verifier is nested in the question that the policy belongs to. */
export function asNested<T>(run: () => T): T {
  return depths.run(nestingDepth() + 1, run);
}
