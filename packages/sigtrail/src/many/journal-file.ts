import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SigtrailError } from '../error.ts';
import { isCode, isOurs } from '../stores/own-file.ts';

/** A line of a journal: where it is, so that it need not be held. */
export interface JournalLine {
  /** From 1. */
  readonly number: number;
  readonly offset: number;
  readonly length: number;
}

/** A file of JSON lines that only grows. Each line has the hash of everything up to it, so that a damaged, lost or inserted line is found. */
export interface JournalFile {
  /** Resolves when the line is on the disk. Lines written at the same time are flushed together. */
  append(line: object): Promise<void>;
  /** A line as it was read when the file was opened. */
  read(line: JournalLine): Promise<unknown>;
  close(): Promise<void>;
}

/** No line of ours is longer: there is a limit on what an image can make a report hold. */
const MAX_LINE_BYTES = 256 * 1024 ** 2;
const NEWLINE = 0x0a;

/**
 * Opens a journal, or begins it. `onLine` gets every complete line; an incomplete last line is cut off, since its report was never yielded. The file is for the user alone
 * (mode 0600), and no link is followed.
 *
 * @throws SigtrailError `invalid-journal` for a damaged file, the file of a different question (`header`), a file that another user may write to, or anything that is not a file
 */
export async function openJournalFile(
  path: string,
  header: object,
  onLine: (line: JournalLine, content: unknown) => void,
): Promise<JournalFile> {
  const handle = await openOwn(path);
  try {
    const first = chained('', header);
    const { chain, end } = await readLines(handle, path, first, onLine);
    return writeTo(handle, path, chain, end);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A line, and the hash that the next line continues from. */
interface Chained {
  readonly text: string;
  readonly chain: string;
}

function chained(before: string, content: object): Chained {
  const body = JSON.stringify(content).slice(0, -1);
  const chain = createHash('sha256').update(`${before}${body}`).digest('hex');
  return { text: `${body},"chain":"${chain}"}\n`, chain };
}

const LINE = /^(?<body>\{.+),"chain":"(?<chain>[0-9a-f]{64})"\}$/s;

async function openOwn(path: string): Promise<FileHandle> {
  // Windows has neither of these flags. Non-blocking, since a pipe in its place would hold up the opener forever.
  const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | careful, 0o600);
  } catch (cause) {
    const why = isCode(cause, 'ELOOP') ? 'it is a symbolic link, and those are not followed' : reasonOf(cause);
    throw refuse(path, `can’t be opened: ${why}`, cause);
  }
  const found = await handle.stat();
  if (found.isFile() && isOurs(found)) return handle;
  await handle.close();
  throw refuse(path, 'must be a file of this user, to which no other user may write');
}

async function readLines(
  handle: FileHandle,
  path: string,
  first: Chained,
  onLine: (line: JournalLine, content: unknown) => void,
): Promise<{ readonly chain: string; readonly end: number }> {
  let number = 0;
  let offset = 0;
  let { chain } = first;
  const take = (bytes: Buffer): void => {
    number += 1;
    const line = { number, offset, length: bytes.byteLength };
    offset += bytes.byteLength + 1;
    const text = bytes.toString('utf8');
    if (number > 1) {
      const read = readLine(text, chain);
      if (read === undefined) throw refuse(path, `line ${number} is damaged, or a line before it is missing`);
      ({ chain } = read);
      onLine(line, read.content);
    } else if (`${text}\n` !== first.text) throw refuse(path, whyOtherHeader(text));
  };
  const rest = await eachLine(handle, path, take);
  if (number === 0) {
    // Not even the first line was finished. Anything but its beginning is not a journal, and not ours to cut.
    if (!first.text.startsWith(rest.toString('utf8'))) throw refuse(path, 'line 1 is not the first line of a journal');
    await handle.truncate(0);
    await handle.appendFile(first.text);
    await flush(handle, dirname(path));
    return { chain, end: Buffer.byteLength(first.text) };
  }
  if (rest.byteLength > 0) await handle.truncate(offset);
  return { chain, end: offset };
}

/** Passes on each complete line; resolves to whatever follows the last one. */
async function eachLine(handle: FileHandle, path: string, take: (line: Buffer) => void): Promise<Buffer> {
  let pieces: Buffer[] = [];
  let held = 0;
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1024 ** 2 })) {
    let rest = chunk as Buffer; // no encoding was set
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      take(pieces.length === 0 ? rest.subarray(0, at) : Buffer.concat([...pieces, rest.subarray(0, at)]));
      pieces = [];
      held = 0;
      rest = rest.subarray(at + 1);
    }
    if (rest.byteLength === 0) continue;
    pieces.push(Buffer.from(rest));
    held += rest.byteLength;
    if (held > MAX_LINE_BYTES) throw refuse(path, 'a line is longer than any line of a journal');
  }
  return Buffer.concat(pieces);
}

function readLine(text: string, before: string): { readonly chain: string; readonly content: unknown } | undefined {
  const { body, chain } = LINE.exec(text)?.groups ?? {};
  if (body === undefined || chain === undefined) return undefined;
  if (createHash('sha256').update(`${before}${body}`).digest('hex') !== chain) return undefined;
  return { chain, content: JSON.parse(`${body}}`) };
}

function whyOtherHeader(text: string): string {
  return text.startsWith('{"sigtrailJournal":')
    ? 'line 1: the journal belongs to a different question (a different trusted root, deny-list, version of this package, or options); give a different file name to start anew'
    : 'line 1 is not the first line of a journal';
}

function writeTo(handle: FileHandle, path: string, from: string, start: number): JournalFile {
  let chain = from;
  let end = start;
  let failure: SigtrailError | undefined;
  let waiting: { readonly text: string; readonly settle: (error?: SigtrailError) => void }[] = [];
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      failure ??= await writeBatch(batch.map(({ text }) => text).join(''));
      for (const { settle } of batch) settle(failure);
    }
    writing = undefined;
  };
  const writeBatch = async (text: string): Promise<SigtrailError | undefined> => {
    try {
      if ((await handle.stat()).size !== end)
        return refuse(path, 'was changed while it was in use: another run uses it, or someone edited it');
      await handle.appendFile(text);
      end += Buffer.byteLength(text);
      await handle.datasync();
      return undefined;
    } catch (cause) {
      return refuse(path, `can’t be written: ${reasonOf(cause)}`, cause);
    }
  };
  return {
    append: async (content) =>
      new Promise((resolve, reject) => {
        const line = chained(chain, content);
        ({ chain } = line);
        waiting.push({ text: line.text, settle: (error) => (error === undefined ? resolve() : reject(error)) });
        writing ??= writeAll();
      }),
    read: async ({ number, offset, length }) => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw refuse(path, `line ${number} has disappeared since the file was opened`);
      const content: unknown = JSON.parse(bytes.toString('utf8'));
      return content;
    },
    close: async () => {
      await writing;
      await handle.close();
    },
  };
}

/** The file, and its name in its directory. Windows can't open directories, but makes names durable anyway. */
async function flush(handle: FileHandle, directory: string): Promise<void> {
  await handle.sync();
  if (process.platform === 'win32') return;
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error';
}

/** The error of a journal. */
export function refuse(path: string, why: string, cause?: unknown): SigtrailError {
  return new SigtrailError('invalid-journal', `the journal ${path} ${why}`, { cause });
}
