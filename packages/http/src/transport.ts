import type { AddressSpace } from './address-space.ts';

/** The methods that a read client needs. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST';

/** A request on a connection: no redirects, no retries, no decoding. */
export interface TransportRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Body of a POST. */
  readonly body?: string | undefined;
  /** Ends the exchange, including its body. */
  readonly signal: AbortSignal;
  /**
   * The most private space that may be dialled, if an answer chose the host; `undefined` if the caller chose it.
   * Literal addresses were checked before; a transport that resolves names itself must check what it dials.
   */
  readonly within?: AddressSpace | undefined;
  /** Whether the client certificate for this origin may be shown: not once a redirect has left the first origin. */
  readonly showCertificate: boolean;
}

/** The answer to a {@link TransportRequest}: any status. */
export interface TransportResponse {
  readonly status: number;
  /** Header lines as received; repeated headers stay separate. */
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** The bytes as they were sent. Leaving the loop early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Sends requests. Caps, deadlines, retries, redirects and the guard on literal addresses are above it and hold for
 * any transport; the guard on resolved names is below, and only the default transport has it.
 */
export interface Transport {
  /** Resolves when the headers are here; rejects with the error of the connection. */
  exchange(request: TransportRequest): Promise<TransportResponse>;
  /** How private the address is that this host name was last dialled at. Unknown names count as `public`, which may name the fewest hosts. */
  spaceOf?(hostname: string): AddressSpace | undefined;
  /** Ends all connections. */
  close?(): Promise<void>;
}
