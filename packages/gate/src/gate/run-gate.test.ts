import { describe, expect, it } from 'vitest';
import type { ReadNeighbour } from '../find/find-context.ts';
import { parsePolicyMap } from '../policy-map/parse-policy-map.ts';
import type { GateReport } from './gate-report.ts';
import { runGate } from './run-gate.ts';

const TEXTS: Readonly<Record<string, string>> = {
  'compose.yaml': 'services: { web: { extends: { service: base, file: base.yaml } }, job: { build: . } }\n',
  'base.yaml': 'services: { base: { image: acme/base } }\n',
  Dockerfile: 'ARG V=1\nFROM acme/os:$V\n',
};
const readNeighbour: ReadNeighbour = (_, path) => {
  const file = path.replace('./', '');
  const text = TEXTS[file];
  return text === undefined ? undefined : { file, text };
};

async function run(names: readonly string[]): Promise<GateReport> {
  return runGate(
    names.map((file) => ({ file, text: TEXTS[file] ?? '', isNamed: true })),
    {
      map: parsePolicyMap('version: 1\nimages: []\n'),
      now: new Date('2026-11-30T00:00:00Z'),
      find: { readNeighbour },
      ask: async function* () {},
    },
  );
}

describe('a file that is given, and that another one leads to', () => {
  it.each([
    ['first', ['compose.yaml', 'base.yaml', 'Dockerfile']],
    ['last', ['Dockerfile', 'base.yaml', 'compose.yaml']],
  ])('is listed once, with all that runs its images, where the other comes %s', async (_, names) => {
    const { entries } = await run(names);
    const images = entries.flatMap(({ found }) => (found.outcome === 'image' ? [found] : []));
    expect(images.map(({ file, named }) => `${file} ${named}`).toSorted()).toEqual([
      'Dockerfile acme/os:1',
      'base.yaml acme/base',
    ]);
    expect(images.map(({ unpinnable }) => unpinnable)).not.toContain('comes-from-elsewhere');
    expect(images.find(({ file }) => file === 'base.yaml')?.services?.toSorted()).toEqual(['base', 'web']);
  });

  it('is listed twice if it names other images each time', async () => {
    const text = 'services: { job: { build: { context: ., args: { V: 2 } } } }\n';
    const { entries } = await runGate(
      [
        { file: 'Dockerfile', text: TEXTS['Dockerfile'] ?? '', isNamed: true },
        { file: 'compose.yaml', text, isNamed: true },
      ],
      {
        map: parsePolicyMap('version: 1\nimages: []\n'),
        now: new Date('2026-11-30T00:00:00Z'),
        find: { readNeighbour },
        ask: async function* () {},
      },
    );
    expect(entries.flatMap(({ image }) => image ?? [])).toEqual(['docker.io/acme/os:1', 'docker.io/acme/os:2']);
  });
});
