import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { DeadLetter, Fleet, FleetStatus } from '@sigtrail/fleet';
import { safeText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../../command.ts';
import { counted } from '@sigtrail/encoding';
import type { ExitCode } from '../../exit-code.ts';
import { toJsonLine } from '../../json-line.ts';
import { type FleetFlags, requireFleet, withFleetFlags } from '../../fleet-flags.ts';
import { loadFleet } from '../../fleet-package.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { startRedraw } from '../../redraw.ts';
import type { Terminal } from '../../streams.ts';
import { untilTold } from '../../until-told.ts';
import { warnOn } from '../../warnings.ts';

interface Flags extends FleetFlags, OutputFlags {
  readonly once?: boolean;
}

/** Between two looks at the queues. */
const LOOK_EVERY_MS = 2000;

/** `sigtrail fleet status`: where the jobs are, and what was set aside. On a terminal it stays, and shows what changes. */
export function addStatus(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(withFleetFlags(parent.command('status')), ['text', 'json'])
    .description('show the queues, the workers, and the jobs that were set aside')
    .option('--once', 'print it once, on a terminal, too; elsewhere it always is')
    .action(async (flags: Flags) => exit(await status(flags, streams)));
}

async function status(flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const options = await requireFleet(flags, warnOn(streams));
  const { openFleet, reachRedis } = await loadFleet();
  await reachRedis(options);
  const fleet = openFleet(options);
  try {
    const terminal = flags.output === 'text' && flags.outputFile === undefined ? streams.terminal?.stdout : undefined;
    if (terminal !== undefined && flags.once !== true) return await watch(fleet, terminal, streams.stdout);
    const [state, dead] = await Promise.all([fleet.status(), fleet.deadLetters({ most: 20 })]);
    await writeResult(
      flags.output === 'json' ? toJsonLine({ ...state, dead }) : toText(state, dead),
      flags,
      streams.stdout,
    );
    return 0;
  } finally {
    await fleet.close();
  }
}

/** Shows it until the command is told to stop. */
async function watch(fleet: Fleet, { columns }: Terminal, write: (text: string) => void): Promise<ExitCode> {
  const stop = new AbortController();
  const told = untilTold().then(() => stop.abort());
  const draw = startRedraw(write, columns);
  while (!stop.signal.aborted) {
    const [state, dead] = await Promise.all([fleet.status(), fleet.deadLetters({ most: 5 })]);
    draw(toText(state, dead));
    await Promise.race([told, sleep(LOOK_EVERY_MS)]);
  }
  return 0;
}

function toText({ queues, workers }: FleetStatus, dead: readonly DeadLetter[]): string {
  const rows = [
    ['queue', 'waiting', 'active', 'delayed', 'set aside'],
    ...queues.map(({ shard, waiting, active, delayed, failed }) =>
      [shard, waiting, active, delayed, failed].map(String),
    ),
  ];
  const table = rows.map((cells) => cells.map((cell) => cell.padStart(10)).join('')).join('\n');
  const letters = dead.map(({ question, jobId, answer }) =>
    safeText(
      `${question?.reference ?? jobId}: ${answer.kind === 'report' ? `${answer.report.verdict}: ${answer.report.problems[0]?.message ?? ''}` : `${answer.problem.code}: ${answer.problem.message}`}`,
    ),
  );
  return `${table}\n${counted(workers, 'worker')}\n${letters.map((line) => `set aside  ${line}\n`).join('')}`;
}
