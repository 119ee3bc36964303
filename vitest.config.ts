import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@sigtrail/source'] },
  ssr: { resolve: { conditions: ['@sigtrail/source'], externalConditions: ['@sigtrail/source'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'action/**/*.test.ts',
      'acceptance/**/*.test.ts',
      'tools/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // These need real programs, a browser, or a build: the vitest.config.ts beside them runs them.
    exclude: [
      '**/node_modules/**',
      'acceptance/real/**',
      'acceptance/browser/**',
      'acceptance/packed/**',
      'acceptance/kubernetes/**',
    ],
    // By default one core stays free, which on a machine with two halves the speed.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A poll waits for another process or server; on a busy machine that takes longer than the one second of the default.
    expect: { poll: { timeout: 20_000 } },
  },
});
