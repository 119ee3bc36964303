import { type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
// oxlint-disable-next-line no-restricted-imports -- a server of the test
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A token server for Debian's registry: RS256 with the certificate in the header (distribution token specification). */
export interface TokenServer {
  readonly realm: string;
  /** `METHOD grant-or-query`, without secrets. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Starts it; `user` and `password` may pull and push, everybody else may pull. */
export async function startTokenServer(
  key: KeyObject,
  certificate: string,
  user: string,
  password: string,
): Promise<TokenServer> {
  const der = new X509Certificate(certificate).raw.toString('base64');
  const asked: string[] = [];
  const refreshToken = randomUUID();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://x');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    asked.push(`${request.method ?? ''} ${form.get('grant_type') ?? url.search}`);
    const basic = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
    const known =
      basic === `${user}:${password}` ||
      form.get('refresh_token') === refreshToken ||
      (form.get('username') === user && form.get('password') === password);
    if (!known && (basic !== '' || request.method === 'POST')) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      return;
    }
    const scopes = request.method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
    const access = scopes.flatMap((scope) => {
      const [, type, name, actions = ''] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? [];
      return name === undefined
        ? []
        : [{ type, name, actions: actions.split(',').filter((action) => known || action === 'pull') }];
    });
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      iss: 'test-issuer',
      sub: known ? user : '',
      aud: url.searchParams.get('service') ?? form.get('service'),
      exp: now + 300,
      nbf: now - 5,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${encode(claims)}`;
    const token = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
    const given = request.method === 'POST' ? { access_token: token } : { token };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...given, expires_in: 300, refresh_token: refreshToken }));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
