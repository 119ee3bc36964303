import { describe, expect, it } from 'vitest';
import { changedImages, fixedPlatform, readWorkload } from './workload.ts';

const spec = {
  serviceAccountName: 'deployer',
  containers: [{ name: 'app', image: 'a:1' }, { name: 'late' }],
  initContainers: [{ name: 'setup', image: 'b:1' }],
  ephemeralContainers: [{ name: 'debug', image: 'c:1' }],
  volumes: [
    { name: 'model', image: { reference: 'd:1' } },
    { name: 'empty', emptyDir: {} },
  ],
};
const template = { metadata: {}, spec };
const images = ['init container setup b:1', 'container app a:1', 'ephemeral container debug c:1', 'volume model d:1'];

const KINDS: readonly (readonly [group: string, kind: string, object: object, path: string])[] = [
  ['', 'Pod', { spec }, '/spec'],
  ['', 'PodTemplate', { template }, '/template/spec'],
  ['', 'ReplicationController', { spec: { template } }, '/spec/template/spec'],
  ['apps', 'Deployment', { spec: { template } }, '/spec/template/spec'],
  ['apps', 'StatefulSet', { spec: { template } }, '/spec/template/spec'],
  ['apps', 'DaemonSet', { spec: { template } }, '/spec/template/spec'],
  ['apps', 'ReplicaSet', { spec: { template } }, '/spec/template/spec'],
  ['batch', 'Job', { spec: { template } }, '/spec/template/spec'],
  ['batch', 'CronJob', { spec: { jobTemplate: { spec: { template } } } }, '/spec/jobTemplate/spec/template/spec'],
];

describe('the images of an object', () => {
  it.each(KINDS)('of %s/%s are all found, with their places', (group, kind, object, path) => {
    const workload = readWorkload({ group, version: 'v1', kind }, object);
    expect(workload.images.map(({ name, image }) => `${name} ${image}`)).toEqual(images);
    expect(workload.images.map((one) => one.path)).toEqual([
      `${path}/initContainers/0/image`,
      `${path}/containers/0/image`,
      `${path}/ephemeralContainers/0/image`,
      `${path}/volumes/0/image/reference`,
    ]);
    expect(workload.serviceAccount).toBe('deployer');
    expect(workload.isPod).toBe(kind === 'Pod');
  });

  it.each([
    ['an unknown kind', { group: 'acme.test', version: 'v1', kind: 'Pod' }, { spec }, 'unknown-kind'],
    ['a group that a kind is not of', { group: 'apps', version: 'v1', kind: 'Pod' }, { spec }, 'unknown-kind'],
    [
      'containers that are no list',
      { group: '', version: 'v1', kind: 'Pod' },
      { spec: { containers: {} } },
      'invalid-review',
    ],
    [
      'an image that is no text',
      { group: '', version: 'v1', kind: 'Pod' },
      { spec: { containers: [{ name: 'a', image: 1 }] } },
      'invalid-review',
    ],
    [
      'a volume image that is no text',
      { group: '', version: 'v1', kind: 'Pod' },
      { spec: { volumes: [{ name: 'a', image: { reference: [] } }] } },
      'invalid-review',
    ],
    ['a Pod that isn’t there', { group: '', version: 'v1', kind: 'Pod' }, null, 'invalid-review'],
    ['a Pod without a spec', { group: '', version: 'v1', kind: 'Pod' }, { metadata: {} }, 'invalid-review'],
    [
      'a Deployment without a template',
      { group: 'apps', version: 'v1', kind: 'Deployment' },
      { spec: {} },
      'invalid-review',
    ],
    ['a kind with a name of JavaScript’s', { group: '', version: 'v1', kind: '__proto__' }, {}, 'unknown-kind'],
  ])('are refused in %s', (_, kind, object, code) => {
    expect(() => readWorkload(kind, object)).toThrow(expect.objectContaining({ code }));
  });

  it('are an empty list if nothing can run', () => {
    const kind = { group: '', version: 'v1', kind: 'ReplicationController' };
    for (const object of [{ spec: {} }, { spec: { template: null } }, {}, null])
      expect(readWorkload(kind, object).images).toEqual([]);
    const nulls = { spec: { containers: null, initContainers: null, volumes: null, serviceAccountName: '' } };
    expect(readWorkload({ group: '', version: 'v1', kind: 'Pod' }, nulls)).toMatchObject({
      images: [],
      serviceAccount: 'default',
    });
  });
});

describe('an update', () => {
  const pod = (...list: readonly (readonly [string, string])[]): ReturnType<typeof readWorkload> =>
    readWorkload(
      { group: '', version: 'v1', kind: 'Pod' },
      { spec: { containers: list.map(([name, image]) => ({ name, image })) } },
    );

  it('brings the images that differ, wherever they stand', () => {
    const changed = (from: ReturnType<typeof pod>, to: ReturnType<typeof pod>): readonly string[] =>
      changedImages(to, from).map(({ image }) => image);
    expect(changed(pod(['a', 'x:1'], ['b', 'y:1']), pod(['a', 'x:1'], ['b', 'y:2']))).toEqual(['y:2']);
    expect(changed(pod(['a', 'x:1'], ['b', 'y:1']), pod(['b', 'y:1'], ['a', 'x:1']))).toEqual([]);
    expect(changed(pod(['a', 'x:1']), pod(['a', 'x:1'], ['b', 'x:1']))).toEqual(['x:1']);
    expect(changed(pod(['a', 'x:1'], ['b', 'y:1']), pod(['a', 'y:1'], ['b', 'x:1']))).toEqual(['y:1', 'x:1']);
  });

  it('brings everything if nothing was there before', () => {
    expect(changedImages(pod(['a', 'x:1']), undefined)).toHaveLength(1);
  });
});

it('knows the platform only if the node selector leaves one', () => {
  expect(fixedPlatform({ nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' } })).toBe(
    'linux/arm64',
  );
  expect(fixedPlatform({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } })).toBeUndefined();
  expect(
    fixedPlatform({ nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64/v8' } }),
  ).toBeUndefined();
  expect(fixedPlatform({})).toBeUndefined();
});
