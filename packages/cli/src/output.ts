import type { Command } from 'commander';
import { safeText } from 'sigtrail/report';
import { codeOf } from './error-code.ts';
import { optionGroup } from './option-group.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';
import { expectWritable, openWhole, writeWhole } from './whole-file.ts';

/** Flags that say in which format a result is written, and where. */
export interface OutputFlags extends FileFlags {
  readonly output: string;
}

/** The flag of {@link withFileFlag}. */
export interface FileFlags {
  readonly outputFile?: string;
}

/** Adds `--output`, whose first format is the default, and `--output-file`. Another format is refused before any work. */
export function withOutputFlags(command: Command, formats: readonly [string, ...string[]]): Command {
  const formatted = optionGroup(command, 'Output', (grouped) =>
    grouped.option('-o, --output <format>', inWords(formats), formats[0]),
  ).hook('preAction', () => expectFormat(command.opts<OutputFlags>().output, formats));
  return withFileFlag(formatted);
}

/** Adds `--output-file` alone, to a command whose result has one format. A file that can't be made is refused before any work. */
export function withFileFlag(command: Command): Command {
  return optionGroup(command, 'Output', (grouped) =>
    grouped.option('--output-file <file>', 'write the result to this file, and not to standard output'),
  ).hook('preAction', async () => expectPlace(command.opts<FileFlags>()));
}

function expectFormat(output: string, formats: readonly string[]): void {
  if (!formats.includes(output))
    throw new UsageError(`--output must be ${inWords(formats)}, got ${JSON.stringify(output)}`);
}

async function expectPlace({ outputFile }: FileFlags): Promise<void> {
  if (outputFile === undefined) return;
  if (outputFile === '') throw new UsageError('--output-file is empty; leave it out');
  try {
    await expectWritable(outputFile);
  } catch (error) {
    throw unwritable(outputFile, error);
  }
}

function inWords(formats: readonly string[]): string {
  return `${formats.slice(0, -1).join(', ')} or ${formats.at(-1) ?? ''}`;
}

/** Writes what was made to the file that the flags name, else to standard output. */
export async function writeResult(
  result: string | Uint8Array,
  { outputFile }: FileFlags,
  stdout: Streams['stdout'],
): Promise<void> {
  if (outputFile === undefined) {
    if (result.length > 0) stdout(asText(result));
    return;
  }
  try {
    await writeWhole(outputFile, result);
  } catch (error) {
    throw unwritable(outputFile, error);
  }
}

/** Writes bytes as they are; on a terminal, what could command it is escaped. */
export async function writeBytes(bytes: Uint8Array, { outputFile }: FileFlags, streams: Streams): Promise<void> {
  const { bytes: write, stdout, terminal } = streams;
  if (outputFile !== undefined) return writeResult(bytes, { outputFile }, stdout);
  if (write !== undefined && terminal?.stdout === undefined) write(bytes);
  else stdout(asText(bytes).replaceAll(/[^\n\r\t]+/g, safeText));
}

function asText(part: string | Uint8Array): string {
  return typeof part === 'string' ? part : Buffer.from(part).toString('utf8');
}

/** Where a result goes that is written in parts. */
export interface ResultSink {
  readonly write: (part: string | Uint8Array) => Promise<void>;
  /** Puts the file in its place. */
  readonly end: () => Promise<void>;
  /** Leaves no half of it behind. */
  readonly drop: () => Promise<void>;
}

/** Opens the file that the flags name, else standard output, for a result that comes in parts. */
export async function openResult({ outputFile }: FileFlags, stdout: Streams['stdout']): Promise<ResultSink> {
  if (outputFile === undefined) {
    const write = async (part: string | Uint8Array): Promise<void> => {
      if (part.length > 0) stdout(asText(part));
    };
    return { write, end: async () => undefined, drop: async () => undefined };
  }
  const told = async (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      throw unwritable(outputFile, error);
    });
  try {
    const { write, end, drop } = await openWhole(outputFile);
    return { write: async (part) => told(write(part)), end: async () => told(end()), drop };
  } catch (error) {
    throw unwritable(outputFile, error);
  }
}

function unwritable(file: string, error: unknown): UsageError {
  return new UsageError(`--output-file ${file} can't be written (${codeOf(error)})`);
}
