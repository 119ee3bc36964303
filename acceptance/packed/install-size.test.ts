import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { installUnpacked } from '../../tools/packed-packages.ts';
import { installSize } from './install-size.ts';
import { missingRows } from './tables.ts';

/** Ceilings for megabytes and files, and the exact number of packages. More is a decision, with its reason in tools/boundaries.ts. */
const CEILINGS: Readonly<Record<string, readonly [megabytes: number, files: number, packages: number]>> = {
  '@sigtrail/admission': [25.5, 4100, 35],
  '@sigtrail/gate': [22.5, 3500, 30],
  '@sigtrail/cli': [4.2, 6, 1],
  '@sigtrail/encoding': [0.1, 40, 1],
  '@sigtrail/fleet': [36.5, 5000, 47],
  '@sigtrail/fulcio-claims': [6.8, 980, 3],
  '@sigtrail/http': [2.6, 340, 3],
  'oci-client-lite': [13.2, 1520, 8],
  '@sigtrail/rekor': [9.6, 1430, 5],
  sigtrail: [21, 3200, 26],
  '@sigtrail/testing': [24, 4200, 48],
  '@sigtrail/triangulate': [13.4, 1600, 9],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-size-'));
  await installUnpacked(folder, inject('packed'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('npm i brings no more than the page says', () => {
  const rows = inject('packed').map(({ name }) => {
    const { bytes, files, packages } = installSize(folder, name);
    const [maxMegabytes, maxFiles, maxPackages] = CEILINGS[name] ?? [0, 0, 0];
    const size = { name, megabytes: bytes / 1e6, files, packages };
    console.log(`${name.padEnd(26)} ${size.megabytes.toFixed(2)} MB ${files} files ${packages} packages`);
    expect
      .soft(size, name)
      .toSatisfy(() => size.megabytes <= maxMegabytes && files <= maxFiles && packages === maxPackages);
    return [`\`${name}\``, `${maxMegabytes} MB`, String(maxFiles), String(maxPackages)];
  });
  expect(missingRows('sizes', ['package', 'at most', 'files, at most', 'packages'], rows)).toEqual([]);
});
