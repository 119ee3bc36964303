import type { Answer, Route } from './fault.ts';

/** Who may read. */
export type Access =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A token endpoint of its own; without a user it gives tokens to everybody, as Docker Hub does for public images. */
  | { readonly kind: 'bearer'; readonly username?: string; readonly password?: string; readonly expiresIn?: number };

const TOKEN = 'fake-registry-token';

/** Is this request let in, and if not, what is it told? The token endpoint judges for itself. */
export function authorize(access: Access | undefined, route: Route | 'other', authorization: string | undefined, host: string): { readonly allowed: true } | { readonly allowed: false; readonly challenge: Answer } {
  if (access === undefined || route === 'token') return { allowed: true };
  const wanted = access.kind === 'basic' ? basic(access.username, access.password) : `Bearer ${TOKEN}`;
  if (authorization === wanted) return { allowed: true };
  const challenge = access.kind === 'basic' ? 'Basic realm="fake registry"' : `Bearer realm="http://${host}/token",service="fake registry"`;
  return { allowed: false, challenge: { status: 401, headers: { 'content-type': 'application/json', 'www-authenticate': challenge }, body: Buffer.from('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}') } };
}

/** What the token endpoint says. */
export function tokenAnswer(access: Access | undefined, authorization: string | undefined): Answer {
  const headers = { 'content-type': 'application/json' };
  const { username, password, expiresIn = 300 } = access?.kind === 'bearer' ? access : {};
  const allowed = access?.kind === 'bearer' && (username === undefined || authorization === basic(username, password ?? ''));
  if (!allowed) return { status: 401, headers, body: Buffer.from('{"errors":[{"code":"UNAUTHORIZED"}]}') };
  return { status: 200, headers, body: Buffer.from(JSON.stringify({ token: TOKEN, expires_in: expiresIn })) };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
