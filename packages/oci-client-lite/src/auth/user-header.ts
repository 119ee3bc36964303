// Headers that the client sets itself, or that could smuggle in a second request (RFC 9112 §11.2).
const reserved =
  /^(?:accept|accept-encoding|authorization|connection|content-.*|cookie|expect|host|keep-alive|proxy-.*|range|te|trailer|transfer-encoding|upgrade|user-agent)$/i;

/** Whether the client sets this header itself. */
export function isReservedHeader(name: string): boolean {
  return reserved.test(name);
}

/** Whether the user may set this header. */
export function isUserHeader(name: string, value: string): boolean {
  return !isReservedHeader(name) && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value);
}
