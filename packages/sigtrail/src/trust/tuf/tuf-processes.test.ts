import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSigstore, startTufRepository, type TufRepository } from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseTrustedRoot } from '../parse-trusted-root.ts';
import { tufTrust } from './tuf-trust.ts';

const now = new Date('2026-03-01T12:00:00Z');
const CHILD = fileURLToPath(new URL('../../../test/tuf/tuf-child.ts', import.meta.url));
let repository: TufRepository;
let folder: string;
let documents: readonly string[];
const processes: Client[] = [];

beforeEach(async () => {
  repository = await startTufRepository(now);
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-tuf-processes-'));
  await writeFile(join(folder, 'root.json'), repository.root);
  documents = await Promise.all([1, 2].map(async () => JSON.stringify((await createSigstore({ now })).trustedRoot())));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(async (client) => client.end()));
  await repository[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A client in a process of its own. */
interface Client {
  readonly next: () => Promise<string>;
  readonly ask: () => Promise<unknown>;
  readonly end: () => Promise<void>;
}

function startClient(): Client {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [
      '--conditions=@sigtrail/source',
      CHILD,
      repository.mirror,
      join(folder, 'root.json'),
      join(folder, 'cache'),
      now.toISOString(),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the client ended');
    return value;
  };
  const client: Client = {
    next,
    ask: async () => {
      child.stdin.write('\n');
      return JSON.parse(await next());
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
  processes.push(client);
  return client;
}

const cached = async (): Promise<readonly string[]> => {
  const [name = ''] = await readdir(join(folder, 'cache')).catch(() => []);
  return readdir(join(folder, 'cache', name))
    .catch(() => [])
    .then((files) => files.map((file) => join(folder, 'cache', name, file)));
};

/** Reads every file of the cache over and over while something else goes on. Throws for one that isn't whole. */
async function readMeanwhile<T>(act: Promise<T>): Promise<{ readonly result: T; readonly reads: number }> {
  let reads = 0;
  let isOver = false;
  const result = act.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const file of (await cached()).filter((path) => path.endsWith('.json'))) {
      JSON.parse(await readFile(file, 'utf8'));
      reads += 1;
    }
    await setImmediate();
  }
  return { result: await result, reads };
}

it('lets processes refresh one cache at once, through new versions and new keys, and never tears it', async () => {
  const clients = [startClient(), startClient(), startClient()];
  for (const client of clients) expect(await client.next()).toBe('ready');
  for (const round of [0, 1, 2, 3, 4, 5]) {
    const document = documents[round % 2] ?? '';
    if (round % 3 === 2) repository.rotate();
    repository.publish(document);
    const { digest } = parseTrustedRoot(document);
    // All of them start from the same cache at the same time, and each has to come away with the newest.
    const { result, reads } = await readMeanwhile(Promise.all(clients.map(async (client) => client.ask())));
    expect(result).toEqual(clients.map(() => ({ digest })));
    if (round > 0) expect(reads).toBeGreaterThan(0);
    // Nothing half-written is left over, and no lock.
    const left = await cached();
    expect(left.map((path) => basename(path))).toEqual(['state.json']);
    // What they left is enough for one who has no network.
    const rest = tufTrust({
      mirror: repository.mirror,
      root: repository.root,
      cacheDirectory: join(folder, 'cache'),
      network: 'none',
    });
    expect((await rest(now)).root.digest).toBe(digest);
  }
}, 120_000);
