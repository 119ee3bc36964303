/** How a request goes wrong. All but the first group change the answer that would have been given. */
export type Fault =
  // Instead of an answer
  /** Another status. `retryAfter` is seconds or an HTTP date; the default body is an error document of the specification. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string | number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is reset before any header. */
  | { readonly kind: 'reset' }
  /**
   * The connection is reset, and the server stops listening: later connections are refused until `acceptConnections()`.
   * To have even the first one refused, call `refuseConnections()` before.
   */
  | { readonly kind: 'refuse' }
  /** Nothing is ever answered. */
  | { readonly kind: 'hang' }
  /** A redirect, 307 unless told otherwise. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** A redirect to the very same URL. */
  | { readonly kind: 'redirect-loop'; readonly status?: number }
  /** A page for people, as captive portals and proxies send it. */
  | { readonly kind: 'html'; readonly status?: number }
  // Another body
  /** The connection ends after so many bytes of body, short of what was announced; default half of them. */
  | { readonly kind: 'reset-mid-body'; readonly afterBytes?: number }
  /** One byte every so many milliseconds: never idle for long, never done. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The true body, then blanks for ever, without a length. */
  | { readonly kind: 'endless' }
  /** A Content-Length that is not that of the body: absolute, or off by so much. */
  | { readonly kind: 'content-length'; readonly length: number }
  | { readonly kind: 'content-length'; readonly by: number }
  /** One bit of the body flipped: the digest doesn't match. */
  | { readonly kind: 'wrong-bytes' }
  /** These bytes instead, under the true headers. */
  | { readonly kind: 'body'; readonly body: string | Uint8Array }
  /** Status 200 and nothing. */
  | { readonly kind: 'empty' }
  /** The body compressed so many times, with the Content-Encoding to match. */
  | { readonly kind: 'gzip'; readonly times?: number }
  // Other headers
  /** Another Content-Type, or none. */
  | { readonly kind: 'content-type'; readonly contentType: string | undefined }
  /** Another Docker-Content-Digest, or none. */
  | { readonly kind: 'digest-header'; readonly digest: string | undefined }
  /** Any other headers; `undefined` leaves one out. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | undefined>> };
