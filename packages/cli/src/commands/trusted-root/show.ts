import type { Command } from 'commander';
import { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SNAPSHOT_DATE, type TrustedRoot, trustRoot } from 'sigtrail/trust';
import type { CommandContext } from '../../command.ts';
import type { Defaults } from '../../defaults.ts';
import { toJsonLine } from '../../json-line.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { readInput } from '../../read-input.ts';
import { readRoots } from '../../trust-flags.ts';
import { describeRoot, rootToText } from '../../trusted-root-view.ts';

/** `sigtrail trusted-root show [FILE]`: what a trusted root has in it. */
export function addShowRoot(parent: Command, { exit, stdout, defaults }: CommandContext): void {
  withOutputFlags(parent.command('show'), ['text', 'json'])
    .description('what is in a trusted root: authorities and logs, since when and until when, and who runs them')
    .argument(
      '[[profile=]file]',
      'trusted_root.json, or .jsonl with one a line; default: embedded public-good snapshot',
    )
    .action(async (file: string | undefined, flags: OutputFlags) => {
      const { name, root } = await rootOf(file, defaults);
      const view = describeRoot(name, root);
      await writeResult(flags.output === 'json' ? toJsonLine(view) : rootToText(view, new Date()), flags, stdout);
      exit(0);
    });
}

async function rootOf(
  given: string | undefined,
  { trust }: Defaults,
): Promise<{ readonly name: string; readonly root: TrustedRoot }> {
  if (given === undefined)
    return {
      name: `embedded public-good snapshot of ${PUBLIC_GOOD_SNAPSHOT_DATE}`,
      root: trust ?? trustRoot.fromJson(PUBLIC_GOOD_ROOT),
    };
  const [root] = await readRoots(given, undefined);
  const { file, profile } = root ?? { file: given };
  return { name: file, root: trustRoot.fromJson(await readInput('<file>', file), profile) };
}
