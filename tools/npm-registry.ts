import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry of npm packages on loopback. It holds the packages that are published to it, and redirects requests for others. */
export interface NpmRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** The published packages, as `name@version`, in order. */
  published(): readonly string[];
}

interface Published {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
}

/**
 * Starts a registry. It redirects requests for other packages to `upstream`, and keeps nothing of them.
 */
export async function startNpmRegistry(upstream: string): Promise<NpmRegistry> {
  const packages = new Map<string, Published>();
  const server = createServer((request, response) => {
    answer(request, response, packages, url, upstream).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    published: () => [...packages.values()].map(({ manifest }) => `${manifest.name}@${manifest.version}`),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  packages: Map<string, Published>,
  base: string,
  upstream: string,
): Promise<void> {
  const path = decodeURIComponent((request.url ?? '/').replace(/\?.*/, '')).slice(1);
  if (request.method === 'PUT') {
    const published = readPublished(await bodyOf(request));
    if (packages.has(published.manifest.name))
      return send(response, 403, { error: `${published.manifest.name} is published already` });
    packages.set(published.manifest.name, published);
    return send(response, 201, { ok: true });
  }
  const [, ofTarball] = /^-tarball\/(.+)\.tgz$/.exec(path) ?? [];
  const tarball = ofTarball === undefined ? undefined : packages.get(ofTarball)?.tarball;
  if (tarball !== undefined) return void response.end(tarball);
  const found = packages.get(path);
  if (found !== undefined) return send(response, 200, packument(found, base));
  response.writeHead(307, { location: new URL((request.url ?? '/').slice(1), upstream).href }).end();
}

/** What `npm publish` sends: the manifest, and the tarball in base64. @throws Error for anything else */
function readPublished(body: string): Published {
  const { versions, _attachments: attachments } = JSON.parse(body) as {
    readonly versions: Readonly<Record<string, Published['manifest']>>;
    readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
  };
  const [manifest] = Object.values(versions);
  const file = Object.entries(attachments).find(([name]) => name.endsWith('.tgz'))?.[1];
  if (manifest === undefined || file === undefined)
    throw new Error('not a publication of one version with its tarball');
  return { manifest, tarball: Buffer.from(file.data, 'base64') };
}

function packument({ manifest, tarball }: Published, base: string): object {
  const { name, version } = manifest;
  const dist = {
    tarball: `${base}-tarball/${name}.tgz`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
  };
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
    // Old enough for package managers that refuse packages published a moment ago.
    time: { [version]: '2026-01-01T00:00:00Z' },
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
