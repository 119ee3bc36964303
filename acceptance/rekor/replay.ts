import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One exchange as it was recorded. */
export interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** A server that answers what was recorded, and 599 for what wasn't. */
export interface Replay {
  readonly url: string;
  readonly unknown: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves recorded exchanges by method, path and query or JSON body; the first of equal ones. */
export async function startReplay(exchanges: readonly Exchange[]): Promise<Replay> {
  const unknown: string[] = [];
  const byRequest = new Map(exchanges.toReversed().map((exchange) => [keyOf(exchange.request), exchange.response]));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const text = Buffer.concat(chunks).toString();
      const key = keyOf({ method: request.method ?? '', path, query, ...(text === '' ? {} : { body: text }) });
      const answer = byRequest.get(key);
      if (answer === undefined) unknown.push(key);
      const { status, headers = {}, body } = answer ?? { status: 599 };
      response
        .writeHead(status, headers)
        .end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    unknown,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Bodies are compared as JSON: who asks writes the same question in another order. */
function keyOf({ method, path, query = '', body }: Exchange['request']): string {
  return `${method} ${path}?${query} ${canonical(body)}`;
}

function canonical(body: unknown): string {
  if (body === undefined || body === '') return '';
  let value: unknown = body;
  if (typeof body === 'string') {
    try {
      value = JSON.parse(body) as unknown;
    } catch {
      return body;
    }
  }
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .filter(([name, one]) => name !== 'operator' || one !== 'or'),
        )
      : inner,
  );
}
