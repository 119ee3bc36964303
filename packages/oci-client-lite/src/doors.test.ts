import { afterAll, describe, expect, it } from 'vitest';
import * as entry from './index.ts';

const { createOciClient, openLayout } = entry;
// Nothing answers there: what is refused here is refused before any work.
const client = createOciClient({ retries: 0, insecureRegistries: ['*'] });
afterAll(() => client.close());
const digest = `sha256:${'0'.repeat(64)}` as const;
const descriptor = { mediaType: 'x/y', digest, size: 1 };
// Mistakes that the types refuse are what is tested.
type Loose = never;

type Door = (options: unknown) => unknown;
const readsOf = (name: string, repository: ReturnType<typeof openLayout>): Readonly<Record<string, Door>> => ({
  [`${name}.fetchManifest`]: (options) => repository.fetchManifest('v1', options as Loose),
  [`${name}.fetchArtifact`]: (options) => repository.fetchArtifact('v1', options as Loose),
  [`${name}.resolve`]: (options) => repository.resolve('v1', options as Loose),
  [`${name}.fetchConfig`]: (options) =>
    repository.fetchConfig({ manifest: { config: descriptor } } as Loose, options as Loose),
  [`${name}.fetchBlob`]: (options) => repository.fetchBlob(descriptor, options as Loose),
  [`${name}.openBlob`]: (options) => repository.openBlob(descriptor, options as Loose),
  [`${name}.listReferrers`]: (options) => repository.listReferrers(digest, options as Loose),
  [`${name}.listTags`]: (options) => repository.listTags(options as Loose),
});

/** Every function and method that takes options of a read. */
const READS: Readonly<Record<string, Door>> = {
  ...readsOf('registry', client.repository('127.0.0.1:1/acme/app')),
  ...readsOf('layout', openLayout('/nowhere')),
  'client.resolve': (options) => client.resolve('127.0.0.1:1/acme/app:v1', options as Loose),
  writeArtifact: (options) => entry.writeArtifact(openLayout('/nowhere'), 'v1', '/nowhere/out', options as Loose),
  layoutRoot: (options) => entry.layoutRoot(openLayout('/nowhere'), options as Loose),
};
const DOORS: Readonly<Record<string, Door>> = {
  ...READS,
  createOciClient: (options) => createOciClient(options as Loose),
};

async function refusalOf(door: string, options: unknown): Promise<unknown> {
  try {
    await DOORS[door]?.(options);
  } catch (error) {
    return error;
  }
  return 'accepted';
}

const refusal = (code: string): unknown => expect.objectContaining({ name: 'TypeError', code });

describe.each(Object.keys(DOORS))('%s', (door) => {
  it('refuses an option that it does not have', async () => {
    for (const options of [{ timeout: 5 }, { TimeoutMs: undefined }, { Platform: 'linux/amd64' }, { constructor: 1 }])
      expect(await refusalOf(door, options), JSON.stringify(options)).toEqual(refusal('unknown-option'));
  });

  it('refuses values that are not objects', async () => {
    for (const options of [null, 'text', 5, []])
      expect(await refusalOf(door, options), JSON.stringify(options)).toEqual(refusal('invalid-option'));
  });
});

describe.each(Object.keys(READS))('%s', (door) => {
  it.each([
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { timeoutMs: '5' },
    { maxBytes: -1 },
    { maxBytes: Number.NaN },
    { maxBytes: '5' },
    { signal: {} },
    { onRequest: 'text' },
  ])('refuses %o', async (options) => {
    expect(await refusalOf(door, options)).toEqual(refusal('invalid-option'));
  });

  it('takes an option that is undefined as one that was not given', async () => {
    expect(await refusalOf(door, { timeoutMs: undefined, maxBytes: undefined })).not.toEqual(refusal('invalid-option'));
  });
});

it.each(['registry.listReferrers', 'layout.listReferrers'])(
  '%s refuses a value that an option cannot have',
  async (door) => {
    for (const options of [
      { lists: 'all' },
      { partial: 1 },
      { artifactType: 5 },
      { annotations: [] },
      { annotations: { a: 1 } },
    ])
      expect(await refusalOf(door, options), JSON.stringify(options)).toEqual(refusal('invalid-option'));
  },
);

it.each([
  'registry.fetchManifest',
  'layout.fetchManifest',
  'registry.fetchArtifact',
  'layout.fetchArtifact',
  'writeArtifact',
  'layoutRoot',
])('%s refuses what is no platform', async (door) => {
  for (const platform of ['linux', '', 5, {}, { os: 'linux' }])
    expect(await refusalOf(door, { platform }), JSON.stringify(platform)).toEqual(refusal('invalid-option'));
});

it.each([
  { retries: -1 },
  { timeoutMs: 'x' },
  { connections: 'x' },
  { http2: 1 },
  { ca: 'x' },
  { ca: 42 },
  { ca: ['x'] },
  { clientCertificates: {} },
  { clientCertificates: [{}] },
  { clientCertificates: [null] },
  { clientCertificates: [{ origins: ['https://a.test'], cert: 'x', key: 'x' }] },
  { allowAddresses: ['not an address!'] },
  { allowAddresses: '10.0.0.0/8' },
  { allowAddresses: [42] },
  { transport: {} },
  { transport: 'fetch' },
  { connections: 0 },
  { http2: 'yes' },
  { connectTimeoutMs: 0 },
  { headersTimeoutMs: '5' },
  { idleTimeoutMs: Number.NaN },
  { resolve: '127.0.0.1' },
  { onRequest: {} },
  { onWarning: 'print' },
  { ca: null },
  { transport: null },
  { mirrors: { 'ghcr.io': ['::'] } },
  { mirrors: { '::': [] } },
  { routes: {} },
  { routes: [null] },
  { routes: [{ prefix: 'ghcr.io' }] },
  { originAuthorities: {} },
  { originAuthorities: [{ origins: ['https://a.test'], ca: 'x' }] },
])('createOciClient refuses %o', async (options) => {
  expect(await refusalOf('createOciClient', options)).toEqual(refusal('invalid-option'));
});
