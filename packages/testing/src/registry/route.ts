import { isFallbackTag } from './referrers.ts';

/**
 * The kinds of request a registry serves. A manifest asked for by a tag of the referrers tag schema is `fallback-tag`
 * and not `manifest`; `other` is everything that is not a read of the distribution API.
 */
export type Route = 'ping' | 'token' | 'manifest' | 'fallback-tag' | 'blob' | 'tags' | 'referrers' | 'other';

/** What a request path asks for. */
export interface Target {
  readonly route: Route;
  readonly repository?: string;
  /** Tag or digest, percent-decoded. */
  readonly name?: string;
}

/** The path of the token endpoint. */
export const TOKEN_PATH = '/token';

/** Reads a request path (distribution-spec §endpoints). */
export function targetOf(pathname: string): Target {
  if (pathname === TOKEN_PATH) return { route: 'token' };
  if (pathname === '/v2/' || pathname === '/v2') return { route: 'ping' };
  const [, repository, kind, last] = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(pathname) ?? [];
  const name = last === undefined ? undefined : decoded(last);
  if (repository === undefined || name === undefined) return { route: 'other' };
  switch (kind) {
    case 'manifests':
      return { route: isFallbackTag(name) ? 'fallback-tag' : 'manifest', repository, name };
    case 'blobs':
      return { route: 'blob', repository, name };
    case 'referrers':
      return { route: 'referrers', repository, name };
    default:
      return name === 'list' ? { route: 'tags', repository } : { route: 'other' };
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a stray percent sign
  }
}
