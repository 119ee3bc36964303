import { pushImage } from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AdmissionWorld, openWorld } from '../../test/admission-world.ts';
import { type FakeApiServer, startApiServer } from '../../test/api-server.ts';
import { checkRunning, type RunningCounts } from './check-running.ts';

const FIRST = '/api/v1/pods?limit=5';
const NONE = { pods: 0, skipped: 0, allowed: 0, refused: 0, warned: 0, noted: 0, unknown: 0 };

let world: AdmissionWorld;
let server: FakeApiServer;
let pages: Record<string, object>;
let signed: { readonly reference: string; readonly pinned: string };
/** Whether a registry had been asked when the API server was asked for each page. */
let afterRegistry: boolean[];

beforeEach(async () => {
  world = await openWorld();
  signed = pushImage(world.registry, 'acme/app:v1');
  await world.sigstore.signImage(world.registry, 'acme/app:v1');
  pages = {};
  afterRegistry = [];
  const before = world.registry.requests.length;
  server = await startApiServer(world, (path) => {
    afterRegistry.push(world.registry.requests.length > before);
    return pages[path];
  });
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  server.close();
});

const pod = (name: string, image: string, { namespace = 'shop', imageID = '' } = {}): object => ({
  metadata: { namespace, name },
  spec: { containers: [{ name: 'app', image }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID }] },
});

async function check(): Promise<{ readonly counts: RunningCounts; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  return { counts: await checkRunning(world.settingsFile, { write: (line) => lines.push(line) }), lines };
}

it('lists every Pod before it judges the first', async () => {
  pages[FIRST] = { items: [pod('one', signed.reference)], metadata: { continue: 'more' } };
  pages[`${FIRST}&continue=more`] = { items: [pod('two', signed.reference)] };
  expect((await check()).counts).toEqual({ ...NONE, pods: 2, allowed: 2 });
  expect(afterRegistry).toEqual([false, false]);
});

it('skips the namespaces that the webhooks leave out', async () => {
  const { reference } = pushImage(world.registry, 'acme/unsigned:v1');
  const items = ['kube-system', 'sigtrail-system'].map((namespace) => pod('own', reference, { namespace }));
  pages[FIRST] = { items: [...items, pod('fine', signed.reference)] };
  expect(await check()).toEqual({ counts: { ...NONE, pods: 1, skipped: 2, allowed: 1 }, lines: [] });
});

it('does not allow what was loaded into the node under a tag that is verified', async () => {
  const imageID = `sha256:${'a'.repeat(64)}`;
  pages[FIRST] = { items: [pod('loaded', signed.reference, { imageID }), pod('pinned', signed.pinned, { imageID })] };
  const { counts, lines } = await check();
  expect(counts).toEqual({ ...NONE, pods: 2, allowed: 1, unknown: 1 });
  expect(lines).toEqual([
    expect.stringMatching(
      /^unknown shop\/loaded container app: .*its tag is verified, but .* which digest runs.*\[unknown-digest\]/,
    ),
  ]);
});
