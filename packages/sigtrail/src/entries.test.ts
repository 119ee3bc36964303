import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};
const entries = Object.entries(manifest.exports).flatMap(([entry, targets]) =>
  typeof targets === 'string' ? [] : [{ entry: entry.replace('.', 'sigtrail'), source: targets['@sigtrail/source'] }],
);

/** What a program that imports the entry can call or read. */
async function valuesOf(source: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  return (await import(new URL(`../${source}`, import.meta.url).href)) as Readonly<Record<string, unknown>>;
}

describe('the entries of the package', () => {
  it('are one for everyday use and one for each other concern', () => {
    expect(entries.map(({ entry }) => entry)).toEqual([
      'sigtrail',
      'sigtrail/policy',
      'sigtrail/policy-file',
      'sigtrail/trust',
      'sigtrail/track',
      'sigtrail/replay',
      'sigtrail/attestations',
      'sigtrail/report',
      'sigtrail/report/html',
      'sigtrail/stores',
      'sigtrail/triangulate',
      'sigtrail/bundle',
      'sigtrail/opentelemetry',
    ]);
  });

  it('begin with the values that most programs need, and no others', async () => {
    expect(Object.keys(await valuesOf('src/index.ts')).toSorted()).toEqual([
      'ImageInspectionSchema',
      'ImageReportSchema',
      'SigtrailError',
      'createVerifier',
      'deny',
      'evaluateImage',
      'githubWorkflow',
      'gitlabPipeline',
      'glob',
      'inspectImage',
      'isSigtrailError',
      're2',
      'verifyBundle',
      'verifyImage',
    ]);
  });

  it('give each value one home', async () => {
    const homes = new Map<string, string[]>();
    for (const { entry, source } of entries)
      for (const name of Object.keys(await valuesOf(source))) homes.set(name, [...(homes.get(name) ?? []), entry]);
    expect(homes.size).toBeGreaterThan(60);
    expect([...homes].filter(([, at]) => at.length > 1)).toEqual([]);
  });
});
