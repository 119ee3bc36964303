import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** A running sigstore-go, ready for samples. */
export interface Peer {
  /** Milliseconds of one verification of each sample, in order. */
  time(): Promise<readonly number[]>;
  close(): Promise<void>;
}

const run = promisify(execFile);
const sources = join(import.meta.dirname, 'sigstore-go');

/** Builds and starts the Go program with these samples, or returns the reason why it can't. */
export async function startPeer(
  root: string,
  samples: readonly { readonly bundle: string; readonly artifact: Uint8Array }[],
): Promise<Peer | string> {
  const directory = await mkdtemp(join(tmpdir(), 'sigtrail-bench-'));
  const program = join(directory, 'peer');
  try {
    // Go caches builds, so only the first one takes long. If Go is older than go.mod requires, it downloads that version.
    const env = { ...process.env, GOTOOLCHAIN: 'auto' };
    await run('go', ['build', '-o', program, '.'], { cwd: sources, env, timeout: 600_000 });
  } catch (error) {
    await rm(directory, { recursive: true });
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'Go is not installed'
      : 'the Go program could not be built';
  }
  await writeFile(join(directory, 'root.json'), root);
  for (const [index, { bundle, artifact }] of samples.entries()) {
    const name = join(directory, String(index).padStart(4, '0'));
    await writeFile(`${name}.sigstore.json`, bundle);
    await writeFile(`${name}.artifact`, artifact);
  }
  const child = spawn(program, [join(directory, 'root.json'), directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    time: async () => {
      child.stdin.write('again\n');
      const { value, done } = await lines.next();
      if (done === true) throw new Error('sigstore-go stopped: it did not accept a bundle');
      return JSON.parse(value) as readonly number[];
    },
    close: async () => {
      child.stdin.end();
      await rm(directory, { recursive: true });
    },
  };
}
