// oxlint-disable no-restricted-imports -- the other end of the connection, in tests
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createOciClient,
  type Digest,
  digestOf,
  type OciClient,
  type OciClientOptions,
  OciError,
  type TranscriptEntry,
} from '../src/index.ts';

/** One request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface FakeServer {
  readonly host: string;
  readonly url: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

export type Route = (request: Seen, response: ServerResponse) => void;

export async function startServer(route: Route): Promise<FakeServer> {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization, accept } = request.headers;
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        authorization,
        accept,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      route(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Stored {
  readonly bytes: Uint8Array;
  readonly type: string;
}

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

export const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
export const descriptorOf = (
  bytes: Uint8Array,
  mediaType: string,
  more: object = {},
): { mediaType: string; digest: Digest; size: number } => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.byteLength,
  ...more,
});

export const emptyConfig = encode('{}');

/** An image manifest without layers; `more` makes it an artifact or a referrer. */
export function manifestBytes(more: object = {}): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(emptyConfig, 'application/vnd.oci.empty.v1+json'),
    layers: [],
    ...more,
  });
}

export function indexBytes(manifests: readonly object[], more: object = {}): Uint8Array {
  return encode({ schemaVersion: 2, mediaType: types.index, manifests, ...more });
}

/** Serves what is in the map (path below `/v2/`), 404 otherwise. */
export function serveMap(content: ReadonlyMap<string, Stored>): Route {
  return (request, response) => {
    const found = content.get(request.url.replace(/^\/v2\//, ''));
    if (found === undefined)
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    else
      response
        .writeHead(200, { 'content-type': found.type, 'content-length': String(found.bytes.byteLength) })
        .end(found.bytes);
  };
}

export function makeClient(options: OciClientOptions = {}): OciClient {
  return createOciClient({ dockerConfig: false, retryBaseMs: 1, ...options });
}

export async function failure(promise: Promise<unknown>): Promise<OciError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OciError)) throw new Error(`expected an OciError, got ${String(error)}`);
  return error;
}

export function recorder(): { looks: TranscriptEntry[]; onRequest: (look: TranscriptEntry) => void } {
  const looks: TranscriptEntry[] = [];
  return { looks, onRequest: (look) => void looks.push(look) };
}
