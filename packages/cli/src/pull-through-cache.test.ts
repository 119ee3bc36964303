// oxlint-disable no-restricted-imports -- the cache between the program and the registry
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '@sigtrail/testing';
import { expect, it, onTestFinished } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
const trust = ['--trusted-root', `${images}trusted_root.json`];
const signer = ['--certificate-identity', 'https://a.test', '--certificate-oidc-issuer', 'https://b.test'];

/** A registry without signatures, behind something that adds these headers. */
async function behind(headers: Readonly<Record<string, string>>): Promise<string> {
  const registry = await startRegistry({ referrersApi: false });
  const { root = '' } = registry.loadLayout('acme/app', `${images}legacy-keyless-github/layout`);
  registry.remove('acme/app', `${root.replace(':', '-')}.sig`);
  const cache = createServer((request, response) => {
    void fetch(`http://${registry.host}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: { accept: request.headers.accept ?? '*/*' },
    }).then(async (answer) => {
      const type = answer.headers.get('content-type');
      response.writeHead(answer.status, { ...headers, ...(type === null ? {} : { 'content-type': type }) });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => cache.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    cache.closeAllConnections();
    cache.close();
    await registry.close();
  });
  return `127.0.0.1:${(cache.address() as AddressInfo).port}`;
}

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly printed: string }> {
  let printed = '';
  const code = await main(argv, { stdout: (text) => void (printed += text), stderr: () => undefined });
  return { code, printed };
}

it.each([
  ['verify', [...signer, ...trust]],
  ['inspect', trust],
  ['triangulate', []],
])('%s names what looks like a pull-through cache, and its answer is the same', async (command, flags) => {
  const [plain, cached] = [await behind({}), await behind({ via: '1.1 cache.corp' })];
  const direct = await run(command, `${plain}/acme/app:v1`, ...flags);
  const through = await run(command, `${cached}/acme/app:v1`, ...flags);
  expect(through.code).toBe(direct.code);
  expect(direct.printed).not.toContain('cache');
  expect(through.printed).toContain(
    `${cached} may be a pull-through cache (its answer has the header via: 1.1 cache.corp`,
  );
  expect(through.printed).toContain(`${cached} as one of its mirrors ("registry.mirrors", or a file`);
});

it('the report says it at the place, for programs', async () => {
  const host = await behind({ 'x-proxy-cache': 'MISS' });
  const { printed } = await run('verify', `${host}/acme/app:v1`, ...signer, ...trust, '-o', 'json');
  const { verdict, reason, locations } = JSON.parse(printed) as {
    readonly verdict: string;
    readonly reason: string;
    readonly locations: readonly object[];
  };
  expect([verdict, reason]).toEqual(['rejected', 'unsigned']);
  expect(locations).toContainEqual(
    expect.objectContaining({
      kind: 'referrers-api',
      answer: 'unsupported',
      maybeCache: 'its answer has the header x-proxy-cache: MISS',
    }),
  );
});
