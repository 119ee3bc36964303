import { main } from '@sigtrail/cli';
import type { ImageInspection } from 'sigtrail';
import { describe, expect, test } from 'vitest';
import { createWorld, LAYOUTS } from './layouts.ts';

async function inspect(reference: string, output: 'text' | 'json'): Promise<string> {
  let text = '';
  let errors = '';
  const code = await main(['inspect', '--output', output, reference], {
    stdout: (printed) => void (text += printed),
    stderr: (printed) => void (errors += printed),
  });
  expect([code, errors]).toEqual([0, '']);
  return text;
}

test('there are twenty layouts', () => {
  expect(new Set(LAYOUTS.map(({ maker }) => maker)).size).toBeGreaterThanOrEqual(20);
});

describe('inspect names everything that is attached', () => {
  test.each(LAYOUTS.map((layout) => [layout.maker, layout] as const))('%s', async (_, { make, kinds }) => {
    const world = await createWorld();
    try {
      make(world);
      const { attachments } = JSON.parse(await inspect(world.reference, 'json')) as ImageInspection;
      expect(
        attachments
          .map(({ kind, artifactType }) => (kind === 'unknown-referrer' ? String(artifactType) : kind))
          .toSorted(),
      ).toEqual([...kinds].toSorted());
      const lines = (await inspect(world.reference, 'text'))
        .split('\n')
        .filter((line) => line.startsWith('  attached'));
      expect(lines).toHaveLength(kinds.length);
      for (const { kind, digest } of attachments)
        expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}attached {3}${kind} .*${digest}$`)));
    } finally {
      await world.close();
    }
  });
});
