import type { ServerResponse } from 'node:http';
import type { Behaviour, Operation } from './behaviour.ts';
import { putReferrer, type RegistryServer, type Respond, types } from './registry-server.ts';

const json = { 'content-type': 'application/json' };

// A client that follows a wrong link must not find the list there.
function missing(response: ServerResponse): true {
  response.writeHead(404, json).end('{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}');
  return true;
}

interface Paging {
  /** Entries in one page. */
  readonly page: number;
  /** The header that leads to the next page. */
  readonly link: (query: string, server: RegistryServer) => string | undefined;
}

/** 2,600 tags in pages, each page found by `last`. */
function tags({ page, link }: Paging, refuses: (n: number) => boolean = () => false): Behaviour['respond'] {
  const all = Array.from({ length: 2600 }, (_, index) => `v${String(index).padStart(5, '0')}`);
  return (server) => (_, response, url) => {
    if (!url.pathname.endsWith('/tags/list')) return false;
    if (url.pathname !== '/v2/acme/app/tags/list') return missing(response);
    const asked = Number(url.searchParams.get('n') ?? page);
    if (refuses(asked)) {
      response.writeHead(405).end();
      return true;
    }
    const from = all.indexOf(url.searchParams.get('last') ?? '') + 1;
    const some = all.slice(from, from + Math.min(page, asked));
    const next = from + some.length < all.length ? link(`?last=${some.at(-1)}&n=${asked}`, server) : undefined;
    response.writeHead(200, { ...json, ...(next === undefined ? {} : { link: next }) });
    response.end(JSON.stringify({ name: 'acme/app', tags: some }));
    return true;
  };
}

/** 45 referrers in pages of 20. */
function referrers({ link }: Pick<Paging, 'link'>): Behaviour['respond'] {
  return (server) => {
    const all = Array.from({ length: 45 }, (_, index) => putReferrer(server, String(index)));
    return (_, response, url) => {
      if (!url.pathname.includes('/referrers/')) return false;
      if (!/^\/v2\/acme\/app\/referrers\/[^/]+$/.test(url.pathname)) return missing(response);
      const from = Number(url.searchParams.get('last') ?? 0);
      const next = from + 20 < all.length ? link(`?last=${from + 20}`, server) : undefined;
      response.writeHead(200, { 'content-type': types.index, ...(next === undefined ? {} : { link: next }) });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: all.slice(from, from + 20) }));
      return true;
    };
  };
}

const queryOnly =
  'The query says where the next page is; host, scheme and path are ours, so no link can send a credential elsewhere or pass another list for this one.';

/** How the next page of both kinds of list is named. */
const links: readonly (readonly [
  name: string,
  met: string | undefined,
  link: (path: string, query: string, host: string) => string,
])[] = [
  ['relative, as the specification has it', 'distribution', (path, query) => `<${path}${query}>; rel="next"`],
  [
    'absolute, under a name used inside',
    undefined,
    (path, query) => `<http://registry.internal:5000${path}${query}>; rel="next"`,
  ],
  ['absolute, in the other scheme', undefined, (path, query, host) => `<https://${host}${path}${query}>; rel="next"`],
  [
    'with a prefix in front of the path',
    'nexus-public #1011',
    (path, query, host) => `<http://${host}/repository/docker-proxy${path}${query}>; rel="next"`,
  ],
  [
    'with the virtual repository left out of the path',
    'renovate #15080 (Artifactory)',
    (path, query) => `<${path.replace('/v2/acme/', '/v2/')}${query}>; rel="next"`,
  ],
  ['relative without its first slash', undefined, (path, query) => `<${path.slice(1)}${query}>; rel="next"`],
  ['the query only', undefined, (_, query) => `<${query}>; rel="next"`],
  [
    'with the colon of the digest escaped',
    undefined,
    (path, query) => `<${path.replace(':', '%3A')}${query}>; rel="next"`,
  ],
  ['without rel', undefined, (path, query) => `<${path}${query}>`],
  ['without angle brackets', undefined, (path, query) => `${path}${query}; rel="next"`],
  ['with rel unquoted', 'olareg', (path, query) => `<${path}${query}>;rel=next`],
];

function linkRows(
  operation: Operation,
  what: string,
  ours: string,
  respond: (link: Paging['link']) => Behaviour['respond'],
  pathOf: (server: RegistryServer) => string,
): readonly Behaviour[] {
  return links.map(([name, met, link]) => ({
    name: `next page of ${what}: ${name}`,
    met,
    operation,
    respond: respond((query, server) => link(pathOf(server), query, server.host)),
    ours,
    why: queryOnly,
  }));
}

const nextOfTags = (query: string): string => `</v2/acme/app/tags/list${query}>; rel="next"`;

/** Lists in pages. */
export const pagedLists: readonly Behaviour[] = [
  ...linkRows(
    'tags',
    'tags',
    'reads 2600 tags',
    (link) => tags({ page: 500, link }),
    () => '/v2/acme/app/tags/list',
  ),
  ...linkRows(
    'referrers',
    'referrers',
    'reads 45 referrers',
    (link) => referrers({ link }),
    ({ image }) => `/v2/acme/app/referrers/${image.digest}`,
  ),
  {
    name: 'a next-page link that can’t be understood',
    operation: 'referrers',
    respond: referrers({ link: (query) => `next page: ${query}` }),
    ours: 'reads 20 referrers, incomplete: invalid-response',
    why: 'The pages after it are unknown. A truncated list must never look complete, or an unread signature would look absent.',
  },
  {
    name: 'next pages in a loop',
    operation: 'referrers',
    respond: referrers({ link: () => '<?last=0>; rel="next"' }),
    ours: 'reads 20 referrers, incomplete: invalid-response',
    why: 'Every page is read once.',
  },
  {
    name: 'tags in pages of 50, whatever is asked (52 pages)',
    met: 'regclient #272, renovate #9176 (quay.io)',
    operation: 'tags',
    respond: tags({ page: 50, link: nextOfTags }),
    ours: 'reads 2600 tags',
    why: '1,000 pages and 250,000 tags are read unless the caller says otherwise.',
  },
  {
    name: 'tags in pages of 100, whatever is asked, and no link',
    met: 'nexus-public #209',
    operation: 'tags',
    respond: tags({ page: 100, link: () => undefined }),
    ours: 'reads 2600 tags',
    why: 'A full page may have a successor; one more request shows whether it does.',
  },
  {
    name: '405 for a page of more than 100 tags',
    met: 'renovate #15016 (gcr.io)',
    operation: 'tags',
    respond: tags({ page: 100, link: nextOfTags }, (n) => n > 100),
    ours: 'reads 2600 tags',
    why: 'The registry refuses the page size: we ask with a smaller one, then without one.',
  },
];

function listed(entries: (server: RegistryServer) => readonly unknown[]): Behaviour['respond'] {
  return (server): Respond => {
    const manifests = [putReferrer(server, 'good'), ...entries(server)];
    return (_, response, url) => {
      if (!url.pathname.includes('/referrers/')) return false;
      response.writeHead(200, { 'content-type': types.index });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests }));
      return true;
    };
  };
}

const entry =
  (changes: object): ((server: RegistryServer) => readonly unknown[]) =>
  () => [{ mediaType: types.manifest, digest: `sha256:${'a'.repeat(64)}`, size: 10, ...changes }];

const damaged: readonly (readonly [name: string, changes: object])[] = [
  ['an annotation that is a number', { annotations: { n: 1 } }],
  ['an empty media type', { mediaType: '' }],
  ['a digest in upper case', { digest: `sha256:${'A'.repeat(64)}` }],
  ['a digest by an algorithm that is not OCI’s', { digest: `blake3:${'a'.repeat(64)}` }],
  ['a size of -1', { size: -1 }],
];

/** Lists of referrers with entries that can't be read. */
export const damagedLists: readonly Behaviour[] = [
  ...damaged.map(
    ([name, changes]): Behaviour => ({
      name: `one entry of a list of referrers has ${name}`,
      operation: 'referrers',
      respond: listed(entry(changes)),
      ours: 'reads 1 referrers, incomplete: invalid-response',
      why: 'The other entries are kept. The damaged one could be anything, so the list can’t show an absence.',
    }),
  ),
  {
    name: 'an entry of a list of referrers has an empty platform',
    operation: 'referrers',
    respond: listed((server) => [{ ...putReferrer(server, 'other'), platform: {} }]),
    ours: 'reads 2 referrers',
    why: 'A referrer’s platform has no meaning.',
  },
  {
    name: 'the fallback tag sha256-… names the image itself',
    met: 'oras-go #1396 (GitLab), and what cosign copy leaves behind',
    operation: 'referrers',
    respond: (server) => (_, response, url) => {
      if (url.pathname.includes('/referrers/')) return missing(response);
      if (!url.pathname.endsWith(`/manifests/${server.image.digest.replace(':', '-')}`)) return false;
      response.writeHead(200, { 'content-type': types.manifest });
      response.end(server.image.bytes);
      return true;
    },
    ours: 'reads 0 referrers',
    why: 'The tag names an image, not a list of referrers, so nothing is there.',
  },
];

function answered(contentType: string | undefined, body: object): Behaviour['respond'] {
  return (server): Respond => {
    const manifests = [putReferrer(server, 'good')];
    return (_, response, url) => {
      if (!url.pathname.includes('/referrers/')) return false;
      response.writeHead(200, contentType === undefined ? {} : { 'content-type': contentType });
      response.end(JSON.stringify({ schemaVersion: 2, ...body, manifests }));
      return true;
    };
  };
}

const deliveries: readonly (readonly [contentType: string | undefined, met?: string])[] = [
  ['application/json', 'harbor #19690'],
  ['text/plain; charset=utf-8', 'go-containerregistry #1760'],
  [`${types.index}; charset=utf-8`],
  ['application/octet-stream'],
  ['binary/octet-stream', 'S3’s default'],
  [undefined],
];

/** Lists of referrers whose type the delivery doesn't name. */
export const deliveredLists: readonly Behaviour[] = deliveries.map(([contentType, met]) => ({
  name: `a list of referrers delivered ${contentType === undefined ? 'without a Content-Type' : `as ${contentType}`}`,
  met,
  operation: 'referrers',
  respond: answered(contentType, { mediaType: types.index }),
  ours: 'reads 1 referrers',
  why: 'Without a usable Content-Type, the body says what it is.',
}));
