import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  digestOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type Fault,
  type FaultRule,
  MEDIA_TYPE,
  manifestOf,
  startRegistry,
} from '../index.ts';

const manifest = manifestOf(EMPTY_CONFIG, []);
const digest = digestOf(manifest);

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  registry.putManifest('a/b', manifest, MEDIA_TYPE.manifest, 'v1');
});
afterEach(async () => registry.close());

describe('rules', () => {
  const down: Fault = { kind: 'status', status: 503 };
  const statusOf = async (path: string): Promise<number> => (await fetch(new URL(path, registry.url))).status;

  test.each([
    ['ping', '/v2/'],
    ['token', '/token'],
    ['manifest', '/v2/a/b/manifests/v1'],
    ['manifest', `/v2/a/b/manifests/sha256-${'0'.repeat(64)}.sig`],
    ['fallback-tag', `/v2/a/b/manifests/sha256-${'0'.repeat(64)}`],
    ['blob', `/v2/a/b/blobs/${digest}`],
    ['tags', '/v2/a/b/tags/list'],
    ['referrers', `/v2/a/b/referrers/${digest}`],
  ] as const)('strike the route %s alone', async (route, path) => {
    registry.fail({ route, fault: down });
    expect(await statusOf(path)).toBe(503);
    expect(await statusOf(route === 'ping' ? '/v2/a/b/manifests/v1' : '/v2/')).toBe(200);
  });

  test('strike by question and by text in the path', async () => {
    registry.fail({ route: ({ method }) => method === 'HEAD', fault: down });
    registry.fail({ path: 'tags', fault: down });
    const head = await fetch(`${registry.url}/v2/`, { method: 'HEAD' });
    expect([head.status, await statusOf('/v2/'), await statusOf('/v2/a/b/tags/list')]).toEqual([503, 200, 503]);
  });

  test('skip, then strike so many times, then rest; the oldest first', async () => {
    const first = registry.fail({ skip: 1, times: 2, fault: down });
    registry.fail({ skip: 2, times: 1, fault: { kind: 'status', status: 500 } });
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) seen.push(await statusOf('/v2/'));
    expect(seen).toEqual([200, 503, 503, 200, 500, 200]);
    expect(first.hits).toBe(2);
  });

  test('end when cleared', async () => {
    const one = registry.fail({ route: 'ping', fault: down });
    registry.fail({ route: 'tags', fault: down });
    one.clear();
    expect([await statusOf('/v2/'), await statusOf('/v2/a/b/tags/list')]).toEqual([200, 503]);
    registry.clearFaults();
    expect(await statusOf('/v2/a/b/tags/list')).toBe(200);
  });

  test('leave requests without access alone by default', async () => {
    registry.configure({ access: { kind: 'bearer' } });
    registry.fail({ route: 'manifest', fault: down });
    expect(await statusOf('/v2/a/b/manifests/v1')).toBe(401);
    registry.fail({ route: 'manifest', beforeAccess: true, fault: down });
    expect(await statusOf('/v2/a/b/manifests/v1')).toBe(503);
    registry.fail({ route: 'token', fault: down });
    expect(await statusOf('/token')).toBe(503);
  });

  test.each([
    ['a misspelt route', { route: 'referers', fault: down }, /"route" can't be "referers"; did you mean referrers\?/],
    ['a route that is none', { route: 7, fault: down }, /"route" can't be 7; known are ping, token, manifest/],
    ['a fault in one word', { fault: 'status' }, /"fault" must be an object like \{ kind: 'status', status: 503 \}/],
    ['a misspelt kind', { fault: { kind: 'statsu' } }, /"fault.kind" can't be "statsu"; did you mean status\?/],
    ['a fault without a kind', { fault: { status: 503 } }, /"fault.kind" can't be undefined; known are status, reset/],
  ])('refuse %s, and say what to write', (_, rule, message) => {
    expect(() => registry.fail(rule as unknown as FaultRule)).toThrow(message);
  });
});
