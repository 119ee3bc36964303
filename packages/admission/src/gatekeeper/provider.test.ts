import { pushImage } from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AdmissionWorld, call, mapText, openWorld, settingsText } from '../../test/admission-world.ts';

let world: AdmissionWorld;
beforeEach(async () => {
  world = await openWorld();
  await world.writeFile('settings.yaml', settingsText('gatekeeper: { map: map.yaml, timeoutMs: 30000 }\n'));
});
afterEach(async () => world[Symbol.asyncDispose]());

interface Answer {
  readonly idempotent: boolean;
  readonly items: readonly { readonly key: string; readonly value?: string; readonly error?: string }[];
  readonly systemError?: string;
}

async function ask(url: string, keys: unknown): Promise<Answer> {
  const body = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys },
  });
  const { status, text } = await call(`${url}/gatekeeper`, { ca: world.ca(), body });
  expect(status).toBe(200);
  const answer = JSON.parse(text);
  expect([answer.apiVersion, answer.kind]).toEqual(['externaldata.gatekeeper.sh/v1beta1', 'ProviderResponse']);
  return answer.response;
}

it('gives each key its verified digest or an error of its own, and the same for what it gave', async () => {
  const signed = pushImage(world.registry, 'acme/app:v1');
  await world.sigstore.signImage(world.registry, 'acme/app:v1');
  const bad = pushImage(world.registry, 'acme/bad:v1');
  const { url } = await world.start();
  const { items, idempotent } = await ask(url, [signed.reference, bad.reference, 'not an image']);
  const value = `${signed.reference}@${signed.digest}`;
  expect(idempotent).toBe(true);
  expect(items).toEqual([
    { key: signed.reference, value },
    { key: bad.reference, error: expect.stringContaining('[unsigned]') },
    { key: 'not an image', error: expect.stringContaining('[invalid-reference]') },
  ]);
  expect((await ask(url, [value])).items).toEqual([{ key: value, value }]);
});

it('answers before Gatekeeper stops waiting, with an error for each key', async () => {
  world.registry.configure({ delayMs: 60_000 });
  const { url } = await world.start();
  const { items } = await ask(url, [`${world.registry.host}/acme/app:v1`]);
  expect(items).toEqual([{ key: `${world.registry.host}/acme/app:v1`, error: expect.stringContaining('[deadline]') }]);
});

it('leaves the key as it is if the map only warns', async () => {
  const bad = pushImage(world.registry, 'acme/bad:v1');
  await world.writeFile('map.yaml', mapText('warn'));
  expect((await ask((await world.start()).url, [bad.reference])).items).toEqual([
    { key: bad.reference, value: bad.reference },
  ]);
});

it('says what is wrong with a request, and answers nothing if it has no map', async () => {
  const { url } = await world.start();
  expect((await ask(url, 'x')).systemError).toMatch(/request\.keys/);
  await world.writeFile('settings.yaml', settingsText());
  const other = await world.start();
  expect(await call(`${other.url}/gatekeeper`, { ca: world.ca(), body: '{}' })).toMatchObject({ status: 404 });
});
