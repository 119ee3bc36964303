// One run of a watcher in a process of its own, killed (SIGKILL) at its Nth write to the disk: `watch-child.ts URL FOLDER KEY.pem N before|torn WEBHOOK index|scan|places`.
import fs, { type FileHandle, open } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type { WatchedPlace } from '../src/index.ts';

const [url = '', folder = '', keyFile = '', killAt = '0', mode = 'before', webhook = '', how = 'index'] =
  process.argv.slice(2);
const target = Number(killAt);
let writes = 0;

/** Every call that changes the disk comes through here: from the library and from our code alike. */
async function beforeWrite(torn?: () => Promise<unknown>): Promise<void> {
  writes += 1;
  if (writes !== target) return;
  if (mode === 'torn') await torn?.();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined); // the signal is on its way
}

const probe = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
const { write, writeFile, sync } = prototype;
const halfOf = (data: unknown): Uint8Array => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array);
  return bytes.subarray(0, Math.floor(bytes.byteLength / 2));
};
const writeBytes = write as (this: FileHandle, bytes: Uint8Array, ...more: readonly number[]) => Promise<unknown>;
prototype.write = async function (this: FileHandle, bytes: Uint8Array, ...more: readonly number[]) {
  await beforeWrite(() => writeBytes.call(this, halfOf(bytes)));
  return writeBytes.call(this, bytes, ...more);
} as FileHandle['write'];
prototype.writeFile = async function (this: FileHandle, ...args: Parameters<FileHandle['writeFile']>) {
  await beforeWrite(() => writeFile.call(this, halfOf(args[0])));
  return writeFile.apply(this, args);
};
prototype.sync = async function (this: FileHandle) {
  await beforeWrite();
  return sync.call(this);
};
const { rename } = fs;
fs.rename = async (...args: Parameters<typeof rename>) => {
  await beforeWrite();
  return rename(...args);
};
syncBuiltinESMExports();

const { createFileStore, createRekor, jsonlSink, monitor, parseLogKey, webhookSink } = await import('../src/index.ts');
const { DIGEST, REPOSITORY } = await import('./watched-image.ts');
const rekor = createRekor({ url, trust: [parseLogKey(readFileSync(keyFile, 'utf8'))], version: 1, retries: 0 });
const watcher = monitor({
  logs: [{ rekor, ...(how === 'scan' ? { scan: true, from: 0 } : {}) }],
  images: [{ digest: DIGEST, repository: REPOSITORY }],
  store: createFileStore(join(folder, 'state')),
  sinks: [jsonlSink(join(folder, 'events.jsonl')), webhookSink(webhook)],
});
const placesFile = join(folder, 'places.json');
const places = how === 'places' ? (JSON.parse(readFileSync(placesFile, 'utf8')) as readonly WatchedPlace[]) : [];
const { exitCode, problems } = await watcher.run({ places });
await watcher.close();
await rekor.close();
process.stdout.write(JSON.stringify({ exitCode, problems, writes }));
