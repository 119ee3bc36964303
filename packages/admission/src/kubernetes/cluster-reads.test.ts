import { pushImage } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdmissionWorld, call, openWorld, podOf, reviewOf } from '../../test/admission-world.ts';
import { type FakeApiServer, startApiServer } from '../../test/api-server.ts';
import type { AdmissionResponse } from '../review/admission-review.ts';

let objects: Record<string, object>;
let server: FakeApiServer;
let world: AdmissionWorld;
let image: { readonly pinned: string };

beforeEach(async () => {
  world = await openWorld();
  image = pushImage(world.registry, 'acme/app:v1');
  await world.sigstore.signImage(world.registry, 'acme/app:v1');
  objects = {};
  server = await startApiServer(world, (path) => objects[path], 'pullSecrets: true, namespaceExceptions: true, ');
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  server.close();
});

const base = '/api/v1/namespaces/shop';
const secret = (auths: object, type = 'kubernetes.io/dockerconfigjson'): object => {
  const [key, value] = type.endsWith('json')
    ? ['.dockerconfigjson', { auths, credsStore: 'evil' }]
    : ['.dockercfg', auths];
  return { type, data: { [key]: Buffer.from(JSON.stringify(value)).toString('base64') } };
};
const auth = (password: string): object => ({ [world.registry.host]: { username: 'u', password } });
const withSecrets = (...names: readonly string[]): object => ({
  spec: { containers: [{ name: 'c0', image: image.pinned }], imagePullSecrets: names.map((name) => ({ name })) },
});

async function ask(pod: object): Promise<AdmissionResponse> {
  const { url } = await world.start();
  const { text } = await call(`${url}/validate`, { ca: world.ca(), body: reviewOf(pod) });
  return JSON.parse(text).response;
}

describe('pull secrets', () => {
  beforeEach(() => world.registry.configure({ access: { kind: 'basic', username: 'u', password: 'p' } }));

  it.each(['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'])(
    'of type %s open the registry',
    async (type) => {
      objects[`${base}/secrets/regcred`] = secret(auth('p'), type);
      expect(await ask(withSecrets('regcred'))).toMatchObject({ allowed: true });
      expect(server.asked).toContain(`Bearer of-this-pod ${base}/secrets/regcred`);
    },
  );

  it('are those of the service account if the Pod names none', async () => {
    objects[`${base}/serviceaccounts/default`] = { imagePullSecrets: [{ name: 'regcred' }] };
    objects[`${base}/secrets/regcred`] = secret(auth('p'));
    expect(await ask(podOf(image.pinned))).toMatchObject({ allowed: true });
  });

  it('that are missing are named if the image can’t be read, and no password appears anywhere', async () => {
    const answer = await ask(withSecrets('regcred'));
    expect(answer.allowed).toBe(false);
    expect(answer.auditAnnotations?.['codes']).toBe('container c0=unauthorized');
    expect(answer.status?.message).toContain(
      `the API server answered 404 to ${base}/secrets/regcred: there is no such object`,
    );
    objects[`${base}/secrets/regcred`] = secret(auth('of-the-pod'));
    expect(await ask(withSecrets('regcred'))).toMatchObject({ allowed: false });
    expect(JSON.stringify(world.lines)).not.toMatch(/of-the-pod|of-this-pod/);
  });

  it('open the registries that a pattern names', async () => {
    const { port } = new URL(`http://${world.registry.host}`);
    objects[`${base}/secrets/wide`] = secret({ [`127.*.0.?:${port}`]: { username: 'u', password: 'p' } });
    expect(await ask(withSecrets('wide'))).toMatchObject({ allowed: true });
    objects[`${base}/secrets/short`] = secret({ [`*.0.1:${port}`]: { username: 'u', password: 'p' } });
    expect(await ask(withSecrets('short'))).toMatchObject({ allowed: false });
  });

  it.each(['*', '????*'])('open no port that they don’t name: %s', async (port) => {
    objects[`${base}/secrets/port`] = secret({ [`127.*.0.1:${port}`]: { username: 'u', password: 'p' } });
    expect(await ask(withSecrets('port'))).toMatchObject({ allowed: false });
  });

  it.each(['..', '.', '../../other/secrets/regcred', 'a/b', 'Regcred', '%2e%2e'])(
    'are not asked for by a name that no secret has: %s',
    async (name) => {
      const refused = await ask(withSecrets(name));
      expect(refused.status?.message).toContain('can’t be the name of an object');
      expect(server.asked.filter((line) => line.includes('/secrets'))).toEqual([]);
    },
  );

  it('are not those of another type, and the first of two for one registry counts', async () => {
    objects[`${base}/secrets/opaque`] = { ...secret(auth('p')), type: 'Opaque' };
    const other = await ask(withSecrets('opaque'));
    expect(other.status?.message).toContain('the secret opaque is not a pull secret');
    objects[`${base}/secrets/good`] = secret(auth('p'));
    objects[`${base}/secrets/bad`] = secret(auth('x'));
    expect(await ask(withSecrets('good', 'bad'))).toMatchObject({ allowed: true });
    expect(await ask(withSecrets('bad', 'good'))).toMatchObject({ allowed: false });
  });
});

describe('exceptions on the Namespace', () => {
  const annotate = (text: string): void => {
    objects[base] = { metadata: { annotations: { 'sigtrail.dev/exceptions': text } } };
  };
  const bad = (): object => podOf(pushImage(world.registry, 'acme/bad:v1').pinned);

  it('excuse until they end', async () => {
    annotate(`- { match: '${world.registry.host}/acme/bad', reason: legacy, until: '2999-01-31' }`);
    const excused = await ask(bad());
    expect(excused).toMatchObject({ allowed: true, auditAnnotations: { codes: 'container c0=exception' } });
    annotate(`- { match: '${world.registry.host}/acme/bad', reason: legacy, until: '2001-01-31' }`);
    expect(await ask(bad())).toMatchObject({ allowed: false });
  });

  it('count for nothing on the Pod, or if they can’t be read, and the message says so', async () => {
    const exception = `- { match: '**', reason: mine, until: '2999-01-31' }`;
    objects[base] = { metadata: {} };
    const pod = { ...bad(), metadata: { annotations: { 'sigtrail.dev/exceptions': exception } } };
    expect(await ask(pod)).toMatchObject({ allowed: false });
    for (const text of [
      '- { match: "**" }',
      'x: [',
      '[&a x, *a]',
      '- { match: ghcr.io/a/b, reason: legacy, until: soon }',
    ]) {
      annotate(text);
      const refused = await ask(bad());
      expect(refused.status?.message).toContain(
        'whose exceptions count for nothing: the annotation sigtrail.dev/exceptions',
      );
    }
    delete objects[base];
    expect((await ask(bad())).status?.message).toContain(`the API server answered 404 to ${base}`);
  });
});
