/** Which `host[:port]` may be reached over plain http because the caller names it; `*` is every host. */
export function namedForPlainHttp(entries: readonly string[]): (host: string) => boolean {
  const named = new Set(entries.map(canonicalHost));
  return (host) => named.has('*') || named.has(canonicalHost(host));
}

/** A `host[:port]` as URLs write it. */
function canonicalHost(host: string): string {
  return host === '*' ? host : (URL.parse(`http://${host}`)?.host ?? host.toLowerCase());
}
