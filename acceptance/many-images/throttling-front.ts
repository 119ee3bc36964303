import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A front of a registry that lets a given number of requests through each second, and answers others with 429 and `Retry-After: 1`. */
export interface ThrottlingFront {
  readonly host: string;
  /** Requests that were answered with 429. */
  readonly throttled: () => number;
  readonly close: () => Promise<void>;
}

/** Starts one before the registry at `host`. */
export async function startThrottlingFront(host: string, perSecond: number): Promise<ThrottlingFront> {
  let throttled = 0;
  let second = { begins: 0, requests: 0 };
  const server = createServer((incoming, outgoing) => {
    const now = performance.now();
    if (now - second.begins >= 1000) second = { begins: now, requests: 0 };
    second.requests += 1;
    if (second.requests > perSecond) {
      throttled += 1;
      outgoing.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
      outgoing.end('{"errors":[{"code":"TOOMANYREQUESTS"}]}');
      return;
    }
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
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    throttled: () => throttled,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
