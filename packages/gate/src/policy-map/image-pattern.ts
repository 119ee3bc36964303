import { isOciError, parseReference, type Reference, repositoryName } from 'oci-client-lite/names';

/** A pattern over repositories, as `registry/repository`; Docker Hub is `docker.io`. */
export interface ImagePattern {
  /** As it was written. */
  readonly source: string;
  /** As it matches: hosts in lower case, `library/` filled in. */
  readonly pattern: string;
  /** Without a wildcard: this one repository. */
  readonly isExact: boolean;
  /** How many characters stand before the first wildcard. */
  readonly prefixLength: number;
  /** Has a `**`. */
  readonly isDeep: boolean;
}

/** Why a text is not a pattern, in words for its author. */
export interface BadPattern {
  readonly problem: string;
}

const HUB = /^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)\//;

/**
 * Reads a pattern: a repository, `*` for what has no slash in one step of its path, `**` for any number of whole steps. Never a tag or a digest: anyone
 * who may push a tag can move it.
 */
export function parseImagePattern(source: string): ImagePattern | BadPattern {
  if (source.length > 512) return { problem: 'is longer than 512 characters' };
  if (!/^[\x21-\x7e]+$/.test(source)) return { problem: 'must be printable ASCII without spaces' };
  if (source.includes('@')) return { problem: 'names a digest: patterns name repositories' };
  if (/[?[\]{}!|()\\]/.test(source.replace(/^\[[a-f0-9:]+\]/i, '')))
    return { problem: 'has a character that is no wildcard here: only * and ** are' };
  return source.includes('*') ? parseWild(source) : parseExact(source);
}

function parseExact(source: string): ImagePattern | BadPattern {
  if (!hasRegistry(source))
    return { problem: `names no registry: write docker.io/${source.includes('/') ? '' : 'library/'}${source}` };
  try {
    const reference = parseReference(source);
    if (/:[^/]*$/.test(source)) return { problem: 'names a tag, which can be moved: patterns name repositories' };
    const pattern = nameOf(reference);
    return { source, pattern, isExact: true, prefixLength: pattern.length, isDeep: false };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { problem: error.message };
  }
}

function parseWild(source: string): ImagePattern | BadPattern {
  const steps = source.split('/');
  const [first = '', ...rest] = steps;
  if (steps.some((step) => step.includes('**') && step !== '**'))
    return { problem: 'has ** beside other characters: it stands for whole steps of the path' };
  if (rest.length === 0 && first !== '**') return { problem: 'has no repository behind its registry' };
  if (!hasRegistry(source) && !/\*/.test(first)) return { problem: `names no registry: write docker.io/${source}` };
  if (rest.some((step) => !/^[a-z0-9._*-]+$/.test(step)))
    return { problem: 'has a step that no repository has: lower-case letters, digits and . _ - only' };
  if (!/^[a-z0-9.*-]+(?::[0-9*]+)?$/i.test(first) && !/^\[[a-f0-9:]+\](?::\d+)?$/i.test(first))
    return { problem: 'has a registry that is no host name' };
  const pattern = [first.toLowerCase(), ...rest].join('/').replace(HUB, 'docker.io/');
  return {
    source,
    pattern,
    isExact: false,
    prefixLength: pattern.indexOf('*'),
    isDeep: steps.includes('**'),
  };
}

function hasRegistry(source: string): boolean {
  const [first = '', ...rest] = source.split('/');
  return rest.length > 0 && (first === 'localhost' || /[.:]/.test(first));
}

/** The repository of a reference, as patterns match it. */
export function nameOf(reference: Reference): string {
  return repositoryName(reference).replace(HUB, 'docker.io/');
}

/** Whether a pattern names this repository. In time that is the product of the lengths, whatever the pattern. */
export function matchesName({ pattern }: ImagePattern, name: string): boolean {
  return matchesSteps(pattern.split('/'), name.split('/'), '**', matchesStep);
}

function matchesStep(pattern: string, step: string): boolean {
  return matchesSteps(pattern.split(''), step.split(''), '*', (left, right) => left === right);
}

/** One wildcard stands for any number of parts. Where it took too few, it takes one more: only the last one ever has to. */
function matchesSteps(
  pattern: readonly string[],
  parts: readonly string[],
  wildcard: string,
  equals: (left: string, right: string) => boolean,
): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let taken = 0;
  while (at < parts.length) {
    const wanted = pattern[from];
    if (wanted === wildcard) {
      star = from;
      taken = at;
      from += 1;
    } else if (wanted !== undefined && equals(wanted, parts[at] ?? '')) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      taken += 1;
      at = taken;
      from = star + 1;
    } else return false;
  }
  return pattern.slice(from).every((one) => one === wildcard);
}

/** The order of patterns that match the same name: exact, then the longest literal beginning, then `*` before `**`. Zero where nothing decides. */
export function comparePatterns(left: ImagePattern, right: ImagePattern): number {
  return (
    Number(right.isExact) - Number(left.isExact) ||
    right.prefixLength - left.prefixLength ||
    Number(left.isDeep) - Number(right.isDeep)
  );
}

/** Whether some name is matched by both. */
export function overlap(left: ImagePattern, right: ImagePattern): boolean {
  return meet(left.pattern.split('/'), right.pattern.split('/'), '**', (one, other) =>
    meet(one.split(''), other.split(''), '*', (a, b) => a === b),
  );
}

/** Walks both patterns at once; each pair of places is looked at once. */
function meet(
  left: readonly string[],
  right: readonly string[],
  wildcard: string,
  equals: (left: string, right: string) => boolean,
): boolean {
  const seen = new Set<number>();
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [i, j] = pair;
    const [one, other] = [left[i], right[j]];
    if (one === undefined && other === undefined) return true;
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (one === wildcard) open.push([i + 1, j]);
    if (other === wildcard) open.push([i, j + 1]);
    if (one === undefined || other === undefined) continue;
    if (one === wildcard) open.push([i, j + 1]);
    else if (other === wildcard) open.push([i + 1, j]);
    else if (equals(one, other)) open.push([i + 1, j + 1]);
  }
  return false;
}
