import { appendFile, mkdtemp, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { jsonlSink } from './jsonl-sink.ts';
import type { WatchEvent } from './watch-event.ts';

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'sigtrail-jsonl-')), 'events.jsonl');
});

const event = (sequence: number, message = 'said'): WatchEvent => ({
  kind: 'notice',
  id: `notice-${sequence}`,
  sequence,
  at: '2026-11-27T00:00:00.000Z',
  log: { url: 'https://log.test' },
  code: 'first-use',
  message,
});
const signal = new AbortController().signal;
const ids = async (): Promise<readonly string[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as WatchEvent).id);

/** Delivers, and forgets the bookmark afterwards, as a killed run does. */
async function deliver(position: string | undefined, ...events: readonly WatchEvent[]): Promise<string | undefined> {
  return jsonlSink(file).deliver(events, { position, signal });
}

it('writes a line for each event, and goes on where it was', async () => {
  const start = await jsonlSink(file).start?.();
  const next = await deliver(start, event(1), event(2));
  await deliver(next, event(3));
  expect(await ids()).toEqual(['notice-1', 'notice-2', 'notice-3']);
});

it.each([0, 1, 40, 200, 250])('adds only what is missing when it was killed after %i bytes', async (bytes) => {
  const start = await jsonlSink(file).start?.();
  await deliver(start, event(1), event(2));
  const whole = await readFile(file, 'utf8');
  await truncate(file, bytes);
  await deliver(start, event(1), event(2));
  expect(await readFile(file, 'utf8')).toBe(whole);
});

it('adds nothing when everything was written and only the note of it is missing', async () => {
  const start = await jsonlSink(file).start?.();
  await deliver(start, event(1));
  await deliver(start, event(1), event(2));
  expect(await ids()).toEqual(['notice-1', 'notice-2']);
});

it('finds its lines among those of others', async () => {
  await writeFile(file, 'somebody else');
  const start = await jsonlSink(file).start?.();
  await appendFile(file, '{"id":"theirs"}\n');
  await deliver(start, event(1));
  await appendFile(file, 'an open line');
  await deliver(start, event(1), event(2));
  expect(await ids()).toEqual(['theirs', 'notice-1', 'notice-2']);
});

it('begins anew in a file that was rotated', async () => {
  const start = await jsonlSink(file).start?.();
  const next = await deliver(start, event(1), event(2));
  await rename(file, `${file}.1`);
  await deliver(next, event(3));
  expect(await ids()).toEqual(['notice-3']);
});

it('writes nothing that a terminal obeys, and the same text', async () => {
  const hostile = 'a\u001b[31m\u009b2J\u202eb\u2028';
  await deliver(undefined, event(1, hostile));
  const text = await readFile(file, 'utf8');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
  expect(JSON.parse(text)).toMatchObject({ message: hostile });
});
