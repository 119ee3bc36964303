import type { EntryQuestion } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { describeEntry, type EntryView, entryToText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import { toJsonLine } from '../../json-line.ts';
import { writeResult } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { type LogFlags, openLog, trustOf, withLogOptions } from './log-options.ts';
import { withTraceFlag } from '../../detail-flags.ts';

/** `sigtrail rekor get <index|uuid>`: one entry, each value marked proven, asserted or unproven. */
export function addGet(parent: Command, { exit, stdout, defaults }: CommandContext): void {
  withTraceFlag(withLogOptions(defaults, parent.command('get'), ['text', 'json', 'html']))
    .description('show an entry: every field of the search page, marked proven, asserted or unproven')
    .argument('<entry>', 'log index, or UUID of 64 or 80 digits')
    .action(async (text: string, flags: LogFlags) => {
      const question = questionOf(text);
      const trust = await trustOf(flags, defaults);
      await using rekor = openLog(flags, trust);
      const view = await describeEntry(await rekor.entry(question), { trust: trust.root, now: new Date() });
      await writeResult(await formatted(view, flags.output), flags, stdout);
      exit(0);
    });
}

async function formatted(view: EntryView, output: string): Promise<string> {
  switch (output) {
    case 'json':
      return toJsonLine(view);
    case 'html':
      return (await import('sigtrail/report/html')).toHtml(view);
    default:
      return entryToText(view);
  }
}

function questionOf(text: string): EntryQuestion {
  if (/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/i.test(text)) return { uuid: text.toLowerCase() };
  if (/^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text))) return { logIndex: Number(text) };
  throw new UsageError(`expected a log index, or a UUID of 64 or 80 hexadecimal digits, got ${JSON.stringify(text)}`);
}
