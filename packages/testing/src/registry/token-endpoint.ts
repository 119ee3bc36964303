import { type Access, basicCredentials, type BearerAccess } from './access.ts';
import { type Answer, json, problem } from './answer.ts';
import { issueToken, type TokenIssuer } from './tokens.ts';

/** A request to the token endpoint. */
export interface TokenRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** The body of a POST. */
  readonly form: URLSearchParams;
}

/** What the token endpoint says: GET as in Docker's token specification, POST as in its OAuth2 one. */
export function tokenAnswer(access: Access | undefined, issuer: TokenIssuer, request: TokenRequest): Answer {
  if (access?.kind !== 'bearer') return problem(404, 'NOT_FOUND');
  const post = request.method === 'POST';
  const refused = post ? refusedGrant(access, request.form) : refusedCredentials(access, request.authorization);
  if (refused !== undefined) return refused;
  // GET repeats the parameter, POST joins with spaces; both are met in the wild in both places.
  const asked = (post ? request.form : request.query).getAll('scope').flatMap((scopes) => scopes.split(' '));
  const granted = asked.filter((scope) => isGranted(access, scope));
  const seconds = access.expiresIn ?? (access.sayExpiry === false ? 60 : 300);
  const token = issueToken(issuer, granted, seconds);
  const { tokenField = 'both' } = access;
  return json(200, {
    ...(tokenField === 'access_token' ? {} : { token }),
    ...(tokenField === 'token' ? {} : { access_token: token }),
    ...(access.sayExpiry === false ? {} : { expires_in: seconds }),
    issued_at: new Date(issuer.now()).toISOString(),
  });
}

function refusedCredentials(
  { username, password = '' }: BearerAccess,
  authorization: string | undefined,
): Answer | undefined {
  if (username === undefined || authorization === basicCredentials(username, password)) return undefined;
  return problem(401, 'UNAUTHORIZED');
}

function refusedGrant({ username, password, refreshToken }: BearerAccess, form: URLSearchParams): Answer | undefined {
  switch (form.get('grant_type')) {
    case 'refresh_token':
      if (refreshToken === undefined) return problem(404, 'NOT_FOUND');
      return form.get('refresh_token') === refreshToken ? undefined : problem(401, 'UNAUTHORIZED');
    case 'password':
      if (username === undefined) return problem(404, 'NOT_FOUND');
      return form.get('username') === username && form.get('password') === (password ?? '')
        ? undefined
        : problem(401, 'UNAUTHORIZED');
    default:
      return json(400, { error: 'unsupported_grant_type' });
  }
}

function isGranted({ repositories }: BearerAccess, scope: string): boolean {
  const [, repository] = /^repository:(.+):[^:]+$/.exec(scope) ?? [];
  return repository !== undefined && (repositories === undefined || repositories.includes(repository));
}
