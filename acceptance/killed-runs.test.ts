import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createSigstore,
  type FakeRegistry,
  pushImage,
  startRegistry,
  startTufRepository,
  type TufRepository,
} from '@sigtrail/testing';
import { parseCapsule } from 'sigtrail/replay';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../packages/cli/src/bin.ts', import.meta.url));
let registry: FakeRegistry;
let repository: TufRepository;
let reference: string;
let folder: string;

beforeAll(async () => {
  const sigstore = await createSigstore();
  registry = await startRegistry();
  repository = await startTufRepository(new Date());
  repository.publish(JSON.stringify(sigstore.trustedRoot()));
  ({ reference } = pushImage(registry, 'acme/app:v1'));
  await sigstore.signImage(registry, reference, { as: { email: 'dev@acme.test' } });
});
afterAll(async () => {
  await registry.close();
  await repository[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-killed-'));
  await writeFile(join(folder, 'root.json'), repository.root);
  await mkdir(join(folder, 'cache'), { mode: 0o700 });
  await mkdir(join(folder, 'out'));
  return async () => {
    registry.configure({ delayMs: 0 });
    await rm(folder, { recursive: true, force: true });
  };
});

const capsule = (): string => join(folder, 'out', 'app.capsule.json');

/** A run of the command in its own process. `arm` gets the function that kills it. */
async function run(arm: (kill: () => void) => () => void): Promise<number | NodeJS.Signals | null> {
  const signer = [
    '--certificate-identity',
    'dev@acme.test',
    '--certificate-oidc-issuer',
    'https://accounts.google.com',
  ];
  const root = ['--tuf-mirror', repository.mirror, '--tuf-root', join(folder, 'root.json')];
  const written = ['--tuf-cache', join(folder, 'cache'), '--capsule', capsule()];
  const argv = ['--conditions=@sigtrail/source', PROGRAM, 'verify', reference, ...signer, ...root, ...written];
  const child = spawn(process.execPath, argv, { stdio: 'ignore' });
  const disarm = arm(() => void child.kill('SIGKILL'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  disarm();
  return signal ?? code;
}

/** Every finished file below the folder; an unfinished one has a temporary name. */
async function namedFiles(): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => /(?:state|capsule)\.json$/.test(file)).toSorted();
}

describe('a process that is killed with SIGKILL', () => {
  it.each<[string, (kill: () => void) => () => void]>([
    ['while it writes the TUF cache', (kill) => onChange(join(folder, 'cache'), kill)],
    [
      'after the TUF cache, before the capsule',
      (kill) => {
        registry.configure({ delayMs: () => (kill(), 0) });
        return () => registry.configure({ delayMs: 0 });
      },
    ],
    ['while it writes the capsule', (kill) => onChange(join(folder, 'out'), kill)],
  ])('%s leaves nothing half-written, and the next run verifies', async (_, arm) => {
    // The last one may have ended before the signal came.
    expect(['SIGKILL', 0]).toContain(await run(arm));
    for (const file of await namedFiles()) JSON.parse(await readFile(join(folder, file), 'utf8'));
    // A capsule is never overwritten: if the killed run finished it, it is whole.
    if (existsSync(capsule())) {
      expect(parseCapsule(await readFile(capsule(), 'utf8')).report.verdict).toBe('verified');
      await rm(capsule());
    }
    expect(await run(() => () => undefined)).toBe(0);
    expect(parseCapsule(await readFile(capsule(), 'utf8')).report.verdict).toBe('verified');
  });
});

function onChange(directory: string, act: () => void): () => void {
  const watcher = watch(directory, { recursive: true }, act);
  return () => watcher.close();
}
