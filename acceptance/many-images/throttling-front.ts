import { createServer, type IncomingMessage, request as forward, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a front gets in the way. */
export interface FrontOptions {
  /** Requests that it lets through in a second; it answers others with 429 and `Retry-After: 1`. */
  readonly perSecond: number;
  /** One request in so many is answered with 500 or 503, or its connection is reset, in turn. Unless given: none. */
  readonly faultInEvery?: number;
  /** Whether answers say how many requests are left (`RateLimit-*`). Default: no. */
  readonly saysLimits?: boolean;
}

/** A front of a registry that lets a given number of requests through each second. */
export interface ThrottlingFront {
  readonly host: string;
  /** Requests that came, however they were answered. */
  readonly requests: () => number;
  /** Requests that were answered with 429. */
  readonly throttled: () => number;
  /** Requests that were let down. */
  readonly faults: () => number;
  readonly close: () => Promise<void>;
}

/** Starts one before the registry at `host`. */
export async function startThrottlingFront(
  host: string,
  { perSecond, faultInEvery = Number.POSITIVE_INFINITY, saysLimits = false }: FrontOptions,
): Promise<ThrottlingFront> {
  const counts = { requests: 0, throttled: 0, faults: 0 };
  let second = { begins: 0, requests: 0 };
  const server = createServer((incoming, outgoing) => {
    const now = performance.now();
    if (now - second.begins >= 1000) second = { begins: now, requests: 0 };
    second.requests += 1;
    counts.requests += 1;
    if (saysLimits) {
      outgoing.setHeader('ratelimit-limit', perSecond);
      outgoing.setHeader('ratelimit-remaining', Math.max(0, perSecond - second.requests));
      outgoing.setHeader('ratelimit-reset', 1);
    }
    if (second.requests > perSecond) {
      counts.throttled += 1;
      outgoing.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
      outgoing.end('{"errors":[{"code":"TOOMANYREQUESTS"}]}');
    } else if (counts.requests % faultInEvery === 0) {
      counts.faults += 1;
      letDown(outgoing, counts.faults);
    } else passOn(host, incoming, outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    requests: () => counts.requests,
    throttled: () => counts.throttled,
    faults: () => counts.faults,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function letDown(outgoing: ServerResponse, turn: number): void {
  if (turn % 3 === 0) outgoing.destroy();
  else outgoing.writeHead(turn % 3 === 1 ? 500 : 503).end();
}

function passOn(host: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = forward(
    `http://${host}${url ?? '/'}`,
    { ...(method === undefined ? {} : { method }), headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
