import { triangulate } from '@sigtrail/triangulate';
import { type OciClientOptions, createOciClient, isOciError } from 'oci-client-lite';
import type { Behaviour, Operation } from './behaviour.ts';
import type { RegistryServer } from './registry-server.ts';
import { startBehaviour } from './started.ts';
import { withSetting } from './setting.ts';

/** Our client's answer about a registry. */
export interface Observed {
  /** `reads …` or `refuses: CODE`, or of a list also `incomplete: CODE`. */
  readonly outcome: string;
  /** The message behind a refusal or an incomplete list. */
  readonly message: string | undefined;
}

/** Runs a behaviour against our client. */
export async function observe(row: Behaviour): Promise<Observed> {
  const { server, setting } = await startBehaviour(row);
  const registry = setting.registry ?? server.host;
  const insecureRegistries = setting.tls === true ? [] : [registry];
  try {
    return await withSetting(
      setting,
      async ({ environment }) =>
        await OPERATIONS[row.operation](server, registry, {
          env: environment,
          retries: 0,
          insecureRegistries,
          ...row.options,
        }),
    );
  } finally {
    await server.close();
  }
}

type Run = (server: RegistryServer, registry: string, options: OciClientOptions) => Promise<Observed>;

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
  // What a verifier learns: the finds of all places, and whether one of the places was not read to its end.
  referrers: async (server, registry, options) => {
    const { graph } = await triangulate(`${registry}/acme/app@${server.image.digest}`, { registry: options });
    const unread = graph.locations.find(({ answer }) => answer === 'unknown');
    const code = unread !== undefined && 'code' in unread ? `, incomplete: ${String(unread.code)}` : '';
    const message = unread !== undefined && 'message' in unread ? String(unread.message) : undefined;
    return { outcome: `reads ${graph.finds.length} referrers${code}`, message };
  },
};

type Repository = ReturnType<ReturnType<typeof createOciClient>['repository']>;

function withRepository(read: (repository: Repository, server: RegistryServer) => Promise<string>): Run {
  return async (server, registry, options) => {
    await using client = createOciClient(options);
    try {
      return { outcome: await read(client.repository(`${registry}/acme/app`), server), message: undefined };
    } catch (error) {
      if (!isOciError(error)) throw error;
      return { outcome: `refuses: ${error.code}`, message: error.message };
    }
  };
}
