import { triangulate } from '@sigtrail/triangulate';
import { type OciClientOptions, createOciClient, isOciError } from 'oci-client-lite';
import type { Behaviour, Operation } from './behaviour.ts';
import { type RegistryServer, startRegistryServer } from './registry-server.ts';

/** What our client made of a registry. */
export interface Observed {
  /** `reads …` or `refuses: CODE`, or of a list also `incomplete: CODE`. */
  readonly outcome: string;
  /** The message behind a refusal or an incomplete list. */
  readonly message: string | undefined;
  readonly requests: readonly string[];
}

/** Runs a behaviour against our client. */
export async function observe({ respond, operation, options }: Behaviour): Promise<Observed> {
  const server = await startRegistryServer(respond);
  const given = { dockerConfig: false, retries: 0, ...options?.(server) } as const;
  try {
    return { ...(await OPERATIONS[operation](server, given)), requests: server.requests };
  } finally {
    await server.close();
  }
}

type Run = (server: RegistryServer, options: OciClientOptions) => Promise<Omit<Observed, 'requests'>>;

const OPERATIONS: Readonly<Record<Operation, Run>> = {
  manifest: withRepository(async (repository, { image }) => {
    const { digest } = await repository.fetchManifest('v1');
    return digest === image.digest ? 'reads the manifest' : 'reads other bytes';
  }),
  resolve: withRepository(async (repository, { image }) => {
    const { digest } = await repository.resolve('v1');
    return digest === image.digest ? 'resolves the tag' : 'resolves to another digest';
  }),
  tags: withRepository(async (repository) => `reads ${(await repository.listTags()).length} tags`),
  referrers: locations((count, incomplete) => `reads ${count} referrers${incomplete}`),
  unsigned: locations((count, incomplete) =>
    count + incomplete === '0' ? 'positively unsigned' : `unknown${incomplete}`,
  ),
};

type Repository = ReturnType<ReturnType<typeof createOciClient>['repository']>;

function withRepository(read: (repository: Repository, server: RegistryServer) => Promise<string>): Run {
  return async (server, options) => {
    await using client = createOciClient(options);
    try {
      return { outcome: await read(client.repository(`${server.host}/acme/app`), server), message: undefined };
    } catch (error) {
      if (!isOciError(error)) throw error;
      return { outcome: `refuses: ${error.code}`, message: error.message };
    }
  };
}

// What a verifier learns: the finds of all places, and whether one of the places was not read to its end.
function locations(say: (count: number, incomplete: string) => string): Run {
  return async (server, options) => {
    const { graph } = await triangulate(`${server.host}/acme/app@${server.image.digest}`, { registry: options });
    const unread = graph.locations.find(({ answer }) => answer === 'unknown');
    const code = unread !== undefined && 'code' in unread ? String(unread.code) : '';
    const message = unread !== undefined && 'message' in unread ? String(unread.message) : undefined;
    return { outcome: say(graph.finds.length, unread === undefined ? '' : `, incomplete: ${code}`), message };
  };
}
