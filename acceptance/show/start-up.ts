import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleCommand } from '../../tools/command-bundle.ts';
import { runCommand } from '../../tools/command.ts';
import { root } from '../../tools/workspace.ts';
import { startSignedImage } from '../packed/signed-image.ts';
import { findProgram } from '../real/programs.ts';
import type { Figure } from './figure.ts';
import { type Cost, measurePrograms } from './process-cost.ts';

/** Limits as ratios, so that they hold on any machine. Below 1 is less than what it is compared with. */
const LIMITS = {
  /** `--version` beside `node -e 0`. */
  versionWall: 2,
  /** The published file beside the same sources as some 900 modules. What was published before took 0.44× to 0.45×; its modules have become fewer since, so that these differ less. */
  verifyWall: 0.55,
  verifyMemory: 0.8,
} as const;

/** What it costs to start the command, as it is published, beside Node alone, the unbundled modules and cosign. */
export async function* showStartUp(): AsyncGenerator<Figure> {
  const built = await runCommand('tsc', ['-b', join(root, 'packages', 'cli')]);
  if (!built.ok) throw new Error(built.output);
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-start-up-'));
  await using image = await startSignedImage();
  try {
    await bundleCommand(folder);
    const bundled = join(folder, 'sigtrail.cjs');
    const modules = join(root, 'packages', 'cli', 'dist', 'bin.js');
    const verify = ['verify', image.reference, ...image.flags];
    const cosign = ['cosign2', 'cosign3'].flatMap((name) => {
      const program = findProgram(name);
      const flags = ['--allow-http-registry', '--new-bundle-format', ...image.flags];
      return program === undefined ? [] : [[name, [program, 'verify', ...flags, image.reference]] as const];
    });
    const costs = await measurePrograms(
      new Map<string, readonly string[]>([
        ['node', [process.execPath, '-e', '0']],
        ['version', [process.execPath, bundled, '--version']],
        ['help', [process.execPath, bundled, '--help']],
        ['verify', [process.execPath, bundled, ...verify]],
        ['modules', [process.execPath, modules, ...verify]],
        ...cosign,
      ]),
    );
    const of = (name: string): Cost => costs.get(name) ?? { wallMs: Number.NaN, bytes: Number.NaN };
    yield ratio('sigtrail --version beside node -e 0', of('version'), of('node'), { wallMs: LIMITS.versionWall });
    yield ratio('sigtrail --help beside node -e 0', of('help'), of('node'), {});
    yield ratio('sigtrail verify, one file beside modules', of('verify'), of('modules'), {
      wallMs: LIMITS.verifyWall,
      bytes: LIMITS.verifyMemory,
    });
    yield ratio('sigtrail verify beside node -e 0', of('verify'), of('node'), {});
    for (const [name] of cosign) yield ratio(`sigtrail verify beside ${name} verify`, of('verify'), of(name), {});
    if (cosign.length === 0) yield { name: 'cosign', value: 'skipped: it is not installed', passed: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ratio(name: string, ours: Cost, theirs: Cost, limits: Partial<Cost>): Figure {
  const wall = ours.wallMs / theirs.wallMs;
  const memory = ours.bytes / theirs.bytes;
  const limitText = (limit: number | undefined): string => (limit === undefined ? '' : `, limit ${limit}×`);
  return {
    name,
    value: [
      `${ours.wallMs.toFixed(0)} ms / ${theirs.wallMs.toFixed(0)} ms = ${wall.toFixed(2)}×${limitText(limits.wallMs)}`,
      `${(ours.bytes / 1e6).toFixed(0)} MB / ${(theirs.bytes / 1e6).toFixed(0)} MB = ${memory.toFixed(2)}×${limitText(limits.bytes)}`,
    ].join('; '),
    passed: wall <= (limits.wallMs ?? Number.POSITIVE_INFINITY) && memory <= (limits.bytes ?? Number.POSITIVE_INFINITY),
  };
}
