import { requireText } from '@sigtrail/encoding';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { attachReferrer, type NewReferrer } from './attach-referrer.ts';
import {
  checkBehaviour,
  checkRegistryOptions,
  type RegistryBehaviour,
  type RegistryOptions,
  type RegistryTls,
} from './behaviour.ts';
import { emptyRepository, putBlob, putManifest, remove, type RepositoryContent, setTag, tamper } from './content.ts';
import type { ContentDigest, DigestAlgorithm } from './digest.ts';
import { type ActiveFault, checkRule, type CountedRule, type FaultRule } from './fault-rule.ts';
import { loadLayout, type LoadedLayout } from './layout.ts';
import { listReferrer, referrersOf } from './referrers.ts';
import { recordLine, type RequestRecord } from './request-record.ts';
import { type RegistryState, serve } from './serve.ts';
import type { ContentDescriptor, StoredManifest } from './stored-manifest.ts';

/** A registry on loopback, filled in process, that can misbehave on command. */
export interface FakeRegistry {
  /** `127.0.0.1:port`, as it stands in image references. */
  readonly host: string;
  /** `http://127.0.0.1:port`, or `https://…`. */
  readonly url: string;
  /** Every request, in the order in which they came; grows. Empty it with `requests.length = 0`. */
  readonly requests: RequestRecord[];

  /** Stores a manifest, tagged where a tag is given. A media type that doesn't fit the bytes is stored as said. */
  putManifest(
    repository: string,
    bytes: Uint8Array,
    mediaType: string,
    tag?: string,
    algorithm?: DigestAlgorithm,
  ): ContentDigest;
  /** A stored manifest, or the manifest that a tag points at. */
  manifest(repository: string, tagOrDigest: string): StoredManifest | undefined;
  putBlob(repository: string, bytes: Uint8Array, algorithm?: DigestAlgorithm): ContentDigest;
  /** Points a tag at a digest, which need not exist. */
  tag(repository: string, tag: string, digest: string): void;
  /** Pushes an artifact that has this digest as its subject; gives the digest of its manifest. */
  attachReferrer(repository: string, subject: string, referrer: NewReferrer): ContentDigest;
  /** Lists a referrer that no stored manifest need back. */
  listReferrer(repository: string, subject: string, descriptor: ContentDescriptor): void;
  /** What the referrers API lists of this subject, all pages together. */
  referrersOf(repository: string, subject: string): readonly ContentDescriptor[];
  /** Adds an OCI image layout on disk to a repository. `imageTag` names the image of a layout that names none. */
  loadLayout(repository: string, directory: string, imageTag?: string): LoadedLayout;
  /** Replaces the bytes served under a digest, which no longer fit it. */
  tamper(repository: string, digest: string, bytes: Uint8Array): void;
  /** Takes a tag, manifest or blob away. */
  remove(repository: string, tagOrDigest: string): void;

  /** Misbehaves from now on; the oldest rule that applies to a request wins. */
  fail(rule: FaultRule): ActiveFault;
  /** Ends all misbehaviour but refusing connections. */
  clearFaults(): void;
  /** Resets all connections and refuses new ones, as a machine does on which the registry has stopped. */
  refuseConnections(): Promise<void>;
  /** Listens again, on the same port. */
  acceptConnections(): Promise<void>;
  /** Changes how it behaves from the next request on. */
  configure(changes: RegistryBehaviour): void;
  /** Refuses every token issued so far, as a registry does that lost its session store. */
  invalidateTokens(): void;
  /** The requests as text, one a line, without secrets. */
  transcript(): string;

  /** Stops listening and ends the connections made to it, and only those. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a registry on 127.0.0.1 that serves the read half of the OCI distribution specification, with content put in
 * process. Every answer can be delayed or spoilt. For tests: it holds no secret worth keeping.
 *
 * @throws TypeError for an option it doesn't know; the error of the system when the port is taken.
 * @example
 * await using registry = await startRegistry({ referrersApi: false });
 * registry.loadLayout('acme/app', 'fixtures/acme-app', 'v1');
 * registry.fail({ route: 'manifest', times: 1, fault: { kind: 'status', status: 503, retryAfter: 1 } });
 * const answer = await fetch(`${registry.url}/v2/acme/app/manifests/v1`);
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<FakeRegistry> {
  checkRegistryOptions(options);
  const { port = 0, tls, ...behaviour } = options;
  const state: RegistryState = {
    behaviour,
    host: '',
    scheme: tls === undefined ? 'http' : 'https',
    rules: [],
    repositories: new Map(),
    requests: [],
    issuer: { now: () => (state.behaviour.now ?? Date.now)(), issued: new Map() },
    refuse: () => {
      server.close(); // from here on, before anything that is awaited
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  const server = serverFor(tls, (request, response) => void serve(state, request, response));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo; // a TCP server's, as it listens on a port
  state.host = `127.0.0.1:${actual}`;
  return {
    ...handleFor(state, () => closeServer(server, sockets)),
    refuseConnections: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      state.refuse();
      await closed;
    },
    acceptConnections: async () => {
      if (!server.listening) await listen(server, actual);
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function serverFor(tls: RegistryTls | undefined, listener: RequestListener): Server {
  if (tls === undefined) return createServer(listener);
  const { cert, key, clientAuthority } = tls;
  const asks =
    clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ cert, key, ...asks }, listener);
}

function handleFor(
  state: RegistryState,
  close: () => Promise<void>,
): Omit<FakeRegistry, 'refuseConnections' | 'acceptConnections'> {
  const content = (repository: string): RepositoryContent => {
    requireText(repository, 'registry', 'repository');
    const found = state.repositories.get(repository) ?? emptyRepository();
    state.repositories.set(repository, found);
    return found;
  };
  return {
    host: state.host,
    url: `${state.scheme}://${state.host}`,
    requests: state.requests,
    putManifest: (repository, bytes, mediaType, tag, algorithm) =>
      putManifest(content(repository), bytes, mediaType, tag, algorithm),
    manifest: (repository, tagOrDigest) => {
      requireText(repository, 'registry.manifest', 'repository');
      requireText(tagOrDigest, 'registry.manifest', 'tagOrDigest');
      const found = state.repositories.get(repository);
      return found?.manifests.get(found.tags.get(tagOrDigest) ?? tagOrDigest);
    },
    putBlob: (repository, bytes, algorithm) => putBlob(content(repository), bytes, algorithm),
    tag: (repository, tag, digest) => setTag(content(repository), tag, digest),
    attachReferrer: (repository, subject, referrer) => attachReferrer(content(repository), subject, referrer),
    listReferrer: (repository, subject, descriptor) => listReferrer(content(repository), subject, descriptor),
    referrersOf: (repository, subject) => referrersOf(content(repository), subject),
    loadLayout: (repository, directory, imageTag) => loadLayout(content(repository), directory, imageTag),
    tamper: (repository, digest, bytes) => tamper(content(repository), digest, bytes),
    remove: (repository, tagOrDigest) => remove(content(repository), tagOrDigest),
    fail: (rule) => {
      checkRule(rule);
      return addRule(state, rule);
    },
    clearFaults: () => {
      state.rules = [];
    },
    configure: (changes) => {
      checkBehaviour(changes);
      state.behaviour = { ...state.behaviour, ...changes };
    },
    invalidateTokens: () => state.issuer.issued.clear(),
    transcript: () => state.requests.map(recordLine).join('\n'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addRule(state: RegistryState, rule: FaultRule): ActiveFault {
  const counted: CountedRule = { rule, hits: 0, passed: 0 };
  state.rules.push(counted);
  return {
    get hits(): number {
      return counted.hits;
    },
    clear: () => {
      state.rules = state.rules.filter((other) => other !== counted);
    },
  };
}

async function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
