import { expect, test } from 'vitest';
import { EMPTY_CONFIG, type FakeRegistry, MEDIA_TYPE, manifestOf, startRegistry } from '../index.ts';

async function registryWithTags(options: Parameters<typeof startRegistry>[0] = {}): Promise<FakeRegistry> {
  const registry = await startRegistry(options);
  const digest = registry.putManifest('a/b', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest);
  for (const tag of ['v2', 'v1', 'latest', 'v3']) registry.tag('a/b', tag, digest);
  return registry;
}

/** Follows every Link and gives the pages. */
async function pages(registry: FakeRegistry, path: string): Promise<{ tags: string[][]; links: (string | null)[] }> {
  const tags: string[][] = [];
  const links: (string | null)[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: Response = await fetch(new URL(next, registry.url));
    tags.push(((await answer.json()) as { tags: string[] }).tags);
    const link = answer.headers.get('link');
    links.push(link);
    next = /^<([^>]+)>; rel="?next"?$/.exec(link ?? '')?.[1];
  }
  return { tags, links };
}

test('lists tags in lexical order', async () => {
  await using registry = await registryWithTags();
  expect(await pages(registry, '/v2/a/b/tags/list')).toEqual({ tags: [['latest', 'v1', 'v2', 'v3']], links: [null] });
});

test('pages by n and last', async () => {
  await using registry = await registryWithTags();
  const { tags, links } = await pages(registry, '/v2/a/b/tags/list?n=3');
  expect(tags).toEqual([['latest', 'v1', 'v2'], ['v3']]);
  expect(links[0]).toBe('</v2/a/b/tags/list?n=3&last=v2>; rel="next"');
  expect((await pages(registry, '/v2/a/b/tags/list?last=v1')).tags).toEqual([['v2', 'v3']]);
});

test('gives an empty list without Link for n=0', async () => {
  await using registry = await registryWithTags();
  expect(await pages(registry, '/v2/a/b/tags/list?n=0')).toEqual({ tags: [[]], links: [null] });
});

test('caps pages at its own size', async () => {
  await using registry = await registryWithTags({ pageSize: 2 });
  expect((await pages(registry, '/v2/a/b/tags/list?n=100')).tags).toEqual([
    ['latest', 'v1'],
    ['v2', 'v3'],
  ]);
});

test('writes Link without quotes, or absolute', async () => {
  await using registry = await registryWithTags({ pageSize: 3, linkStyle: 'unquoted' });
  expect((await pages(registry, '/v2/a/b/tags/list')).links[0]).toBe('</v2/a/b/tags/list?n=3&last=v2>; rel=next');
  registry.configure({ linkStyle: 'absolute' });
  expect((await pages(registry, '/v2/a/b/tags/list')).links[0]).toContain(`<${registry.url}/v2/a/b/`);
});
