import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Suites against real programs (registries, log servers, signers). `acceptance/real/install.sh` installs them; a missing one is a named skip. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: ['acceptance/real/**/*.test.ts'],
    // The programs listen on fixed loopback ports: one suite at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
