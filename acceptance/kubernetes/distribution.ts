import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../real/free-port.ts';
import { findProgram } from '../real/programs.ts';
import { type Program, startProgram } from '../real/start-program.ts';
import type { KubernetesWorld } from './world.ts';

const run = promisify(execFile);

/** A real registry, distribution 3, over files: what it holds survives its end. */
export interface Distribution extends AsyncDisposable {
  /** The same image in this registry. */
  at(image: KubernetesWorld['signed']): KubernetesWorld['signed'];
  /** Copies an image with what refers to it. */
  copy(from: string, to: string): Promise<void>;
  start(): Promise<void>;
  /** Ends the process by `SIGKILL`. */
  kill(): Promise<void>;
}

/** The programs of one. */
export interface DistributionPrograms {
  readonly registry: string;
  /** Copies images. */
  readonly oras: string;
}

export function findDistribution(): DistributionPrograms | undefined {
  const [registry, oras] = ['distribution3', 'oras'].map(findProgram);
  return registry === undefined || oras === undefined ? undefined : { registry, oras };
}

/** Starts one, for images of the registry at `source`. */
export async function startDistribution(
  { registry, oras }: DistributionPrograms,
  source: string,
): Promise<Distribution> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-distribution-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const file = join(folder, 'registry.yml');
  const storage = `storage:\n  filesystem: { rootdirectory: ${join(folder, 'data')} }`;
  writeFileSync(file, `version: 0.1\nlog: { level: warn }\n${storage}\nhttp: { addr: '${host}' }\n`);
  let program: Program | undefined;
  const start = async (): Promise<void> => {
    program = await startProgram(registry, ['serve', file], port, join(folder, 'registry.log'), {
      OTEL_TRACES_EXPORTER: 'none',
    });
  };
  const kill = async (): Promise<void> => program?.stop('SIGKILL');
  await start();
  return {
    at: ({ reference, pinned }) => ({
      reference: reference.replace(source, host),
      pinned: pinned.replace(source, host),
    }),
    copy: async (from, to) => {
      await run(oras, ['cp', '-r', '--from-plain-http', from, '--to-plain-http', to]);
    },
    start,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
