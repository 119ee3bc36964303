import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Suites against the packed packages: what a user installs, in a folder from which the workspace can't be reached. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: ['acceptance/packed/**/*.test.ts'],
    globalSetup: ['acceptance/packed/packed.ts'],
    // Each suite starts compilers and package managers, and some of them are timed: one suite at a time.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
