import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The webhook under a real API server. `acceptance/kubernetes/install.sh` installs it; where it is missing, its suites are a named skip. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: ['acceptance/kubernetes/**/*.test.ts'],
    // Each suite has a cluster of its own, of 300 MiB, and measures times: one at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
