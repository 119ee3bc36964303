import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { OpenRecord } from './request-record.ts';
import type { Spoiled } from './spoil.ts';

/** A chunk of the endless body: blanks, so that JSON before them stays JSON. */
const BLANKS: Buffer = Buffer.alloc(65_536, 0x20);

/** Sends an answer in the manner given, and keeps the record of it. */
export function send(response: ServerResponse, record: OpenRecord, { answer, manner }: Spoiled): void {
  const { body } = answer;
  // What reads as a body fault has no body to work on here (RFC 9110 §9.3.2), and `write` would never say "full".
  const bodiless = record.method === 'HEAD';
  switch (manner.kind) {
    case 'hang':
      return;
    case 'plain':
      writeHead(response, record, answer, body.length);
      return finish(response, record, bodiless ? undefined : body);
    case 'claimed-length':
      // The connection can't be used again: the client may take the rest of the body for the next answer.
      writeHead(response, record, answer, manner.length, { connection: 'close' });
      return finish(response, record, bodiless ? undefined : body);
    case 'reset-after':
      return reset(response, record, answer, manner);
    case 'drip':
      writeHead(response, record, answer, body.length);
      return bodiless ? finish(response, record, undefined) : drip(response, record, body, manner.everyMs);
    case 'endless':
      writeHead(response, record, answer, undefined);
      return bodiless ? finish(response, record, undefined) : pour(response, record, body);
  }
}

function writeHead(
  response: ServerResponse,
  record: OpenRecord,
  { status, headers }: Answer,
  length: number | undefined,
  extra: Answer['headers'] = {},
): void {
  const claimed = length === undefined ? undefined : String(length);
  for (const [name, value] of Object.entries({ 'content-length': claimed, ...headers, ...extra })) {
    if (value !== undefined) response.setHeader(name, value);
  }
  record.status = status;
  response.writeHead(status);
}

function finish(response: ServerResponse, record: OpenRecord, body: Uint8Array | undefined): void {
  record.bytes += body?.length ?? 0;
  // Before the bytes leave: a client that has its answer must find the record complete.
  record.endedAt = performance.now();
  response.end(body);
}

function reset(
  response: ServerResponse,
  record: OpenRecord,
  answer: Answer,
  { bytes, headers }: { readonly bytes: number; readonly headers: boolean },
): void {
  if (!headers) {
    response.socket?.resetAndDestroy();
    return;
  }
  // More is announced than there is, so that even an empty body is cut short.
  writeHead(response, record, answer, Math.max(answer.body.length, bytes + 1));
  const part = answer.body.subarray(0, bytes);
  record.bytes += part.length;
  response.flushHeaders();
  // Not by RST, which may overtake the bytes before it and then looks like a reset before headers.
  response.write(part, () => response.socket?.destroy());
}

function drip(response: ServerResponse, record: OpenRecord, body: Uint8Array, everyMs: number): void {
  response.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    const next = body.subarray(sent, sent + 1);
    sent += 1;
    if (sent >= body.length) {
      clearInterval(timer);
      finish(response, record, next);
      return;
    }
    record.bytes += next.length;
    response.write(next);
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse, record: OpenRecord, body: Uint8Array): void {
  const fill = (): void => {
    while (!response.destroyed) {
      record.bytes += BLANKS.length;
      if (!response.write(BLANKS)) return;
    }
  };
  response.on('drain', fill);
  record.bytes += body.length;
  response.write(body);
  fill();
}
