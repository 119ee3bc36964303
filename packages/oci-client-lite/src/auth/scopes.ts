const maxScopeLength = 512;
const maxAsked = 8;

/** The scope that reading one repository needs (distribution token specification, "scope"). */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/**
 * Scopes a registry asked for in a challenge, in front of ours: some registries look at the first one only. Actions on the same
 * resource are put together, sorted, each once.
 */
export function mergeScopes(asked: string | undefined, ours: readonly string[]): readonly string[] {
  const extra = (asked ?? '').split(' ').filter((scope) => scope !== '' && scope.length <= maxScopeLength);
  const actions = new Map<string, Set<string>>();
  for (const scope of [...clean(extra.slice(0, maxAsked)), ...clean(ours)]) {
    const { resource, allowed } = split(scope);
    const known = actions.get(resource) ?? new Set();
    for (const action of allowed) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, allowed]) =>
    allowed.size === 0 ? resource : `${resource}:${[...allowed].toSorted().join(',')}`,
  );
}

// One order for the same scopes, so that they find the same token.
function clean(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].toSorted();
}

// `repository:host.example:5000/a/b:pull` too: the actions are behind the last colon, and a scope without two colons has none (`*`, `aws`).
function split(scope: string): { readonly resource: string; readonly allowed: readonly string[] } {
  const first = scope.indexOf(':');
  const last = scope.lastIndexOf(':');
  if (first === last) return { resource: scope, allowed: [] };
  return {
    resource: scope.slice(0, last),
    allowed: scope
      .slice(last + 1)
      .split(',')
      .filter((action) => action !== ''),
  };
}
