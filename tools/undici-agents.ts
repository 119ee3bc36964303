import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/** The names that `@sigtrail/http` uses of undici, and undici's file for each. */
export const UNDICI_FILES: Readonly<Record<string, string>> = {
  Agent: './lib/dispatcher/agent.js',
  ProxyAgent: './lib/dispatcher/proxy-agent.js',
  errors: './lib/core/errors.js',
};

/** Makes the import of undici lead to these files only: its index would also evaluate fetch, WebSocket, its cache and its mocks. */
export const undiciAgents: Plugin = {
  name: 'undici-agents',
  setup(build) {
    build.onResolve({ filter: /^undici\/index\.js$/ }, async ({ resolveDir }) => {
      const { path } = await build.resolve('undici/package.json', { kind: 'require-call', resolveDir });
      return { path: 'undici', namespace: 'undici-agents', pluginData: dirname(path) };
    });
    build.onLoad({ filter: /.*/, namespace: 'undici-agents' }, ({ pluginData }) => ({
      contents: Object.entries(UNDICI_FILES)
        .map(([name, file]) => `exports.${name} = require(${JSON.stringify(file)});`)
        .join('\n'),
      resolveDir: String(pluginData),
    }));
  },
};
