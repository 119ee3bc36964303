import { type Answer, problem } from './answer.ts';
import { type Target, TOKEN_PATH } from './route.ts';
import { type TokenIssuer, tokenState } from './tokens.ts';

/** Who may read, and how they have to show it. */
export type Access = BasicAccess | BearerAccess;

/** User and password with every request (RFC 7617). */
export interface BasicAccess {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: string;
}

/** Tokens from its own endpoint at `/token`; without a user, anyone gets one, as at Docker Hub. */
export interface BearerAccess {
  readonly kind: 'bearer';
  readonly username?: string;
  readonly password?: string;
  /** Accepted by the `refresh_token` grant; without one that grant is 404, as on old token servers. */
  readonly refreshToken?: string;
  /** Lifetime in seconds, as the answer's `expires_in`; `undefined` gives 300. */
  readonly expiresIn?: number;
  /** `false`: the answer doesn't say `expires_in`, which then means 60 seconds. */
  readonly sayExpiry?: boolean;
  /** Repositories it grants `pull` on; default all. Scopes it can't grant are left out of the token, not refused. */
  readonly repositories?: readonly string[];
  /** The field of the answer that has the token (default `both`; Azure's only has `access_token`). */
  readonly tokenField?: 'token' | 'access_token' | 'both';
  /** Default `fake registry`. */
  readonly service?: string;
  /** The realm of the challenge; default the registry's own `/token`. For realms that an attacker chose. */
  readonly realm?: string;
}

/** Let in, or told why not. */
export type Admission = { readonly allowed: true } | { readonly allowed: false; readonly answer: Answer };

/** Is this request let in? The token endpoint judges for itself. */
export function admit(
  access: Access | undefined,
  issuer: TokenIssuer,
  target: Target,
  authorization: string | undefined,
  origin: string,
): Admission {
  if (access === undefined || target.route === 'token') return { allowed: true };
  if (access.kind === 'basic') {
    return authorization === basicCredentials(access.username, access.password)
      ? { allowed: true }
      : refused('Basic realm="fake registry"');
  }
  const scope = target.repository === undefined ? undefined : `repository:${target.repository}:pull`;
  const state = tokenState(issuer, /^bearer (.+)$/i.exec(authorization ?? '')?.[1], scope);
  if (state === 'good') return { allowed: true };
  const { realm = `${origin}${TOKEN_PATH}`, service = 'fake registry' } = access;
  const challenge = [`realm="${realm}"`, `service="${service}"`];
  if (scope !== undefined) challenge.push(`scope="${scope}"`);
  if (state !== 'absent') challenge.push(`error="${state}"`);
  return refused(`Bearer ${challenge.join(',')}`);
}

/** What a client with these credentials sends. */
export function basicCredentials(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function refused(challenge: string): Admission {
  return { allowed: false, answer: problem(401, 'UNAUTHORIZED', { 'www-authenticate': challenge }) };
}
