import type { Behaviour } from './behaviour.ts';

const away = (location: string): Behaviour['respond'] => {
  return () => (_, response, url) => {
    if (!url.pathname.includes('/manifests/') && !url.pathname.includes('/blobs/')) return false;
    response.writeHead(307, { location }).end();
    return true;
  };
};

/** Registries that send their clients elsewhere. */
export const redirects: readonly Behaviour[] = [
  {
    name: 'a registry with TLS that redirects to plain http',
    met: 'MinIO behind a proxy that ends TLS',
    operation: 'manifest',
    respond: away('http://127.0.0.1:9/minio/manifest'),
    tls: true,
    ours: 'refuses: blocked-redirect',
    why: 'A read over TLS never continues in clear; the message names both hosts.',
  },
  {
    name: 'a registry that redirects to an address of the cloud’s metadata',
    operation: 'manifest',
    respond: away('http://169.254.169.254/latest/meta-data/'),
    ours: 'refuses: blocked-redirect',
    why: 'No answer leads into address space that is more private than the registry’s own.',
  },
];

/** Answers 429 to the first reads of content, then as a registry without fault. */
function throttled(times: number, headers: Readonly<Record<string, string>> = {}): Behaviour['respond'] {
  return () => {
    let left = times;
    return (_, response, url) => {
      if (url.pathname === '/v2/' || left === 0) return false;
      left -= 1;
      response.writeHead(429, { 'content-type': 'application/json', ...headers });
      response.end('{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}');
      return true;
    };
  };
}

const patient: Behaviour['options'] = { retries: 3, retryBaseMs: 1 };

/** Registries that throttle. */
export const throttling: readonly Behaviour[] = [
  {
    name: 'a registry that answers 429 twice, then the manifest',
    operation: 'manifest',
    respond: throttled(2),
    options: patient,
    ours: 'reads the manifest',
    why: 'By default three more tries, with growing waits.',
  },
  {
    name: 'a registry that answers 429 for ever',
    operation: 'manifest',
    respond: throttled(Number.POSITIVE_INFINITY),
    options: patient,
    ours: 'refuses: rate-limited',
    why: 'All requests of the call share three tries: more would make it worse.',
  },
  {
    name: 'a registry that answers 429 and asks for an hour’s wait',
    operation: 'manifest',
    respond: throttled(Number.POSITIVE_INFINITY, { 'retry-after': '3600' }),
    options: patient,
    ours: 'refuses: rate-limited',
    why: 'The wait is longer than the call may take, so there is no further try; `retryAfterMs` has the wait.',
  },
  {
    name: 'a registry that answers 429 to every list of referrers',
    operation: 'referrers',
    respond: () => (_, response, url) => {
      if (!url.pathname.includes('/referrers/')) return false;
      response.writeHead(429).end();
      return true;
    },
    options: patient,
    ours: 'reads 0 referrers, incomplete: rate-limited',
    why: 'An unread list shows no absence.',
  },
];
