import { parseJsonStrict } from '@sigtrail/encoding';
import { type LogEvidence, parseTransparencyLogEntry, proveEntry, verifyEvidence } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { toJsonLine } from '../../json-line.ts';
import { writeResult } from '../../output.ts';
import { readInput } from '../../read-input.ts';
import { UsageError } from '../../usage-error.ts';
import { type LogFlags, type LogTrust, parseInput, trustOf, withLogOptions } from './log-options.ts';

/** `sigtrail rekor verify <file>`: an entry or an alarm's evidence that was saved, checked again without a log. */
export function addVerifySaved(parent: Command, { exit, stdout, defaults }: CommandContext): void {
  withLogOptions(defaults, parent.command('verify'))
    .description('check a saved entry, or the evidence of an alarm, again; no log is contacted')
    .argument(
      '<file>',
      'evidence of an alarm, an entry of `rekor get --output json`, or a TransparencyLogEntry of a bundle',
    )
    .action(async (file: string, flags: LogFlags) => {
      const trust = await trustOf(flags, defaults);
      const document = parse(file, await readInput('<file>', file));
      const { result, code } = parseInput('<file>', file, () => verify(document, trust, flags));
      await writeResult(result, flags, stdout);
      exit(code);
    });
}

function verify(
  document: Readonly<Record<string, unknown>>,
  { logs }: LogTrust,
  { output }: LogFlags,
): { readonly result: string; readonly code: ExitCode } {
  if ('code' in document && 'checkpoints' in document) {
    const verdict = verifyEvidence(asEvidence(document), { logs });
    const text = `${verdict.holds ? 'HOLDS' : 'DOES NOT HOLD'} ${safeText(String(document['code']))}: ${safeText(verdict.message)}\n  ${verdict.attributable ? 'the log’s own signatures contradict each other: it can’t deny this' : 'the log’s signatures are real; that it served this rests on your word'}\n`;
    return { result: output === 'json' ? toJsonLine(verdict) : text, code: verdict.holds ? 0 : 12 };
  }
  const entry = parseTransparencyLogEntry('evidence' in document ? document['evidence'] : document);
  const { checks, provenance, alarm } = proveEntry(entry, { logs });
  const marks = { passed: '✓', failed: '✗', skipped: '–' } as const;
  const lines = checks.map(({ check, status, message }) => `  ${marks[status]} ${check}  ${safeText(message)}`);
  return {
    result:
      output === 'json'
        ? toJsonLine({ provenance, checks })
        : `${provenance.body.toUpperCase()} entry ${entry.logIndex}\n${lines.join('\n')}\n`,
    code: alarm === undefined && provenance.body !== 'unproven' ? 0 : 12,
  };
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJsonStrict(text, { maxBytes: 64 * 1024 * 1024 });
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: ${cause instanceof Error ? cause.message : ''}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${file} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

/** What `verifyEvidence` reads must be there; the rest it checks itself. */
function asEvidence(document: Readonly<Record<string, unknown>>): LogEvidence {
  const { schemaVersion, code, message, url, checkpoints, hashes = [] } = document;
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
  if (schemaVersion !== 1 || ![code, message, url].every(isText) || !isTexts(checkpoints) || !isTexts(hashes))
    throw new UsageError('the file is not evidence of version 1 as sigtrail saves it');
  // Every member that is read without a check of its own was looked at above.
  return document as unknown as LogEvidence;
}
