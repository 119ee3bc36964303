import { redactUrl } from '@sigtrail/http';
import { OciError } from '../error.ts';

const maxLength = 16 * 1024;

/**
 * Where the next page is, in the words of the registry; `undefined` if it names no next page, so that the list is complete. A link without `rel` counts as
 * the next page, and so does a target without angle brackets: registries and the proxies in front of them write both (go-containerregistry never looks at `rel`).
 *
 * @throws OciError `invalid-response` if there may be a next page that can't be found
 */
export function parseNextLink(headers: readonly string[]): string | undefined {
  const targets = new Set<string>();
  for (const header of headers) {
    if (header.trim() === '') continue;
    if (header.length > maxLength) throw notUnderstood();
    for (const { target, parameters } of linksOf(header)) {
      const relation = parameters.find(([name]) => name === 'rel')?.[1];
      if (relation === undefined || relation.toLowerCase().split(/\s+/).includes('next')) targets.add(target.trim());
    }
  }
  if (targets.size > 1) throw notUnderstood();
  return targets.values().next().value;
}

function notUnderstood(): OciError {
  return new OciError(
    'invalid-response',
    'the Link header that should name the next page can’t be understood, so the following pages are unknown',
  );
}

interface Link {
  readonly target: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Every link of a header, read once from left to right: an expression that looks for the next `<` after each failure takes quadratic time. */
function* linksOf(header: string): Generator<Link> {
  let at = 0;
  while (at < header.length) {
    bareTarget.lastIndex = at;
    const bare = bareTarget.exec(header)?.[1];
    const isBare = bare !== undefined;
    const start = isBare ? bareTarget.lastIndex - bare.length : skipSpace(header, at) + 1;
    const end = isBare ? bareTarget.lastIndex : header.indexOf('>', start);
    if (end === -1 || (!isBare && header[start - 1] !== '<')) throw notUnderstood();
    const parameters: [string, string][] = [];
    let next = isBare ? end : end + 1;
    for (let found = readParameter(header, next); found !== undefined; found = readParameter(header, next)) {
      parameters.push([found.name.toLowerCase(), found.value]);
      next = found.end;
    }
    yield { target: header.slice(start, end), parameters };
    separator.lastIndex = next;
    if (separator.exec(header) === null) throw notUnderstood();
    at = separator.lastIndex;
  }
}

function skipSpace(header: string, at: number): number {
  space.lastIndex = at;
  space.exec(header);
  return space.lastIndex;
}

// Sticky: each expression is tried at one place only, and can match a text in only one way.
const space = /\s*/y;
const bareTarget = /\s*((?:https?:\/)?\/[^\s<>;,"]+)(?=\s*(?:[;,]|$))/y;
const separator = /\s*;?\s*(?:,[\s,]*|(?=<)|$)/y;
const parameterName = /\s*;\s*([A-Za-z0-9*_-]+)/y;
const parameterValue = /\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s;,"]+))/y;

function readParameter(
  header: string,
  at: number,
): { readonly name: string; readonly value: string; readonly end: number } | undefined {
  parameterName.lastIndex = at;
  const name = parameterName.exec(header)?.[1];
  if (name === undefined) return undefined;
  const afterName = parameterName.lastIndex;
  parameterValue.lastIndex = afterName;
  const value = parameterValue.exec(header);
  return value === null
    ? { name, value: '', end: afterName }
    : { name, value: value[1] ?? value[2] ?? '', end: parameterValue.lastIndex };
}

/**
 * The path and query of the page after `path`, which `current` answered: the query of the link, on the path that was requested. A link must not choose where
 * our credentials go (GHSA-h7vf-4x9w-h99v), nor pass off another repository's list as this one's. Besides, the part before its query is often wrong: Artifactory
 * leaves the virtual repository out, Nexus adds a prefix of its own, a registry behind a proxy uses its internal name.
 *
 * @throws OciError `invalid-response`, `blocked-redirect` if there may be a next page that can't be found
 */
export function nextPage(headers: readonly string[], current: URL, path: string): string | undefined {
  const target = parseNextLink(headers);
  if (target === undefined) return undefined;
  const next = URL.parse(target, current.href);
  const url = next === null ? undefined : redactUrl(next);
  const isSameList =
    next !== null &&
    next.origin === current.origin &&
    next.username + next.password === '' &&
    samePath(next.pathname, current.pathname);
  // Without a query, an address elsewhere gives us nothing to request here.
  if (next === null || !/^https?:$/.test(next.protocol) || (next.search === '' && !isSameList))
    throw new OciError(
      'blocked-redirect',
      'the Link to the next page leaves this list and has no query to request here, so the following pages are unknown',
      { url },
    );
  return path.split('?', 1)[0] + next.search;
}

function samePath(one: string, other: string): boolean {
  try {
    return decodeURIComponent(one) === decodeURIComponent(other);
  } catch {
    return false; // an escape that is not UTF-8: the paths can't be compared
  }
}
