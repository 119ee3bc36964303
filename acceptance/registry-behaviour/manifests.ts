import type { Behaviour } from './behaviour.ts';
import { type RegistryServer, types } from './registry-server.ts';

function head(status: number): Behaviour['respond'] {
  return () => (request, response, url) => {
    if (request.method !== 'HEAD' || !url.pathname.includes('/manifests/')) return false;
    response.writeHead(status).end();
    return true;
  };
}

/** Manifests and what is asked about them by HEAD. */
export const heads: readonly Behaviour[] = [
  ...[400, 403, 404, 405, 500, 501].map(
    (status): Behaviour => ({
      name: `HEAD of a manifest answered ${status}, GET is fine`,
      met: status === 403 ? 'moby #50065, pulp_container #579: a URL signed for GET' : undefined,
      operation: 'resolve',
      respond: head(status),
      ours: 'resolves the tag',
      why: 'A failure of HEAD says nothing about the manifest; the GET does.',
    }),
  ),
  {
    name: 'HEAD of a manifest answered 401, GET is fine',
    operation: 'resolve',
    respond: head(401),
    ours: 'refuses: unauthorized',
    why: '401 is about the credentials, whatever the method.',
  },
];

function delivered(contentType: string | undefined, body?: (server: RegistryServer) => Buffer): Behaviour['respond'] {
  return (server) => (request, response, url) => {
    if (!url.pathname.includes('/manifests/v1')) return false;
    const bytes = body?.(server) ?? server.image.bytes;
    response.writeHead(200, {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      'content-length': bytes.length,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return true;
  };
}

const vague: readonly (readonly [contentType: string | undefined, met?: string])[] = [
  ['binary/octet-stream', 'S3’s default'],
  ['application/octet-stream'],
  ['application/json'],
  ['application/json; charset=utf-8'],
  ['text/plain; charset=utf-8'],
  [`${types.manifest}; charset=utf-8`],
  [types.manifest.toUpperCase()],
  [undefined],
];

/** How manifests are delivered. */
export const deliveredManifests: readonly Behaviour[] = [
  ...vague.map(
    ([contentType, met]): Behaviour => ({
      name: `a manifest delivered ${contentType === undefined ? 'without a Content-Type' : `as ${contentType}`}`,
      met,
      operation: 'manifest',
      respond: delivered(contentType),
      ours: 'reads the manifest',
      why: 'Without a usable Content-Type, the type in the body decides.',
    }),
  ),
  {
    name: 'a web page with 200 in place of a manifest',
    met: 'oras-go #633: a sign-in page',
    operation: 'manifest',
    respond: () => (_, response, url) => {
      if (!url.pathname.includes('/manifests/')) return false;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><html><title>Sign in</title></html>');
      return true;
    },
    ours: 'refuses: invalid-manifest',
    why: 'The message says that it is a web page, and from which host.',
  },
  {
    name: 'an image delivered as an index',
    met: 'CVE-2021-41190',
    operation: 'manifest',
    respond: delivered(types.index),
    ours: 'refuses: invalid-manifest',
    why: 'The same bytes must not be an index for one reader and an image for another.',
  },
];
