import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Reports in a real browser. `acceptance/browser/install.sh` installs it; without it, the suite is a named skip. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: ['acceptance/browser/**/*.test.ts'],
    // The machine may be small: one browser at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
