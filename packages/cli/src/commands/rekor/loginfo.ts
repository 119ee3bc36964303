import { counted } from '@sigtrail/encoding';
import type { RekorShard } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import { toJsonLine } from '../../json-line.ts';
import { writeResult } from '../../output.ts';
import { type LogFlags, openLog, trustOf, withLogOptions } from './log-options.ts';
import { withTraceFlag } from '../../detail-flags.ts';

/** `sigtrail rekor loginfo`: the trees of the log, and whether their checkpoints are signed by a trusted key. */
export function addLogInfo(parent: Command, { exit, stdout, defaults }: CommandContext): void {
  withTraceFlag(withLogOptions(defaults, parent.command('loginfo')))
    .description('the trees of the log: size, root, and who signed their checkpoints')
    .action(async (flags: LogFlags) => {
      const trust = await trustOf(flags, defaults);
      await using rekor = openLog(flags, trust);
      const { version, active, inactive } = await rekor.logInfo();
      const trees = [
        ...inactive.map((shard) => ({ state: 'closed', ...treeOf(shard) })),
        { state: 'active', ...treeOf(active) },
      ];
      const text = `${safeText(flags.rekorUrl)} (Rekor v${version})\n${trees.map(toLines).join('')}`;
      await writeResult(
        flags.output === 'json' ? toJsonLine({ url: flags.rekorUrl, version, trees }) : text,
        flags,
        stdout,
      );
      exit(0);
    });
}

interface Tree {
  readonly origin: string;
  readonly treeId?: string;
  readonly offset: number;
  readonly size: string;
  readonly rootHash: string;
  readonly trust: RekorShard['checkpoint']['trust'];
  readonly signedBy?: string;
}

function treeOf({ treeId, offset, checkpoint: { origin, size, rootHash, trust, signedBy } }: RekorShard): Tree {
  return {
    origin,
    ...(treeId === undefined ? {} : { treeId }),
    offset,
    size: String(size),
    rootHash,
    trust,
    ...(signedBy === undefined ? {} : { signedBy }),
  };
}

const TRUST: Readonly<Record<Tree['trust'], string>> = {
  unverified: 'no trusted key signed it',
  pinned: 'signed by a trusted key',
  witnessed: 'signed by a trusted key and cosigned by witnesses',
};

function toLines({
  state,
  origin,
  offset,
  size,
  rootHash,
  trust,
  signedBy,
}: Tree & { readonly state: string }): string {
  const rows = [
    `  ${state.padEnd(7)} ${safeText(origin)}`,
    `    size    ${counted(size, 'entry', 'entries')}, the first of them number ${offset} of the log`,
    `    root    ${safeText(rootHash)}`,
    `    trust   ${TRUST[trust]}${signedBy === undefined ? '' : ` (${safeText(signedBy)})`}`,
  ];
  return `${rows.join('\n')}\n`;
}
