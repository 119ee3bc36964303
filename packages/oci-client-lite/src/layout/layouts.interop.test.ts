import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, layoutRoot, openLayout } from '../index.ts';

// Layouts that real tools wrote stay outside the repository; they are found beside the checkout or by name.
const stack = join(
  process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures'),
  'local-stack',
);

interface Case {
  readonly repository: string;
  readonly digest: string;
  readonly layouts: Readonly<Record<string, string>>;
}

const cases = (existsSync(stack) ? readdirSync(stack) : [])
  .filter((name) => existsSync(join(stack, name, 'case.json')))
  .map((name) => ({
    name,
    ...(JSON.parse(readFileSync(join(stack, name, 'case.json'), 'utf8')) as Case), // ours, written beside the layouts
  }));

it.skipIf(process.env['SIGTRAIL_REQUIRE_INTEROP'] !== '1')('has layouts to read', () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe.skipIf(cases.length === 0)('a layout that real tools wrote', () => {
  it.each(cases)('$name: its image is found, and everything attached to it is what it is listed as', async (one) => {
    const layout = openLayout(join(stack, one.name, one.layouts[one.repository] ?? 'layout'));
    const image = await layoutRoot(layout);
    expect([image.digest, digestOf(image.bytes)]).toEqual([one.digest, one.digest]);
    const { referrers, looked } = await layout.listReferrers(image.digest);
    expect(looked.map(({ answer }) => answer).filter((answer) => answer === 'unknown')).toEqual([]);
    for (const { descriptor } of referrers) {
      const fetched = await layout.fetchManifest(descriptor.digest);
      expect([fetched.digest, fetched.size]).toEqual([descriptor.digest, descriptor.size]);
      expect(fetched.manifest.subject?.digest).toBe(image.digest);
      if (fetched.manifest.kind !== 'image') continue;
      for (const layer of fetched.manifest.layers) expect(digestOf(await layout.fetchBlob(layer))).toBe(layer.digest);
    }
    for (const tag of await layout.listTags()) expect((await layout.fetchManifest(tag)).digest).toMatch(/^sha256:/);
  });
});
