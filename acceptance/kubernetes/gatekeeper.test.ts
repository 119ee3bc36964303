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
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { findProgram } from '../real/programs.ts';
import { prepareWebhook } from './webhook.ts';
import { MAP } from './world.ts';

// Gatekeeper's own code asks: its client for providers, with TLS on both sides, as programs/gatekeeper-client builds it.

const client = findProgram('gatekeeper-client');

it.skipIf(client === undefined)('Gatekeeper’s client gets a digest or an error for each image', async () => {
  if (client === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-gatekeeper-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  await using registry = await startRegistry();
  const sigstore = await createSigstore();
  const signed = pushImage(registry, 'acme/app:v1');
  await sigstore.signImage(registry, 'acme/app:v1');
  const { reference: unsigned } = pushImage(registry, 'acme/unsigned:v1');
  const gatekeeper = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
  const stranger = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
  await using webhook = await prepareWebhook(
    folder,
    "gatekeeper: { map: map.yaml, timeoutMs: 3000 }\nnamespaces: [{ names: ['*'], map: map.yaml }]\n",
  );
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
  const ask = async (
    who: string,
    ...keys: readonly string[]
  ): Promise<{ readonly output: string; readonly errors: string }> =>
    new Promise((resolve) => {
      const args = [`https://127.0.0.1:${webhook.port}/gatekeeper`, 'ca.crt', `${who}.crt`, `${who}.key`, '3', ...keys];
      execFile(client, args, { cwd: folder }, (_, output, errors) => resolve({ output, errors }));
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
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-gatekeeper-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  await using registry = await startRegistry();
  const sigstore = await createSigstore();
  const signed = pushImage(registry, 'acme/app:v1');
  await sigstore.signImage(registry, 'acme/app:v1');
  const { reference: unsigned } = pushImage(registry, 'acme/unsigned:v1');
  await using webhook = await prepareWebhook(
    folder,
    "gatekeeper: { map: map.yaml }\nnamespaces: [{ names: ['*'], map: map.yaml }]\n",
  );
  const files = { 'map.yaml': MAP, 'trusted_root.json': sigstore.trust.json, 'ca.crt': webhook.ca };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await webhook.start();
  const template = fileURLToPath(
    new URL('../../packages/admission/kubernetes/gatekeeper/constraint-template.yaml', import.meta.url),
  );
  const review = async (spec: object): Promise<readonly string[]> => {
    const url = `https://127.0.0.1:${webhook.port}/gatekeeper`;
    const args = ['template', template, url, 'ca.crt', JSON.stringify({ kind: 'Pod', spec })];
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
