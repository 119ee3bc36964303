/**
 * Writes out, for the given registries, the keys of `auths` that are patterns: `*.registry.example`, as the kubelet reads them. A key without a wildcard
 * comes first. A pattern never matches more or fewer labels than it has itself, and never another port.
 */
export function forHosts(
  auths: Readonly<Record<string, unknown>>,
  registries: readonly string[],
): Readonly<Record<string, unknown>> {
  const written: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(auths)) {
    const [, scheme = '', host = '', path = ''] = /^((?:https?:)?\/\/)?([^/]*)(\/.*)?$/s.exec(key) ?? [];
    if (!/[*?]/.test(host)) continue;
    for (const registry of registries)
      if (matchesHost(host.toLowerCase(), registry)) written[`${scheme}${registry}${path}`] ??= entry;
  }
  return { ...written, ...auths };
}

/** No wildcard counts in a port: one host may serve strangers on another. */
function matchesHost(pattern: string, registry: string): boolean {
  const [wanted, actual] = [splitPort(pattern), splitPort(registry)];
  if (wanted.port !== actual.port || wanted.labels.length !== actual.labels.length) return false;
  return wanted.labels.every((label, index) => matchesLabel(label, actual.labels[index] ?? ''));
}

function splitPort(host: string): { readonly labels: readonly string[]; readonly port: string | undefined } {
  // An IPv6 address has colons of its own, in brackets.
  const [, name = host, port] = /^(.*):([^\]:]*)$/s.exec(host) ?? [];
  return { labels: name.split('.'), port };
}

/** `*` for any characters of one label, `?` for one. In time that is the product of the lengths. */
function matchesLabel(pattern: string, label: string): boolean {
  let reached = new Set([0]);
  for (const character of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (character === '*') for (let end = at; end <= label.length; end += 1) next.add(end);
      else if (at < label.length && (character === '?' || character === label[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(label.length);
}
