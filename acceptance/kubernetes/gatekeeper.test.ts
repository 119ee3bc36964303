import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createCertificateAuthority,
  createSigstore,
  issueTlsCertificate,
  type PushedImage,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { findProgram } from '../real/programs.ts';
import { prepareWebhook, type Webhook } from './webhook.ts';
import { MAP } from './world.ts';

// Gatekeeper's own code asks: its client for providers, its Rego engine and its mutation system, with TLS on both sides, as programs/gatekeeper-engine builds them.

const client = findProgram('gatekeeper-engine');

const EXAMPLES = fileURLToPath(
  new URL('../../packages/admission/kubernetes/gatekeeper/constraint-template.yaml', import.meta.url),
);

const CREDENTIALS = ['ca.crt', 'gatekeeper.crt', 'gatekeeper.key'];

/** The webhook as Gatekeeper's provider, with TLS on both sides, and the files of who asks it. */
interface GatekeeperWorld extends AsyncDisposable {
  readonly folder: string;
  readonly webhook: Webhook;
  readonly url: string;
  readonly signed: PushedImage;
  readonly unsigned: string;
}

async function openGatekeeperWorld(): Promise<GatekeeperWorld> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'sigtrail-gatekeeper-')), async (path) =>
    rmSync(path, { recursive: true }),
  );
  const registry = opened.use(await startRegistry());
  const sigstore = await createSigstore();
  const signed = pushImage(registry, 'acme/app:v1');
  await sigstore.signImage(registry, 'acme/app:v1');
  const { reference: unsigned } = pushImage(registry, 'acme/unsigned:v1');
  const gatekeeper = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
  const stranger = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
  const settings = "gatekeeper: { map: map.yaml, timeoutMs: 3000 }\nnamespaces: [{ names: ['*'], map: map.yaml }]\n";
  const webhook = opened.use(await prepareWebhook(folder, settings));
  const files = {
    'map.yaml': MAP,
    'trusted_root.json': sigstore.trust.json,
    'clients.crt': gatekeeper.ca,
    'ca.crt': webhook.ca,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const [name, { cert, key }] of Object.entries({ gatekeeper, stranger })) {
    writeFileSync(join(folder, `${name}.crt`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
  webhook.knowClients('clients.crt');
  await webhook.start();
  const held = opened.move();
  return {
    folder,
    webhook,
    url: `https://127.0.0.1:${webhook.port}/gatekeeper`,
    signed,
    unsigned,
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  };
}

it.skipIf(client === undefined)('Gatekeeper’s client gets a digest or an error for each image', async () => {
  if (client === undefined) return;
  await using world = await openGatekeeperWorld();
  const { folder, url, signed, unsigned } = world;
  const ask = async (
    who: string,
    ...keys: readonly string[]
  ): Promise<{ readonly output: string; readonly errors: string }> =>
    new Promise((resolve) => {
      execFile(
        client,
        ['ask', url, 'ca.crt', `${who}.crt`, `${who}.key`, ...keys],
        { cwd: folder },
        (_, output, errors) => resolve({ output, errors }),
      );
    });
  const { output, errors } = await ask('gatekeeper', signed.reference, unsigned);
  expect(errors).toBe('');
  expect(JSON.parse(output)).toEqual({
    status: 200,
    response: {
      idempotent: true,
      items: [
        { key: signed.reference, value: `${signed.reference}@${signed.digest}` },
        { key: unsigned, error: expect.stringContaining('is not signed') },
      ],
    },
  });
  // Gatekeeper can't read the words of a refusal, and takes them for no answer: nothing runs.
  expect((await ask('stranger', signed.reference)).errors).toContain('failed to unmarshal');
});

it.skipIf(client === undefined)('the constraint template refuses by Gatekeeper’s own engine', async () => {
  if (client === undefined) return;
  await using world = await openGatekeeperWorld();
  const { folder, url, signed, unsigned, webhook } = world;
  const review = async (spec: object): Promise<readonly string[]> => {
    const args = ['template', url, ...CREDENTIALS, EXAMPLES, JSON.stringify({ kind: 'Pod', spec })];
    const { stdout } = await promisify(execFile)(client, args, { cwd: folder });
    return JSON.parse(stdout) as readonly string[];
  };
  const app = { name: 'app', image: signed.pinned };
  const bad = { name: 'bad', image: unsigned };
  expect(await review({ containers: [app] })).toEqual([]);
  const refusal = [expect.stringMatching(/^127\.0\.0\.1:\d+\/acme\/unsigned:v1: .*is not signed/)];
  expect(await review({ containers: [app, bad] })).toEqual(refusal);
  expect(await review({ containers: [app], initContainers: [bad] })).toEqual(refusal);
  expect(await review({ containers: [app], ephemeralContainers: [bad] })).toEqual(refusal);
  const volumes = [
    { name: 'model', image: { reference: unsigned } },
    { name: 'empty', emptyDir: {} },
  ];
  expect(await review({ containers: [app], volumes })).toEqual(refusal);
  expect(await review({ containers: [{ name: 'app', image: signed.reference }] })).toEqual([
    `${signed.reference} is verified, and named by a tag; write ${signed.reference}@${signed.digest}`,
  ]);
  await webhook.kill();
  expect(await review({ containers: [app] })).toEqual([expect.stringContaining('connection refused')]);
});

it.skipIf(client === undefined)('the mutations pin a Pod by Gatekeeper’s own mutation system', async () => {
  if (client === undefined) return;
  await using world = await openGatekeeperWorld();
  const { folder, url, signed, unsigned, webhook } = world;
  const mutate = async (pod: object): Promise<{ readonly pod: unknown; readonly errors: string }> =>
    new Promise((resolve) => {
      const args = ['mutate', url, ...CREDENTIALS, EXAMPLES, JSON.stringify(pod)];
      execFile(client, args, { cwd: folder }, (_, output, errors) =>
        resolve({ pod: output === '' ? undefined : JSON.parse(output), errors }),
      );
    });
  const pod = (app: string, setup: string): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'app', image: app }], initContainers: [{ name: 'setup', image: setup }] },
  });
  const pinnedImage = `${signed.reference}@${signed.digest}`;
  const pinned = pod(pinnedImage, pinnedImage);
  expect(await mutate(pod(signed.reference, signed.reference))).toEqual({ pod: pinned, errors: '' });
  // Gatekeeper may ask again about what it pinned.
  expect(await mutate(pinned)).toEqual({ pod: pinned, errors: '' });
  const refused = { pod: undefined, errors: expect.stringContaining('is not signed') };
  expect(await mutate(pod(signed.reference, unsigned))).toEqual(refused);
  expect(await mutate(pod(unsigned, signed.reference))).toEqual(refused);
  await webhook.kill();
  expect(await mutate(pinned)).toEqual({ pod: undefined, errors: expect.stringContaining('connection refused') });
});
