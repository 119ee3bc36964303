import { describe, expect, it } from 'vitest';
import * as entry from './index.ts';

const { attachmentName, triangulate } = entry;
// Nothing answers there: what is refused here is refused before any work.
const REFERENCE = '127.0.0.1:1/acme/app:v1';
// Mistakes that the types refuse are what is tested.
type Loose = never;

const DOORS: Readonly<Record<string, (options: unknown) => Promise<unknown>>> = {
  triangulate: (options) => triangulate(REFERENCE, options as Loose),
  attachmentName: (options) => attachmentName(REFERENCE, 'signature', options as Loose),
};

async function refusalOf(door: string, options: unknown): Promise<unknown> {
  return DOORS[door]?.(options).then(
    () => 'accepted',
    (error: unknown) => error,
  );
}

const refusal = (code: string): unknown => expect.objectContaining({ name: 'TypeError', code });

describe.each(Object.keys(DOORS))('%s', (door) => {
  it('refuses an option that it does not have', async () => {
    for (const options of [
      { timeout: 5 },
      { Platforms: 'each' },
      { singal: undefined },
      { repositories: { sbom: 'x' } },
    ])
      expect(await refusalOf(door, options), JSON.stringify(options)).toEqual(refusal('unknown-option'));
  });

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: '5' },
    { signal: {} },
    { client: {} },
    { registry: 'x' },
    { repository: {} },
    { repositories: 5 },
    { tagPrefix: '/' },
  ])('refuses %o', async (options) => {
    expect(await refusalOf(door, options)).toEqual(refusal('invalid-option'));
  });

  it('refuses values that are not objects', async () => {
    for (const options of [null, 'text', 5])
      expect(await refusalOf(door, options), JSON.stringify(options)).toEqual(refusal('invalid-option'));
  });

  it('refuses a mistake in the options of the client that it makes', async () => {
    expect(await refusalOf(door, { registry: { retrys: 1 } })).toEqual(refusal('unknown-option'));
    expect(await refusalOf(door, { registry: { retries: -1 } })).toEqual(refusal('invalid-option'));
  });
});

it.each([
  { want: [] },
  { want: ['signature'] },
  { fetch: 1 },
  { platforms: [] },
  { platforms: ['linux'] },
  { platforms: 'all' },
  { maxBundleBytes: 0 },
  { maxParallelReads: 1.5 },
  { attestationManifests: 'all' },
  { attestationManifests: [{ digest: 'sha256:1', mediaType: 'x', size: 1 }] },
])('triangulate refuses %o, and attachmentName has no such option', async (options) => {
  expect(await refusalOf('triangulate', options)).toEqual(refusal('invalid-option'));
  expect(await refusalOf('attachmentName', options)).toEqual(refusal('unknown-option'));
});

it('attachmentName refuses a type that it does not know', async () => {
  await expect(attachmentName(REFERENCE, 'signatures' as Loose)).rejects.toEqual(refusal('invalid-option'));
});
