import type { ServerResponse } from 'node:http';

/** The kinds of request a registry serves. */
export type Route = 'ping' | 'token' | 'manifest' | 'blob' | 'tags' | 'referrers';

/** How a request goes wrong. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'reset-mid-body' }
  | { readonly kind: 'wrong-bytes' }
  | { readonly kind: 'html' }
  | { readonly kind: 'content-type'; readonly contentType: string }
  | { readonly kind: 'content-length'; readonly length: number }
  | { readonly kind: 'endless' }
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'redirect'; readonly location: string };

/** A fault and where it strikes. */
export interface FaultRule {
  readonly route?: Route;
  /** Only requests whose path contains this text. */
  readonly path?: string;
  /** So many times, then never again; default always. */
  readonly times?: number;
  readonly fault: Fault;
}

/** An answer about to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends an answer the way the fault wants it. */
export function sendFaulty(response: ServerResponse, answer: Answer, fault: Fault): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'application/json', ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }) });
      response.end(fault.body ?? JSON.stringify({ errors: [{ code: fault.status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN', message: 'as told' }] }));
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'reset-mid-body':
      response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length + 1) });
      response.write(answer.body.subarray(0, Math.max(1, answer.body.length >> 1)), () => response.socket?.resetAndDestroy());
      return;
    case 'wrong-bytes': {
      const changed = Buffer.from(answer.body);
      const last = changed.length - 1;
      if (last >= 0) changed[last] = (changed[last] ?? 0) ^ 1;
      response.writeHead(answer.status, answer.headers).end(changed);
      return;
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      return;
    case 'content-type':
      response.writeHead(answer.status, { ...answer.headers, 'content-type': fault.contentType }).end(answer.body);
      return;
    case 'content-length':
      response.writeHead(answer.status, { ...answer.headers, 'content-length': String(fault.length) });
      response.end(answer.body);
      return;
    case 'endless':
      sendEndless(response, answer);
      return;
    case 'drip':
      sendSlowly(response, answer, fault.everyMs);
      return;
    case 'redirect':
      response.writeHead(307, { location: fault.location }).end();
  }
}

function sendEndless(response: ServerResponse, { status, headers }: Answer): void {
  const { 'content-length': _, ...rest } = headers;
  response.writeHead(status, rest);
  const chunk = Buffer.alloc(65_536, 0x20);
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}

function sendSlowly(response: ServerResponse, { status, headers, body }: Answer, everyMs: number): void {
  response.writeHead(status, headers);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length) response.write(body.subarray(sent, ++sent));
    else {
      clearInterval(timer);
      response.end();
    }
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}
