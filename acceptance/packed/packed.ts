import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPackages, type PackedPackage } from '../../tools/packed-packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The published packages, packed once for all suites of this folder: `inject('packed')`. */
    readonly packed: readonly PackedPackage[];
  }
}

/** vitest's global setup: packs everything once, and removes it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-packed-'));
  project.provide('packed', await packPackages(folder));
  return () => rm(folder, { recursive: true, force: true });
}
