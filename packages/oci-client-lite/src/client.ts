import type { OciClientOptions } from './client-options.ts';
import type { Reference } from './reference.ts';
import type { Repository } from './repository.ts';

/** A registry client: holds sockets and tokens, so make one and keep it. */
export interface OciClient {
  /** The repository of a reference; its tag and digest are not used. @throws OciError `invalid-reference` */
  repository(reference: Reference | string): Repository;
  /** Closes the sockets. Calls in flight fail. */
  close(): Promise<void>;
}

export function createOciClient(options: OciClientOptions = {}): OciClient {
  void options;
  throw new Error('not there yet');
}
