// Asks the real cosign 2 and 3 every line of the rows, and writes their answers to recorded.json. `--check` only compares; `--later PROGRAM` asks a later release.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findProgram } from '../real/programs.ts';
import { wordsAt, withPlace } from './ask.ts';
import { recordedAnswers } from './recorded-answers.ts';
import type { CompatibilityRow, PeerAnswer } from './row.ts';
import { ROWS } from './rows/index.ts';

/** Where the answers are kept. */
export const RECORDED: string = join(import.meta.dirname, 'recorded.json');
/** Where the comparison with a later release is kept. */
export const LATER_RELEASE: string = join(import.meta.dirname, 'later-release.json');

const run = promisify(execFile);

/** The installed programs' answers to each row with a line. */
export async function askPrograms(
  rows: readonly CompatibilityRow[],
  programs: readonly string[],
): Promise<Readonly<Record<string, readonly PeerAnswer[]>>> {
  const answers: Record<string, readonly PeerAnswer[]> = {};
  for (const { name, ask } of rows) {
    if (typeof ask === 'function') continue;
    answers[name] = await withPlace(ask, async (place) => {
      const words = wordsAt(ask.words, place);
      const all: PeerAnswer[] = [];
      for (const program of programs)
        all.push({ tool: await versionOf(program), answer: await answerOf(program, words, place.directory) });
      return all;
    });
  }
  return answers;
}

/** A later release of cosign, and where its answers differ from those that are recorded of the latest. */
export interface LaterRelease {
  readonly tool: string;
  /** How many lines it was asked. */
  readonly lines: number;
  readonly differences: readonly { readonly row: string; readonly before: string; readonly answer: string }[];
}

/** Asks a later release every line. */
export async function askLaterRelease(
  rows: readonly CompatibilityRow[],
  program: string,
  recorded: Readonly<Record<string, readonly PeerAnswer[]>>,
): Promise<LaterRelease> {
  const answers = Object.entries(await askPrograms(rows, [program]));
  const differences = answers.flatMap(([row, [peer]]) => {
    const [before, answer] = [recorded[row]?.at(-1)?.answer ?? 'not asked', peer?.answer ?? 'not asked'];
    return before === answer ? [] : [{ row, before, answer }];
  });
  return { tool: await versionOf(program), lines: answers.length, differences };
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await run(program, ['version', '--json']);
  const { gitVersion } = JSON.parse(stdout) as { readonly gitVersion: string };
  return `cosign ${gitVersion.replace(/^v/, '')}`;
}

async function answerOf(program: string, words: readonly string[], directory: string): Promise<string> {
  try {
    await run(program, [...words], { cwd: directory, env: { ...process.env, HOME: directory } });
    return 'accepted';
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: unknown };
    if (typeof code !== 'number' || typeof stderr !== 'string') throw error;
    if (code === 10) return 'unsigned';
    return code === 2 ? 'crashed' : 'refused';
  }
}

async function recordAll(isCheck: boolean): Promise<void> {
  const programs = ['cosign2', 'cosign3'].map((name) => {
    const path = findProgram(name);
    if (path === undefined) throw new Error(`${name} is not installed; run acceptance/real/install.sh`);
    return path;
  });
  const text = toText(await askPrograms(ROWS, programs));
  if (!isCheck) writeFileSync(RECORDED, text);
  else if (readFileSync(RECORDED, 'utf8') !== text) {
    console.error('acceptance/compatibility/recorded.json is not what the programs answer now');
    process.exitCode = 1;
  }
}

const toText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, later: { type: 'string' } } });
  if (values.later === undefined) await recordAll(values.check === true);
  else writeFileSync(LATER_RELEASE, toText(await askLaterRelease(ROWS, values.later, recordedAnswers())));
}
