import { redactUrl } from '@sigtrail/http';
import { OciError } from '../error.ts';

const maxLength = 16 * 1024;
const entry = /<([^>]*)>((?:\s*;\s*[A-Za-z0-9*_-]+(?:\s*=\s*(?:"(?:[^"\\]|\\[^])*"|[^\s;,"]+))?)*)/g;
const relation = /;\s*rel\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s;,"]+))/i;

/** The target of the first link with `rel=next`, quoted or not (RFC 8288 §3; olareg leaves the quotes out). */
export function parseNextLink(headers: readonly string[]): string | undefined {
  for (const header of headers) {
    if (header.length > maxLength) continue;
    for (const match of header.matchAll(entry)) {
      const relations = relation.exec(match[2] ?? '');
      const names = (relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/);
      if (names.includes('next')) return match[1];
    }
  }
  return undefined;
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
