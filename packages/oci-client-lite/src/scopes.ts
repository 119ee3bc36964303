const maxScopeLength = 512;

/** The scope that reading one repository needs (distribution token specification, "scope"). */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** Scopes a registry asked for in a challenge, in front of ours: some registries look at the first one only. Each is kept once. */
export function mergeScopes(asked: string | undefined, ours: readonly string[]): readonly string[] {
  const extra = (asked ?? '').split(' ').filter((scope) => scope !== '' && scope.length <= maxScopeLength);
  return [...new Set([...extra.slice(0, 8), ...ours])];
}
