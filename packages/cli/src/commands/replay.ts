import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { parseCapsule, replay } from 'sigtrail/replay';
import { safeText, toText } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import type { Streams } from '../streams.ts';
import { UsageError } from '../usage-error.ts';

interface ReplayFlags {
  readonly now?: string;
  readonly output: string;
}

/** `sigtrail replay <capsule>`: the same evaluation again, from a file, without a network. */
export function addReplay({ command, exit, ...streams }: CommandContext): void {
  command('replay')
    .description('evaluate again what `verify --capsule` recorded; no network')
    .argument('<capsule>', 'file that `verify --capsule` wrote')
    .option('--now <time>', 'another clock than the recorded one, RFC 3339: would it still be accepted then?')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (file: string, flags: ReplayFlags) => exit(await replayFile(file, flags, streams)));
}

async function replayFile(file: string, flags: ReplayFlags, { stdout, stderr }: Streams): Promise<ExitCode> {
  if (!['text', 'json'].includes(flags.output))
    throw new UsageError(`--output must be text or json, got ${JSON.stringify(flags.output)}`);
  const capsule = parseCapsule(await readCapsule(file));
  const now = flags.now === undefined ? undefined : timeOf(flags.now);
  const report = await replay(capsule, now === undefined ? {} : { now });
  stdout(flags.output === 'json' ? toJsonLine(report) : toText(report));
  const { name, version } = capsule.engine;
  const same = isDeepStrictEqual(JSON.parse(JSON.stringify(report)), JSON.parse(JSON.stringify(capsule.report)));
  stderr(
    safeText(
      same
        ? `the same report as ${name} ${version} gave at ${capsule.now}`
        : `not the report that ${name} ${version} gave at ${capsule.now} (${capsule.report.verdict}): ${now === undefined ? 'the file was changed, or this version checks otherwise' : 'the clock is another'}`,
    ) + '\n',
  );
  return exitCodeOf(report);
}

async function readCapsule(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(
      `${file} can't be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`,
    );
  }
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError(`--now expects an RFC 3339 time like 2026-11-27T12:00:00Z, got ${JSON.stringify(text)}`);
  return time;
}
