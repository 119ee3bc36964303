import { spawn } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlacedSignature } from '../src/monitor/watch-event.ts';
import { parseState } from '../src/monitor/watch-state.ts';
import { createWorld } from './watched-log.ts';

/** What a loop of kills left behind. Every fault is a sentence; none is as it should be. */
export interface KillLoop {
  /** Runs that were killed (SIGKILL), each at another write. */
  readonly kills: number;
  /** Entries that were logged (signatures that left, with `places`), and the distinct ones that the JSONL file tells of. */
  readonly logged: number;
  readonly told: number;
  readonly faults: readonly string[];
  /** Deliveries that the webhook heard a second time, with the same id. */
  readonly repeatedPosts: number;
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/**
 * Kills a watcher in a process of its own at every write to the disk (or at every `stride`th): before the write, and in the middle of it. A new entry
 * is logged before each run, and each run has to go on from what the one before left. `how` the watcher looks: by the log's index, at every entry,
 * or at places, which a signature leaves before each run.
 */
export async function killLoop(stride: number, how: 'index' | 'scan' | 'places' = 'index'): Promise<KillLoop> {
  const world = await createWorld();
  const { server, log, folder } = world;
  const keyFile = join(folder, 'log.pem');
  writeFileSync(keyFile, log.key.pem);
  const hook = await startHook();
  const reader = readEvents(join(folder, 'events.jsonl'));
  const faults: string[] = [];
  const run = async (killAt: number, mode: string): Promise<Ended> => {
    const ended = await runChild(server.url, folder, keyFile, String(killAt), mode, hook.url, how);
    // A lock outlives its process by ten seconds: here they have passed.
    const lock = join(folder, 'state', '.lock');
    if (existsSync(lock)) utimesSync(lock, 0, 0);
    const state = join(folder, 'state', 'state.json');
    // Throws for a torn one.
    if (existsSync(state)) parseState(readFileSync(state));
    faults.push(...reader.check(`killed ${mode} write ${killAt}`));
    return ended;
  };
  let kills = 0;
  let logged = 0;
  const left = Array.from({ length: 200 }, (_, i): PlacedSignature => {
    const id = `sha256:${i.toString(16).padStart(64, '0')}`;
    return { id, format: 'cosign-signature', entries: [] };
  });
  const change = (): void => {
    logged += 1;
    if (how !== 'places') return world.sign();
    left.shift();
    writePlaces(folder, left);
  };
  try {
    if (how === 'places') writePlaces(folder, left);
    else change();
    await run(0, 'before');
    for (const mode of ['before', 'torn'])
      for (let killAt = 1; ; killAt += stride) {
        change();
        const { signal, output } = await run(killAt, mode);
        if (signal === null) {
          if (!output.includes(`"exitCode":${how === 'places' ? 20 : 10},"problems":[]`))
            faults.push(`a run that was not killed said ${output}`);
          break;
        }
        kills += 1;
      }
    await run(0, 'before');
    const ids = reader.ids();
    if (ids.toSorted().join() !== [...new Set(hook.posted)].toSorted().join())
      faults.push('the webhook heard of other events');
    return {
      kills,
      logged,
      told: reader.told(how === 'places' ? 'gone' : 'entry'),
      faults,
      repeatedPosts: hook.posted.length - ids.length,
    };
  } finally {
    await hook.close();
    await world.close();
  }
}

function writePlaces(folder: string, signatures: readonly PlacedSignature[]): void {
  writeFileSync(join(folder, 'places.json'), JSON.stringify([{ name: 'a place', isComplete: true, signatures }]));
}

interface Told {
  readonly id: string;
  readonly kind: string;
}

/** Somebody who follows the file: what was read once must never change, and no event may come twice. */
function readEvents(file: string): {
  readonly check: (when: string) => readonly string[];
  readonly ids: () => readonly string[];
  readonly told: (kind: string) => number;
} {
  let seen = '';
  let told: readonly Told[] = [];
  return {
    check: (when) => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const changed = !text.startsWith(seen.slice(0, seen.lastIndexOf('\n') + 1));
      seen = text;
      told = text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Told);
      const repeated = told.length - new Set(told.map(({ id }) => id)).size;
      return [
        ...(changed ? [`${when}: a line changed that was written before`] : []),
        ...(repeated > 0 ? [`${when}: ${repeated} events are there twice`] : []),
      ];
    },
    ids: () => told.map(({ id }) => id),
    told: (wanted) => told.filter(({ kind }) => kind === wanted).length,
  };
}

async function startHook(): Promise<{
  readonly url: string;
  readonly posted: string[];
  readonly close: () => Promise<void>;
}> {
  const posted: string[] = [];
  const server = createServer((request, response) => {
    posted.push(String(request.headers['idempotency-key']));
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    posted,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function runChild(...args: readonly string[]): Promise<Ended> {
  const script = fileURLToPath(new URL('watch-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@sigtrail/source', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Dozens of the same program: the second starts in half the time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'sigtrail-kill-loop') },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => resolve({ signal, output }));
  });
}
