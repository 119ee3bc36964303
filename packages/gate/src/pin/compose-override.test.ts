import { expect, it } from 'vitest';
import { findImages } from '../find/find-images.ts';
import { composeOverride } from './compose-override.ts';
import type { PinRequest } from './pin-text.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const requests = (file: string, image: string, isVerified = true): readonly PinRequest[] =>
  findImages(`services: { web: { image: "${image}" } }\n`, { file, kind: 'compose' }).images.flatMap((found) =>
    found.outcome === 'image' ? [{ image: found, digest: isVerified ? digest : undefined }] : [],
  );

it('has a service once that two files give the same image', () => {
  const both = [...requests('a.yaml', 'ghcr.io/acme/app:1'), ...requests('b.yaml', 'ghcr.io/acme/app:1')];
  expect(composeOverride(both)).toContain(`web:\n    image: ghcr.io/acme/app:1@${digest}\n`);
});

it.each<[string, readonly PinRequest[]]>([
  ['another image', requests('b.yaml', 'ghcr.io/acme/debug:1')],
  ['another image that was not verified', requests('b.yaml', 'ghcr.io/acme/debug:1', false)],
])('refuses a service that a second file gives %s', (_, second) => {
  expect(second).toHaveLength(1);
  const first = requests('a.yaml', 'ghcr.io/acme/app:1');
  for (const both of [
    [...first, ...second],
    [...second, ...first],
  ])
    expect(() => composeOverride(both)).toThrow(
      expect.objectContaining({ code: 'pin-mismatch', message: expect.stringContaining('"web"') }),
    );
});
