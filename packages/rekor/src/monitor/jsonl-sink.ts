import { open, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RekorError } from '../error.ts';
import { optionError, visibleText } from '@sigtrail/encoding';
import type { WatchSink } from './sink.ts';
import type { WatchEvent } from './watch-event.ts';

// Reads what others appended since our last delivery, to find our own lines in it.
const MAX_TAIL_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * A sink that appends one line of JSON for each event: exactly one, wherever the process is killed. The bookmark is the size of the file after
 * the last delivery that was noted, so the next run finds what a killed one still wrote and adds only what is missing, down to the byte.
 *
 * @example
 * jsonlSink('/var/log/sigtrail-watch.jsonl');
 */
export function jsonlSink(path: string): WatchSink {
  if (typeof path !== 'string' || path === '') throw optionError('invalid-option', '"path" must be a path');
  const file = resolve(path);
  return {
    name: `jsonl ${file}`,
    groupSize: 500,
    start: () =>
      withFile(file, async (handle) => {
        await endLine(handle);
        return String((await handle.stat()).size);
      }),
    deliver: (events, { position }) =>
      withFile(file, async (handle) => {
        const lines = events.map((event) => Buffer.from(`${toLine(event)}\n`));
        const { size } = await handle.stat();
        // A smaller file is another file: it was rotated.
        const start = position === undefined || Number(position) > size ? 0 : Number(position);
        const missing = missingFrom(await readTail(handle, start, size), lines);
        await writeAll(handle, missing);
        await handle.sync();
        return String(size + missing.byteLength);
      }),
  };
}

/** Names in certificates are strangers' text, and people read this file in terminals: control characters are escaped, as JSON allows. */
function toLine(event: WatchEvent): string {
  return visibleText(JSON.stringify(event));
}

/** The bytes to append so that each line is there once. */
function missingFrom(tail: Buffer, lines: readonly Buffer[]): Buffer {
  const all = Buffer.concat(lines);
  // A killed run wrote the beginning of what it meant to write.
  if (tail.byteLength <= all.byteLength && all.subarray(0, tail.byteLength).equals(tail))
    return all.subarray(tail.byteLength);
  // Others append to the file as well.
  const there = new Set(tail.toString('latin1').split('\n'));
  const missing = lines.filter((line) => !there.has(line.toString('latin1').slice(0, -1)));
  const isOpenLine = tail.byteLength > 0 && tail.at(-1) !== NEWLINE;
  return Buffer.concat(isOpenLine && missing.length > 0 ? [Buffer.of(NEWLINE), ...missing] : missing);
}

async function readTail(handle: FileHandle, start: number, size: number): Promise<Buffer> {
  if (size - start > MAX_TAIL_BYTES)
    throw new RekorError(
      'sink-failed',
      `another program wrote more than ${String(MAX_TAIL_BYTES)} bytes to the events file; give the watch a file of its own`,
    );
  const tail = Buffer.alloc(size - start);
  let read = 0;
  while (read < tail.byteLength) {
    const { bytesRead } = await handle.read(tail, read, tail.byteLength - read, start + read);
    if (bytesRead === 0)
      throw new RekorError(
        'sink-failed',
        'the events file got shorter while it was being read; let no other program rewrite it',
      );
    read += bytesRead;
  }
  return tail;
}

/** Ends an unfinished line, so that ours begins on a new line. */
async function endLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size > 0 && (await readTail(handle, size - 1, size)).at(0) !== NEWLINE)
    await writeAll(handle, Buffer.of(NEWLINE));
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) written += (await handle.write(bytes, written)).bytesWritten;
}

async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const result = await use(handle);
    if (process.platform !== 'win32') {
      const folder = await open(dirname(file), 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    }
    return result;
  } finally {
    await handle.close();
  }
}
