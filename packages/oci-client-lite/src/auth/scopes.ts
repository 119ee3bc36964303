const maxScopeLength = 512;
const maxAsked = 8;

/** The scope that reading one repository needs (distribution token specification, "scope"). */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/**
 * The scopes that a registry asked for in a challenge, before ours: some registries only look at the first scope. Actions on the same
 * resource are merged, sorted and listed once.
 */
export function mergeScopes(requested: string | undefined, ours: readonly string[]): readonly string[] {
  const extra = (requested ?? '').split(' ').filter((scope) => scope !== '' && scope.length <= maxScopeLength);
  const actions = new Map<string, Set<string>>();
  for (const scope of [...clean(extra.slice(0, maxAsked)), ...clean(ours)]) {
    const { resource, allowed } = split(scope);
    const actionsOfResource = actions.get(resource) ?? new Set();
    for (const action of allowed) actionsOfResource.add(action);
    actions.set(resource, actionsOfResource);
  }
  return [...actions].map(([resource, allowed]) =>
    allowed.size === 0 ? resource : `${resource}:${[...allowed].toSorted().join(',')}`,
  );
}

// Always in the same order, so that the same scopes find the same token.
function clean(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].toSorted();
}

// `repository:host.example:5000/a/b:pull` too: the actions follow the last colon, and a scope without two colons has no actions (`*`, `aws`).
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
