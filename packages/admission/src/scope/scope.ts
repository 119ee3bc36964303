import type { ImagePolicy } from 'sigtrail';

/** What comes of an image that isn't verified: it is refused, allowed with a warning to the user, or allowed and only noted. */
export type Mode = 'enforce' | 'warn' | 'audit';

/** Which policy an image has to satisfy. */
export interface ImageMap {
  /** The file, for messages. */
  readonly file: string;
  /** The rule for `registry/repository[:tag][@digest]`, a reference that was parsed already. */
  policyFor(reference: string, now: Date): MapAnswer;
}

/** What a map says of one image. */
export type MapAnswer =
  | { readonly kind: 'policy'; readonly rule: string; readonly mode: 'enforce' | 'warn'; readonly policy: ImagePolicy }
  | {
      readonly kind: 'exception';
      readonly rule: string;
      readonly reason: string;
      readonly until: string;
      /** Where it stands, if not in the map. */
      readonly from?: string;
    }
  | { readonly kind: 'none'; readonly code: string; readonly message: string };

/** A row of the settings: what its namespaces ask of images. The first row whose names match a namespace decides. */
export interface NamespaceRow {
  /** Names, or patterns with `*` for any characters. */
  readonly names: readonly string[];
  readonly map: ImageMap;
  readonly mode: Mode;
  /** What becomes of an image about which nothing could be decided: `refuse` as one that was refused, or `allow` with a warning. */
  readonly undecided: 'refuse' | 'allow';
  /** Further maps for Pods that run as these service accounts. They come on top: an account can ask for more than its namespace, never for less. */
  readonly serviceAccounts: readonly ServiceAccountRow[];
}

/** A row for some service accounts of a namespace. */
export interface ServiceAccountRow {
  readonly names: readonly string[];
  readonly map: ImageMap;
  readonly mode: Mode;
}

/** One map that an image has to pass. */
export interface Layer {
  readonly map: ImageMap;
  readonly mode: Mode;
  readonly undecided: 'refuse' | 'allow';
  /** Whose map it is: `namespace team-a`, `service account deployer`. */
  readonly of: string;
}

/** The maps that hold for what runs as a service account in a namespace: all of them must be satisfied. None: no row matches the namespace. */
export function layersFor(
  rows: readonly NamespaceRow[],
  namespace: string,
  serviceAccount: string,
): readonly [Layer, ...Layer[]] | undefined {
  const row = rows.find(({ names }) => matchesAny(names, namespace));
  if (row === undefined) return undefined;
  const { undecided } = row;
  const accounts = row.serviceAccounts
    .filter(({ names }) => matchesAny(names, serviceAccount))
    .map(({ map, mode }): Layer => ({ map, mode, undecided, of: `service account ${serviceAccount}` }));
  return [{ map: row.map, mode: row.mode, undecided, of: `namespace ${namespace}` }, ...accounts];
}

/** Names of namespaces and service accounts are DNS labels: `*` is the only special character that a pattern can have. */
function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}

const STRICTNESS: Readonly<Record<Mode, number>> = { audit: 0, warn: 1, enforce: 2 };

/** The milder of what a row and a rule of its map ask: a rule on trial warns in a namespace that enforces, and nothing is refused in a namespace on trial. */
export function milder(one: Mode, other: Mode): Mode {
  return STRICTNESS[one] <= STRICTNESS[other] ? one : other;
}
