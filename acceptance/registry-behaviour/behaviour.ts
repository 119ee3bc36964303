import type { OciClientOptions } from 'oci-client-lite';
import type { RegistryServer, Respond } from './registry-server.ts';

/** What is asked of a registry that behaves so. Each has a command of every peer. */
export type Operation = 'manifest' | 'resolve' | 'tags' | 'referrers' | 'unsigned';

/** One way in which registries behave, as it was reported: a row of the table, and a test. */
export interface Behaviour {
  /** What the registry does. */
  readonly name: string;
  /** Where it was met: a project's issue, or the software that does it. */
  readonly met: string;
  readonly operation: Operation;
  /** Answers a request in this registry's way, byte for byte; `false` leaves it to a registry without fault. */
  readonly respond: (server: RegistryServer) => Respond;
  /** What our client makes of it, as `observe` says it. */
  readonly ours: string;
  /** Why that is right. */
  readonly why: string;
  /** What a user would configure: credentials, for the most part. */
  readonly options?: ((server: RegistryServer) => OciClientOptions) | undefined;
}
