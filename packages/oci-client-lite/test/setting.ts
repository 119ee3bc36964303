import { onTestFinished } from 'vitest';
import type { OciClient, OciClientOptions, OciRepository } from '../src/index.ts';
import { type FakeServer, makeClient, type Route, startServer } from './fake-registry.ts';

/** A server that closes when the test ends. */
export async function serve(route: Route): Promise<FakeServer> {
  const server = await startServer(route);
  onTestFinished(server.close);
  return server;
}

/** A client that closes when the test ends. */
export function openClient(options: OciClientOptions = {}): OciClient {
  const client = makeClient(options);
  onTestFinished(client.close);
  return client;
}

/** A repository on that server, read by a client of its own. */
export function repositoryAt(
  { host }: Pick<FakeServer, 'host'>,
  options: OciClientOptions = {},
  path: string = 'acme/app',
): OciRepository {
  return openClient(options).repository(`${host}/${path}`);
}

/** A server, a client, and the repository `acme/app` of the two. */
export async function serveRepository(
  route: Route,
  options: OciClientOptions = {},
): Promise<{ readonly server: FakeServer; readonly client: OciClient; readonly repository: OciRepository }> {
  const server = await serve(route);
  const client = openClient(options);
  return { server, client, repository: client.repository(`${server.host}/acme/app`) };
}
