import { gzipSync } from 'node:zlib';
import { type Answer, problem } from './answer.ts';
import type { Fault } from './fault.ts';

/** How the bytes of an answer go out. */
export type Manner =
  | { readonly kind: 'plain' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset-after'; readonly bytes: number; readonly headers: boolean }
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'endless' }
  | { readonly kind: 'claimed-length'; readonly length: number };

/** An answer as the fault leaves it, and how to send it. */
export interface Spoiled {
  readonly answer: Answer;
  readonly manner: Manner;
}

const PLAIN: Manner = { kind: 'plain' };

/** Applies a fault to an answer. Pure: all that takes time or sockets is left to the sender. */
export function spoil(answer: Answer, fault: Fault, here: string): Spoiled {
  switch (fault.kind) {
    case 'status':
      return { answer: statusAnswer(fault), manner: PLAIN };
    case 'reset':
    case 'refuse': // the server itself stops listening
      return { answer, manner: { kind: 'reset-after', bytes: 0, headers: false } };
    case 'hang':
      return { answer, manner: { kind: 'hang' } };
    case 'redirect':
      return { answer: redirect(fault.status, fault.location), manner: PLAIN };
    case 'redirect-loop':
      return { answer: redirect(fault.status, here), manner: PLAIN };
    case 'html':
      return { answer: htmlAnswer(fault.status), manner: PLAIN };
    case 'reset-mid-body': {
      const bytes = fault.afterBytes ?? answer.body.length >> 1;
      return { answer, manner: { kind: 'reset-after', bytes, headers: true } };
    }
    case 'drip':
      return { answer, manner: { kind: 'drip', everyMs: fault.everyMs } };
    case 'endless':
      return { answer, manner: { kind: 'endless' } };
    case 'content-length': {
      const length = 'by' in fault ? answer.body.length + fault.by : fault.length;
      return { answer, manner: { kind: 'claimed-length', length: Math.max(0, length) } };
    }
    case 'wrong-bytes':
      return { answer: { ...answer, body: flipped(answer.body) }, manner: PLAIN };
    case 'body':
      return { answer: { ...answer, body: Buffer.from(fault.body) }, manner: PLAIN };
    case 'empty':
      return { answer: { ...answer, status: 200, body: Buffer.alloc(0) }, manner: PLAIN };
    case 'gzip':
      return { answer: compressed(answer, fault.times ?? 1), manner: PLAIN };
    case 'content-type':
      return { answer: withHeaders(answer, { 'content-type': fault.contentType }), manner: PLAIN };
    case 'digest-header':
      return { answer: withHeaders(answer, { 'docker-content-digest': fault.digest }), manner: PLAIN };
    case 'headers':
      return { answer: withHeaders(answer, fault.headers), manner: PLAIN };
  }
}

function statusAnswer({ status, retryAfter, body, headers = {} }: Extract<Fault, { kind: 'status' }>): Answer {
  const answer = withHeaders(problem(status, CODES[status] ?? 'UNKNOWN'), headers);
  return {
    ...withHeaders(answer, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  };
}

/** distribution-spec §error-codes, by the status they usually come with. */
const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'MANIFEST_UNKNOWN',
  405: 'UNSUPPORTED',
  429: 'TOOMANYREQUESTS',
  503: 'UNAVAILABLE',
};

function redirect(status = 307, location: string): Answer {
  return { status, headers: { location }, body: Buffer.alloc(0) };
}

function htmlAnswer(status = 200): Answer {
  const body = Buffer.from('<!doctype html><title>Sign in</title><p>Please sign in to use this network.');
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function flipped(body: Uint8Array): Uint8Array {
  const changed = Buffer.from(body);
  const last = changed.length - 1;
  // An empty body has no bit to flip, and must still not be the true one.
  if (last < 0) return Buffer.from('?');
  changed[last] = (changed[last] ?? 0) ^ 1;
  return changed;
}

function compressed(answer: Answer, times: number): Answer {
  let body = answer.body;
  for (let round = 0; round < times; round += 1) body = gzipSync(body);
  return {
    ...withHeaders(answer, { 'content-encoding': Array.from({ length: times }, () => 'gzip').join(', ') }),
    body,
  };
}

function withHeaders(answer: Answer, changes: Answer['headers']): Answer {
  const lowerCase = Object.entries(changes).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(lowerCase) } };
}
