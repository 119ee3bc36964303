import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Answers a request, or says `false` to leave it to the registry without fault. */
export type Respond = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

/** A registry on loopback that holds one image, `acme/app:v1`. */
export interface RegistryServer {
  readonly host: string;
  readonly image: { readonly digest: string; readonly bytes: Buffer };
  /** What refers to the image. */
  readonly referrers: object[];
  /** Stores bytes under their digest. */
  put(bytes: Buffer): { readonly digest: string; readonly size: number };
  close(): Promise<void>;
}

/** The certificate of a registry that speaks TLS, and the authority behind it: PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Starts a registry; `respondOf` makes what answers first. */
export async function startRegistryServer(
  respondOf: (server: RegistryServer) => Respond,
  tls?: ServerTls,
): Promise<RegistryServer> {
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Buffer): { digest: string; size: number } => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const config = put(Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'));
  const layer = put(Buffer.from('a layer'));
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, ...config },
      layers: [{ mediaType: types.layer, ...layer }],
    }),
  );
  const image = { ...put(bytes), bytes };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://registry');
    request.resume();
    request.on('end', () => {
      if (!respond(request, response, url)) answer(request, response, url);
    });
  };
  const http =
    tls === undefined ? createServer(onRequest) : createTlsServer({ cert: tls.cert, key: tls.key }, onRequest);
  // As a proxy it leads to itself, by a tunnel or by an address in the request line.
  http.on('connect', (request, socket: Socket) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    socket.on('error', () => socket.destroy());
    if (respond(request, response, new URL('http://registry'))) return void response.on('finish', () => socket.end());
    response.detachSocket(socket);
    const inner = connect((http.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy());
    socket.on('close', () => inner.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: RegistryServer = {
    host: `127.0.0.1:${(http.address() as AddressInfo).port}`,
    image,
    referrers: [],
    put,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  const respond = respondOf(server);
  const answer: (...of: Parameters<Respond>) => void = (request, response, url) => {
    const send = (status: number, body: Buffer, headers: Record<string, string>): void => {
      response.writeHead(status, { 'content-length': String(body.length), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const json = { 'content-type': 'application/json' };
    const [, kind, name = ''] = /^\/v2\/.+\/(manifests|blobs|referrers|tags)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (url.pathname === '/v2/') return send(200, Buffer.from('{}'), json);
    if (kind === 'tags') return send(200, Buffer.from('{"name":"acme/app","tags":["v1"]}'), json);
    const digest = name === 'v1' ? image.digest : decodeURIComponent(name);
    if (kind === 'referrers') {
      const manifests = digest === image.digest ? server.referrers : [];
      const list = { schemaVersion: 2, mediaType: types.index, manifests };
      return send(200, Buffer.from(JSON.stringify(list)), { 'content-type': types.index });
    }
    const found = blobs.get(digest);
    if (found === undefined)
      return send(404, Buffer.from('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'), json);
    const type = kind === 'manifests' ? types.manifest : 'application/octet-stream';
    send(200, found, { 'content-type': type, 'docker-content-digest': digest });
  };
  return server;
}

/** A referrer of the image: its manifest is stored, and its entry in the list given back. */
export function putReferrer(server: RegistryServer, name: string): Readonly<Record<string, unknown>> {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', ...server.put(Buffer.from('{}')) };
  const artifactType = 'application/vnd.acme.note';
  const { digest, bytes } = server.image;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      artifactType,
      config: empty,
      layers: [empty],
      subject: { mediaType: types.manifest, digest, size: bytes.length },
      annotations: { name },
    }),
  );
  return { mediaType: types.manifest, ...server.put(manifest), artifactType };
}
