import { describe, expect, it } from 'vitest';
import { readPodList } from './running-pod.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const pod = (image: string, imageID: string, more: object = {}): object => ({
  metadata: { namespace: 'shop', name: 'web' },
  spec: { serviceAccountName: 'ci', containers: [{ name: 'app', image }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID }], ...more },
});
const runs = (list: object): object | undefined => readPodList({ items: [list] }).pods[0]?.object;

describe('a Pod that runs', () => {
  it.each([
    ['what its tag named when it was pulled', 'app:v1', `ghcr.io/acme/app@${DIGEST}`, `app:v1@${DIGEST}`],
    ['also under Docker', 'app:v1', `docker-pullable://ghcr.io/acme/app@${DIGEST}`, `app:v1@${DIGEST}`],
    [
      'the digest that it names itself',
      `app@sha256:${'b'.repeat(64)}`,
      `x/y@${DIGEST}`,
      `app@sha256:${'b'.repeat(64)}`,
    ],
    ['its tag before it is pulled', 'app:v1', '', 'app:v1'],
  ])('runs %s', (_, image, imageID, expected) => {
    expect(runs(pod(image, imageID))).toMatchObject({ spec: { containers: [{ name: 'app', image: expected }] } });
  });

  it('keeps what decides: its service account', () => {
    expect(runs(pod('app:v1', ''))).toMatchObject({
      spec: { serviceAccountName: 'ci' },
    });
  });

  it.each([
    ['loaded into the node', 'app:v1', DIGEST, ['container app']],
    ['loaded, and named by its digest', `app@${DIGEST}`, DIGEST, []],
    ['not pulled yet', 'app:v1', '', []],
    ['pulled', 'app:v1', `x/y@${DIGEST}`, []],
  ])('is unknown by its digest or not: %s', (_, image, imageID, unknown) => {
    expect(readPodList({ items: [pod(image, imageID)] }).pods).toEqual([expect.objectContaining({ unknown })]);
  });

  it('has an unknown volume if that has a tag', () => {
    const volumes = [
      { name: 'tagged', image: { reference: 'model:v1' } },
      { name: 'pinned', image: { reference: `model@${DIGEST}` } },
      { name: 'scratch', emptyDir: {} },
    ];
    const metadata = { namespace: 'shop', name: 'web' };
    const { pods } = readPodList({ items: [{ metadata, spec: { volumes } }] });
    expect(pods).toEqual([expect.objectContaining({ unknown: ['volume tagged'] })]);
  });

  it('keeps no values of variables', () => {
    const env = [{ name: 'PASSWORD', value: 'hunter2' }];
    const metadata = { namespace: 'shop', name: 'web' };
    const spec = { containers: [{ name: 'app', image: 'app:v1', env }] };
    expect(JSON.stringify(readPodList({ items: [{ metadata, spec }] }))).not.toContain('hunter2');
  });

  it.each(['Succeeded', 'Failed'])('is not one that has %s', (phase) => {
    expect(readPodList({ items: [pod('app:v1', '', { phase })] }).pods).toEqual([]);
  });
});

it('names the next page, and refuses what is no list of Pods', () => {
  expect(readPodList({ items: [], metadata: { continue: 'x' } }).next).toBe('x');
  expect(readPodList({ items: [] }).next).toBe('');
  for (const list of [undefined, {}, { items: [{}] }, { items: [{ metadata: { name: 'x' }, spec: {} }] }])
    expect(() => readPodList(list)).toThrow(expect.objectContaining({ code: 'cluster' }));
});
