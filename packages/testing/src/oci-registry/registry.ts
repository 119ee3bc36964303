import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Access, authorize, tokenAnswer } from './access.ts';
import { digestOf, emptyRepository, loadLayout, referrersOf, type RepositoryContent } from './content.ts';
import { type Answer, type FaultRule, type Route, sendFaulty } from './fault.ts';

/** How a fake registry behaves from its start. */
export interface RegistryOptions {
  /** Default: any free port of 127.0.0.1. */
  readonly port?: number;
  /** `false`: 404 on the referrers API, as registries before distribution-spec 1.1 (default true). */
  readonly referrersApi?: boolean;
  /** Entries of one page of tags and referrers; default all. */
  readonly pageSize?: number;
  readonly delayMs?: number;
  readonly access?: Access;
}

/** One request as the registry saw it; credentials are never kept. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly route: Route | 'other';
  readonly authorized: boolean;
  readonly startedAt: number;
  status: number;
  endedAt?: number;
}

/** A registry on loopback, filled in process, that can misbehave on command. */
export interface FakeRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly requests: RequestRecord[];
  putManifest(repository: string, bytes: Uint8Array, mediaType: string, tag?: string): string;
  putBlob(repository: string, bytes: Uint8Array): string;
  tag(repository: string, tag: string, digest: string): void;
  /** Adds an OCI image layout on disk to a repository. */
  loadLayout(repository: string, directory: string): void;
  /** Replaces the bytes served under a digest, which no longer fit it. */
  tamper(repository: string, digest: string, bytes: Uint8Array): void;
  fail(rule: FaultRule): void;
  close(): Promise<void>;
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Starts a fake registry; see `FakeRegistry`. Close it at the end. */
export async function startRegistry(options: RegistryOptions = {}): Promise<FakeRegistry> {
  const state: State = { options, repositories: new Map(), rules: [], requests: [], host: '' };
  const server = createServer((request, response) => void serve(state, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  state.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return handleFor(state, server);
}

interface State {
  readonly options: RegistryOptions;
  readonly repositories: Map<string, RepositoryContent>;
  readonly rules: { rule: FaultRule; left: number }[];
  readonly requests: RequestRecord[];
  host: string;
}

function handleFor(state: State, server: Server): FakeRegistry {
  const content = (repository: string): RepositoryContent => {
    let found = state.repositories.get(repository);
    if (found === undefined) state.repositories.set(repository, (found = emptyRepository()));
    return found;
  };
  return {
    host: state.host,
    requests: state.requests,
    putManifest: (repository, bytes, mediaType, tag) => {
      const digest = digestOf(bytes);
      content(repository).manifests.set(digest, { bytes, mediaType });
      if (tag !== undefined) content(repository).tags.set(tag, digest);
      return digest;
    },
    putBlob: (repository, bytes) => {
      const digest = digestOf(bytes);
      content(repository).blobs.set(digest, bytes);
      return digest;
    },
    tag: (repository, tag, digest) => void content(repository).tags.set(tag, digest),
    loadLayout: (repository, directory) => loadLayout(content(repository), directory),
    tamper: (repository, digest, bytes) => {
      const { manifests, blobs } = content(repository);
      const manifest = manifests.get(digest);
      if (manifest !== undefined) manifests.set(digest, { bytes, mediaType: manifest.mediaType });
      if (blobs.has(digest)) blobs.set(digest, bytes);
    },
    fail: (rule) => void state.rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${state.host}`);
  const { route, answer: make } = routeOf(state, request, url);
  const access = authorize(state.options.access, route, request.headers.authorization, state.host);
  const record: RequestRecord = { method: request.method ?? 'GET', path: `${url.pathname}${url.search}`, route, authorized: access.allowed, startedAt: performance.now(), status: 0 };
  state.requests.push(record);
  response.on('close', () => {
    record.endedAt = performance.now();
    record.status = response.statusCode;
  });
  if (state.options.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, state.options.delayMs));
  const answer = access.allowed ? make() : access.challenge;
  const active = state.rules.find(({ rule, left }) => left > 0 && (rule.route === undefined || rule.route === route) && (rule.path === undefined || record.path.includes(rule.path)));
  if (active !== undefined) {
    active.left--;
    sendFaulty(response, answer, active.rule.fault);
    return;
  }
  response.writeHead(answer.status, { 'content-length': String(answer.body.length), ...answer.headers });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function routeOf(state: State, request: IncomingMessage, url: URL): { readonly route: Route | 'other'; readonly answer: () => Answer } {
  const { access } = state.options;
  if (url.pathname === '/token') return { route: 'token', answer: () => tokenAnswer(access, request.headers.authorization) };
  if (url.pathname === '/v2/' || url.pathname === '/v2') return { route: 'ping', answer: () => json(200, {}) };
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(url.pathname);
  const [, name = '', kind, last = ''] = match ?? [];
  const content = state.repositories.get(name);
  switch (kind) {
    case 'manifests':
      return { route: 'manifest', answer: () => manifestAnswer(content, decodeURIComponent(last)) };
    case 'blobs':
      return { route: 'blob', answer: () => blobAnswer(content, decodeURIComponent(last)) };
    case 'tags':
      return { route: 'tags', answer: () => tagsAnswer(content, name, url, state.options) };
    case 'referrers':
      return { route: 'referrers', answer: () => referrersAnswer(content, name, decodeURIComponent(last), url, state.options) };
    default:
      return { route: 'other', answer: () => problem(404, 'NAME_UNKNOWN') };
  }
}

function manifestAnswer(content: RepositoryContent | undefined, name: string): Answer {
  const digest = name.includes(':') ? name : content?.tags.get(name);
  const manifest = digest === undefined ? undefined : content?.manifests.get(digest);
  if (digest === undefined || manifest === undefined) return problem(404, 'MANIFEST_UNKNOWN');
  return { status: 200, headers: { 'content-type': manifest.mediaType, 'docker-content-digest': digest }, body: manifest.bytes };
}

function blobAnswer(content: RepositoryContent | undefined, digest: string): Answer {
  const bytes = content?.blobs.get(digest);
  return bytes === undefined ? problem(404, 'BLOB_UNKNOWN') : { status: 200, headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': digest }, body: bytes };
}

function tagsAnswer(content: RepositoryContent | undefined, name: string, url: URL, { pageSize }: RegistryOptions): Answer {
  if (content === undefined) return problem(404, 'NAME_UNKNOWN');
  const after = url.searchParams.get('last') ?? '';
  const tags = [...content.tags.keys()].toSorted().filter((tag) => tag > after);
  const page = tags.slice(0, Number(url.searchParams.get('n') ?? pageSize ?? tags.length));
  const next = page.length < tags.length ? { link: `</v2/${name}/tags/list?last=${page.at(-1) ?? ''}&n=${page.length}>; rel="next"` } : {};
  return json(200, { name, tags: page }, next);
}

function referrersAnswer(content: RepositoryContent | undefined, name: string, digest: string, url: URL, { referrersApi = true, pageSize }: RegistryOptions): Answer {
  if (!referrersApi) return problem(404, 'UNSUPPORTED');
  const type = url.searchParams.get('artifactType');
  const all = content === undefined ? [] : referrersOf(content, digest).filter(({ artifactType }) => type === null || artifactType === type);
  const from = Number(url.searchParams.get('from') ?? 0);
  const manifests = all.slice(from, from + (pageSize ?? all.length));
  const next = from + manifests.length;
  const headers = {
    'content-type': INDEX,
    ...(type === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    ...(next < all.length ? { link: `</v2/${name}/referrers/${digest}?from=${next}>; rel="next"` } : {}),
  };
  return json(200, { schemaVersion: 2, mediaType: INDEX, manifests }, headers);
}

/** An answer in JSON. */
function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: Buffer.from(JSON.stringify(value)) };
}

function problem(status: number, code: string): Answer {
  return json(status, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
}
