import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'acceptance/**/*.test.ts',
      'tools/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // These need real programs: acceptance/real/vitest.config.ts runs them.
    exclude: ['**/node_modules/**', 'acceptance/real/**'],
    testTimeout: 30_000,
  },
});
