import { expect, it } from 'vitest';
import { installedClients } from '../differential/indexes/clients.ts';
import { compareIndexes } from '../differential/indexes/compare.ts';
import { findProgram } from './programs.ts';

const crane = findProgram('crane') ?? '';
const skopeo = findProgram('skopeo') ?? '';

it.skipIf(crane === '' || skopeo === '')(
  'judges whatever crane and skopeo take from what it verified',
  async () => {
    const hosts = ['linux/amd64', 'linux/arm/v7', 'linux/arm64'] as const;
    const { choices, findings, verified } = await compareIndexes({
      seed: 70_000,
      count: 8,
      hosts,
      clients: (repository) => installedClients({ crane, skopeo }, repository),
    });
    expect(findings).toEqual([]);
    expect([verified > 2, [...choices.keys()].sort()]).toEqual([true, ['crane digest', 'skopeo copy']]);
  },
  300_000,
);
