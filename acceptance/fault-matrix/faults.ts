import type { Fault } from '@sigtrail/testing';

/** One way that an answer goes wrong. */
export interface FaultKind {
  readonly name: string;
  /** What the registry does. The digest header only goes with HEAD, which has no body to spoil. */
  fault(method: 'GET' | 'HEAD' | 'POST'): Fault;
  /** Deadline of a call that the fault keeps waiting; a call that it doesn't keep waiting has a long one. */
  readonly timeoutMs: number;
}

/** The deadline of a call that doesn't meet it. Long, so that a busy machine changes no result. */
export const long = 10_000;
const short = 1500;
const fixed =
  (fault: Fault): (() => Fault) =>
  () =>
    fault;
const status = (code: number, retryAfter?: number): (() => Fault) =>
  fixed({ kind: 'status', status: code, ...(retryAfter === undefined ? {} : { retryAfter }) });

/** Every way. */
export const faultKinds: readonly FaultKind[] = [
  { name: 'connect refused', fault: fixed({ kind: 'refuse' }), timeoutMs: long },
  { name: 'reset before headers', fault: fixed({ kind: 'reset' }), timeoutMs: long },
  { name: 'silence', fault: fixed({ kind: 'hang' }), timeoutMs: short },
  { name: 'reset mid-body', fault: fixed({ kind: 'reset-mid-body' }), timeoutMs: long },
  { name: '1 byte per 100 ms', fault: fixed({ kind: 'drip', everyMs: 100 }), timeoutMs: short },
  { name: 'endless body', fault: fixed({ kind: 'endless' }), timeoutMs: long },
  { name: 'Content-Length too long', fault: fixed({ kind: 'content-length', by: 5 }), timeoutMs: long },
  { name: 'Content-Length too short', fault: fixed({ kind: 'content-length', by: -5 }), timeoutMs: long },
  { name: 'Content-Length huge', fault: fixed({ kind: 'content-length', length: 1e12 }), timeoutMs: long },
  { name: '401', fault: status(401), timeoutMs: long },
  { name: '403', fault: status(403), timeoutMs: long },
  { name: '404', fault: status(404), timeoutMs: long },
  { name: '429', fault: status(429), timeoutMs: long },
  { name: '429 with Retry-After', fault: status(429, 120), timeoutMs: long },
  { name: '500', fault: status(500), timeoutMs: long },
  { name: '503', fault: status(503), timeoutMs: long },
  { name: 'HTML body', fault: fixed({ kind: 'html' }), timeoutMs: long },
  { name: 'wrong Content-Type', fault: fixed({ kind: 'content-type', contentType: 'image/png' }), timeoutMs: long },
  { name: 'gzip', fault: fixed({ kind: 'gzip' }), timeoutMs: long },
  { name: 'redirect loop', fault: fixed({ kind: 'redirect-loop' }), timeoutMs: long },
  {
    name: 'wrong digest',
    fault: (method) =>
      method === 'HEAD' ? { kind: 'digest-header', digest: `sha256:${'0'.repeat(64)}` } : { kind: 'wrong-bytes' },
    timeoutMs: long,
  },
];
