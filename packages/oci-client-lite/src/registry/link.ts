import { redactUrl } from '@sigtrail/http';
import { OciError } from '../error.ts';

const maxLength = 16 * 1024;

/** The target of the first link with `rel=next`, quoted or not (RFC 8288 §3; olareg leaves the quotes out). */
export function parseNextLink(headers: readonly string[]): string | undefined {
  for (const header of headers) {
    if (header.length > maxLength) continue;
    for (const { target, parameters } of linksOf(header)) {
      const relation = parameters.find(([name]) => name === 'rel')?.[1] ?? '';
      if (relation.toLowerCase().split(/\s+/).includes('next')) return target;
    }
  }
  return undefined;
}

interface Link {
  readonly target: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Every link of a header, read once from left to right: an expression that looks for the next `<` after each failure takes quadratic time. */
function* linksOf(header: string): Generator<Link> {
  let at = header.indexOf('<');
  while (at !== -1) {
    const end = header.indexOf('>', at);
    if (end === -1) return;
    const target = header.slice(at + 1, end);
    const parameters: [string, string][] = [];
    let next = end + 1;
    for (let found = readParameter(header, next); found !== undefined; found = readParameter(header, next)) {
      parameters.push([found.name.toLowerCase(), found.value]);
      next = found.end;
    }
    yield { target, parameters };
    at = header.indexOf('<', next);
  }
}

// Sticky: each is tried at one place only, and none of them can match a text in two ways.
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
 * The path and query of the page after `path`, answered by `current`. The page must be of the same list: a link is a registry's way to make us send credentials
 * somewhere (GHSA-h7vf-4x9w-h99v), or another repository's list to pass for this one's.
 *
 * @throws OciError `blocked-redirect`
 */
export function nextPage(headers: readonly string[], current: URL, path: string): string | undefined {
  const target = parseNextLink(headers);
  if (target === undefined) return undefined;
  const next = URL.parse(target, current.href);
  if (
    next === null ||
    next.origin !== current.origin ||
    next.pathname !== path.split('?', 1)[0] ||
    next.username !== '' ||
    next.password !== ''
  ) {
    throw new OciError('blocked-redirect', 'the link to the next page leaves this list', {
      url: next === null ? undefined : redactUrl(next),
    });
  }
  return next.pathname + next.search;
}
