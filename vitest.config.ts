import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'acceptance/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    testTimeout: 30_000,
  },
});
