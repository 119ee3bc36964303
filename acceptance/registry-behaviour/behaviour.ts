import type { OciClientOptions } from 'oci-client-lite';
import type { RegistryServer, Respond } from './registry-server.ts';
import type { Setting } from './setting.ts';

/** What a client asks of such a registry. */
export type Operation = 'manifest' | 'resolve' | 'tags' | 'referrers';

/** One way in which registries behave, and what surrounds them: a row of the table, and a test. */
export interface Behaviour {
  /** What the registry does. */
  readonly name: string;
  /** Where it was met: a project's issue, or the software that does it. Without it, the row was made up beside those that were met. */
  readonly met?: string | undefined;
  readonly operation: Operation;
  /** Answers a request in this registry's way, byte for byte; `false` leaves it to a registry without fault. */
  readonly respond: (server: RegistryServer) => Respond;
  /** Our client's answer, in the words of `observe`. */
  readonly ours: string;
  /** Why that is right. */
  readonly why: string;
  /** What the user has set up. Unless given: nothing. */
  readonly setting?: ((server: RegistryServer) => Setting) | undefined;
  /** The registry speaks TLS, by a certificate that every client trusts. `false` */
  readonly tls?: boolean | undefined;
  /** Options of our client that the row is about. Unless given, nothing is tried again. */
  readonly options?: Pick<OciClientOptions, 'retries' | 'retryBaseMs' | 'timeoutMs'> | undefined;
}
