// Tell me when anybody signs my image, when it is not who should, when a signature disappears, and when the log itself misbehaves. One run; cron does the rest.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbackSink, createFileStore, jsonlSink } from '@sigtrail/rekor';
import { createVerifier } from 'sigtrail';
import { SIGNER, startEmbeddedSigstore } from './embedded-sigstore.ts';

const world = await startEmbeddedSigstore(); // yours are ghcr.io and rekor.sigstore.dev, which are the defaults
const folder = await mkdtemp(join(tmpdir(), 'sigtrail-watch-')); // yours is /var/lib/sigtrail

const verifier = createVerifier({ trust: world.trust });
const watch = {
  images: [world.reference],
  expected: [SIGNER],
  logs: world.logs,
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

await world.sign();
console.log('exit code', (await verifier.watch(watch)).exitCode); // 10: something new
console.log('exit code', (await verifier.watch(watch)).exitCode); // 0: nothing new
await world.sign({ email: 'mallory@evil.test' });
console.log('exit code', (await verifier.watch(watch)).exitCode); // 20: not who should
world.deleteSignatures();
console.log('exit code', (await verifier.watch(watch)).exitCode); // 20: the registry has lost what the log still knows
world.rollBack();
console.log('exit code', (await verifier.watch(watch)).exitCode); // 30: the log takes back what it signed

await verifier.close();
await world.close();
