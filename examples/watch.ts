// Report when somebody signs my image, when it is the wrong signer, when a signature disappears, and when the log misbehaves. This is one run; cron does the rest.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  pushImage,
  startRegistry,
  startRekor,
} from '@sigtrail/testing';
import { callbackSink, createFileStore, jsonlSink } from '@sigtrail/rekor';
import { createVerifier } from 'sigtrail';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const rekor = await startRekor(sigstore.rekor); // yours are ghcr.io and rekor.sigstore.dev, which are the defaults
const { reference, digest } = pushImage(registry, 'acme/app:v1');
const folder = await mkdtemp(join(tmpdir(), 'sigtrail-watch-')); // yours is /var/lib/sigtrail

const verifier = createVerifier({ trust: sigstore.trust });
const watch = {
  images: [reference],
  expected: [{ subject: GITHUB_WORKFLOW, issuer: GITHUB_ISSUER }],
  logs: [{ url: rekor.url, log: sigstore.rekor.baseUrl }],
  store: createFileStore(join(folder, 'state')),
  sinks: [
    jsonlSink(join(folder, 'events.jsonl')), // each event exactly once
    callbackSink('console', (event) => {
      if (event.kind === 'entry')
        console.log(event.expected === 'no' ? 'UNEXPECTED' : 'expected', event.entry.signers[0]?.subjects[0]);
      else if (event.kind === 'gone') console.log('gone from', event.place, event.signature.signer?.subjects[0]);
      else console.log(event.kind, event.code);
    }),
  ],
};

await sigstore.signImage(registry, reference, { format: 'cosign-signature' });
console.log('exit code', (await verifier.watch(watch)).exitCode); // 10: something new
console.log('exit code', (await verifier.watch(watch)).exitCode); // 0: nothing new
await sigstore.signImage(registry, reference, { format: 'cosign-signature', as: { email: 'mallory@evil.test' } });
console.log('exit code', (await verifier.watch(watch)).exitCode); // 20: an unexpected signer
registry.remove('acme/app', `${digest.replace(':', '-')}.sig`);
console.log('exit code', (await verifier.watch(watch)).exitCode); // 20: the registry has lost a signature that the log still has
rekor.shards = [...rekor.shards.slice(0, -1), sigstore.rekor.fork(4)];
console.log('exit code', (await verifier.watch(watch)).exitCode); // 30: the log takes back a signed entry

await verifier.close();
await Promise.all([registry.close(), rekor.close()]);
