import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { createOciClient } from 'oci-client-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachedTo, type Case, flawsOf, foundBy, optionsFor, readCases, withoutCarrier } from '../test/attached.ts';
import { triangulate, type Triangulated, TriangulationSchema } from './index.ts';

// Images signed by real tools stay outside the repository; they are found beside the checkout or by name.
const fixtures = process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures');
const stack = join(fixtures, 'local-stack');
const required = process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1';
const cases = readCases(stack);

it.runIf(required)('has the recorded images that this run requires', () => {
  expect(cases.length).toBeGreaterThan(70);
});

describe.skipIf(cases.length === 0)('images signed by real tools (shared/fixtures/local-stack)', () => {
  const client = createOciClient({ dockerConfig: false });
  let withApi: FakeRegistry;
  let withoutApi: FakeRegistry;

  beforeAll(async () => {
    withApi = await startRegistry({ pageSize: 10 });
    withoutApi = await startRegistry({ referrersApi: false, fallbackTags: 'synthesised' });
    for (const { name, layouts } of cases) {
      for (const [repository, folder] of Object.entries(layouts)) {
        withApi.loadLayout(repository, join(stack, name, folder));
        withoutApi.loadLayout(repository, join(stack, name, folder));
      }
    }
  });
  afterAll(async () => {
    await client.close();
    await withApi.close();
    await withoutApi.close();
  });

  const inLayout = (one: Case, selector: string): Promise<Triangulated> => {
    const nameOf = (repository: string): string => `oci:${join(stack, one.name, one.layouts[repository] ?? '')}`;
    return triangulate(`${nameOf(one.repository)}${selector}`, optionsFor(one, nameOf));
  };
  const inRegistry = (registry: FakeRegistry, one: Case, selector: string): Promise<Triangulated> => {
    const nameOf = (repository: string): string => `${registry.host}/${repository}`;
    return triangulate(`${nameOf(one.repository)}${selector}`, { client, ...optionsFor(one, nameOf) });
  };

  it.each(cases)('$name: $about', async (one) => {
    const ways = [
      await inLayout(one, `:${one.tag}`),
      await inLayout(one, `@${one.digest}`),
      await inRegistry(withApi, one, `:${one.tag}`),
      await inRegistry(withApi, one, `@${one.digest}`),
      await inRegistry(withoutApi, one, `:${one.tag}`),
    ] as const;
    for (const way of ways) {
      expect(way.graph.digest).toBe(one.digest);
      expect(foundBy(way)).toEqual(attachedTo(one));
      expect(flawsOf(way)).toEqual([]);
      expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(way.graph)))).toEqual(way.graph);
      expect(withoutCarrier(way)).toEqual(withoutCarrier(ways[0]));
    }
    const carriers = (way: Triangulated): readonly string[] => [
      ...new Set(way.graph.finds.filter(({ tag }) => tag === undefined).map(({ carrier }) => carrier)),
    ];
    // What was listed under the fallback tag only, a registry with the API still lists there only where it stores the list.
    expect(carriers(ways[0]).every((carrier) => carrier === 'layout')).toBe(true);
    expect(carriers(ways[2]).every((carrier) => carrier === 'referrers-api')).toBe(true);
    expect(carriers(ways[4]).every((carrier) => carrier === 'fallback-tag')).toBe(true);
  });

  it.each(cases.filter(({ name }) => existsSync(join(stack, name, 'saved'))))(
    '$name: as `cosign save` wrote it',
    async (one) => {
      const saved = await triangulate(`oci:${join(stack, one.name, 'saved')}`);
      expect(flawsOf(saved)).toEqual([]);
      expect(withoutCarrier(saved)).toEqual(withoutCarrier(await inLayout(one, `:${one.tag}`)));
    },
  );
});
