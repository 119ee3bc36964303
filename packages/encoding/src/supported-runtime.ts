/** What {@link unsupportedRuntime} looks at: `process.versions`. */
export interface RuntimeVersions {
  readonly node?: string | undefined;
  readonly bun?: string | undefined;
  readonly deno?: string | undefined;
}

// A test compares this with `engines.node` of every package: the versions that both judges support.
const OLDEST: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 22, 2],
  [24, 15, 0],
];
const OLDEST_OF_LATER = 26;

/**
 * A line that says which versions of Node Sigtrail runs on, if this is not one of them; otherwise `undefined`. Bun and Deno state a version
 * of Node that they only resemble, so it is ignored.
 */
export function unsupportedRuntime(versions: RuntimeVersions = process.versions): string | undefined {
  if (versions.bun !== undefined || versions.deno !== undefined) return undefined;
  const [major = 0, minor = 0, patch = 0] = (versions.node ?? '').split('.').map(Number);
  const isSupported =
    major >= OLDEST_OF_LATER || OLDEST.some(([a, b, c]) => major === a && (minor > b || (minor === b && patch >= c)));
  if (isSupported) return undefined;
  const found = versions.node === undefined ? 'another runtime' : `Node ${versions.node}`;
  return `Sigtrail runs on Node 22.22.2, 24.15 or 26 and later; this is ${found}`;
}
