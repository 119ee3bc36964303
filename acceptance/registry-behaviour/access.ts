import type { Behaviour } from './behaviour.ts';
import type { RegistryServer } from './registry-server.ts';
import { loggedIn } from './setting.ts';

const json = { 'content-type': 'application/json' };
const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;

/** A registry that requires `authorization`, with its token server below `/token`. */
function guarded(
  authorization: string,
  challenge: (server: RegistryServer) => string | readonly string[],
  token: string | readonly [status: number, body: string] = '{"token":"good"}',
): Behaviour['respond'] {
  return (server) => (request, response, url) => {
    if (url.pathname === '/token') {
      const [status, body] = typeof token === 'string' ? [200, token] : token;
      response.writeHead(status, json).end(body);
      return true;
    }
    if (request.headers.authorization === authorization) return false;
    const asked = challenge(server);
    const value = typeof asked === 'string' ? asked : [...asked];
    response.writeHead(401, { ...json, 'www-authenticate': value });
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    return true;
  };
}

const bearer = (parameters: (realm: string) => string): ((server: RegistryServer) => string) => {
  return ({ host }) => `Bearer ${parameters(`http://${host}/token`)}`;
};

const oneMeaning = 'It can be understood in one way only, and a challenge can only come from the registry itself.';

/** Challenges of a `WWW-Authenticate` header. */
export const challenges: readonly Behaviour[] = [
  ...(
    [
      [
        'Basic beside a Bearer whose realm is a name',
        'artifact-keeper #1560',
        ['Basic realm="Artifact Keeper"', 'Bearer realm="Artifact Keeper", charset="UTF-8"'],
      ],
      [
        'a Bearer whose realm is a name before Basic, in one header',
        'artifact-keeper #1560',
        'Bearer realm="Artifact Keeper", Basic realm="Artifact Keeper"',
      ],
      ['Basic whose realm has quotes inside of its quotes', undefined, 'Basic realm="Registry "prod""'],
      ['Basic whose realm is never closed', undefined, 'Basic realm="Registry'],
      ['Basic without a realm', undefined, 'Basic'],
      ['BASIC in capitals', 'Nexus', 'BASIC realm="Sonatype Nexus Repository Manager"'],
      ['Negotiate and NTLM before Basic', undefined, ['Negotiate', 'NTLM', 'Basic realm="corp"']],
    ] as const
  ).map(
    ([name, met, challenge]): Behaviour => ({
      name: `challenge: ${name}`,
      met,
      operation: 'manifest',
      respond: guarded(basic, () => challenge),
      setting: loggedIn,
      ours: 'reads the manifest',
      why: oneMeaning,
    }),
  ),
  ...(
    [
      ['parameters without commas', (realm: string) => `realm="${realm}" service="s"`],
      ['parameters with semicolons', (realm: string) => `realm="${realm}"; service="s"`],
      ['an unquoted realm', (realm: string) => `realm=${realm},service=s`],
      ['spaces around the equals signs', (realm: string) => `realm = "${realm}" , service = "s"`],
    ] as const
  ).map(
    ([name, parameters]): Behaviour => ({
      name: `challenge: Bearer with ${name}`,
      operation: 'manifest',
      respond: guarded('Bearer good', bearer(parameters)),
      ours: 'reads the manifest',
      why: oneMeaning,
    }),
  ),
  {
    name: 'challenge: only a Bearer whose realm is no address',
    met: 'artifact-keeper #1560',
    operation: 'manifest',
    respond: guarded('Bearer good', () => 'Bearer realm="Artifact Keeper"'),
    ours: 'refuses: blocked-redirect',
    why: 'The challenge doesn’t say where to ask for a token.',
  },
];

const quoted = bearer((realm) => `realm="${realm}",service="s"`);

/** Answers of token servers. */
export const tokenAnswers: readonly Behaviour[] = (
  [
    [
      'with expires_in as a text',
      '{"token":"good","expires_in":"3600"}',
      'reads the manifest',
      'How long a token lives is a hint; nothing is refused for it.',
    ],
    [
      'with a refresh_token that is not a text',
      '{"token":"good","refresh_token":false}',
      'reads the manifest',
      'The read doesn’t need it.',
    ],
    ['201', [201, '{"token":"good"}'], 'reads the manifest', 'The token is there.'],
    [
      '200 with an error in the body',
      '{"details":"incorrect username or password"}',
      'refuses: invalid-response',
      'The answer has no token; the message quotes the server.',
      'go-containerregistry #280 (Docker Hub)',
    ],
    [
      '404',
      [404, 'not found'],
      'refuses: unauthorized',
      'A missing token server says nothing about the registry’s content.',
    ],
  ] as const
).map(([name, token, ours, why, met]) => ({
  name: `token server answers ${name}`,
  met,
  operation: 'manifest',
  respond: guarded('Bearer good', quoted, token),
  ours,
  why,
}));
