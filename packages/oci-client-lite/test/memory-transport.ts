import { Readable } from 'node:stream';
import type { Transport, TransportRequest } from '../src/index.ts';

/** What a host of a test answers. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** Hosts at public addresses, without a network: `sent` has every request that any of them would have got. */
export interface PublicHosts {
  readonly transport: Transport;
  readonly sent: TransportRequest[];
  /** `authorization` and whatever else is secret, by host. */
  secretsOf(host: string): readonly string[];
}

export function publicHosts(answer: (request: TransportRequest) => Reply | undefined): PublicHosts {
  const sent: TransportRequest[] = [];
  return {
    sent,
    secretsOf: (host) =>
      sent
        .filter(({ url }) => url.host === host)
        .flatMap(({ headers, body }) => [headers['authorization'] ?? '', headers['x-meta'] ?? '', body ?? ''])
        .filter((text) => text !== ''),
    transport: {
      spaceOf: () => 'public',
      exchange: (request) => {
        sent.push(request);
        const { status = 200, headers = {}, body = '' } = answer(request) ?? { status: 404 };
        const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
        return Promise.resolve({
          status,
          headers: Object.entries(headers),
          body: Readable.from(bytes.byteLength === 0 ? [] : [bytes]),
        });
      },
    },
  };
}
