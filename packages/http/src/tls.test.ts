import { createPrivateKey } from 'node:crypto';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';

const { serve, client, end } = createSetting();
afterEach(end);

type Tls = Awaited<ReturnType<typeof issueTlsCertificate>>;
let server: Tls;
let other: Tls;
let me: Tls;

beforeAll(async () => {
  const authority = await createCertificateAuthority({ name: 'corp.test' });
  server = await issueTlsCertificate({ authority });
  me = await issueTlsCertificate({ authority, purpose: 'client', hosts: ['me.test'] });
  other = await issueTlsCertificate({ authority: await createCertificateAuthority({ name: 'other.test' }) });
});

describe('originAuthorities', () => {
  it('are trusted for their origins, in addition to ca, and for no other host', async () => {
    const ours = await serve((_, response) => response.end(), server);
    const theirs = await serve((_, response) => response.end(), other);
    const http = client({ ca: other.ca, originAuthorities: [{ origins: [ours.url], ca: server.ca }] });
    expect((await http.request(ask(ours.url))).status).toBe(200);
    expect((await http.request(ask(theirs.url))).status).toBe(200);
    const elsewhere = client({ originAuthorities: [{ origins: [theirs.url], ca: server.ca }] });
    for (const { url } of [ours, theirs])
      expect((await failure(elsewhere.request(ask(url)))).reason).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('are trusted for their origin where a redirect leads there', async () => {
    const theirs = await serve((_, response) => response.writeHead(307, { location: ours.url }).end(), other);
    const ours = await serve((_, response) => response.end('home'), server);
    const ca = [{ origins: [ours.url], ca: server.ca }];
    expect((await client({ ca: other.ca, originAuthorities: ca }).request(ask(theirs.url))).status).toBe(200);
    const error = await failure(client({ ca: other.ca }).request(ask(theirs.url)));
    expect(error.reason).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('go with a client certificate for the same origin', async () => {
    const { url } = await serve((_, response) => response.end(), {
      ...server,
      ca: server.ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const { cert, key } = me;
    const http = client({
      originAuthorities: [{ origins: [url], ca: server.ca }],
      clientCertificates: [{ origins: [url], cert, key }],
    });
    expect((await http.request(ask(url))).status).toBe(200);
  });

  it.each([
    {},
    [null],
    [{}],
    [{ origins: ['https://a.test'] }],
    [{ origins: [], ca: '' }],
    [{ origins: ['http://a.test'], ca: '' }],
    [{ origins: ['https://a.test'], ca: 'nonsense' }],
    [{ origins: ['https://a.test'], ca: '', skipVerify: true }],
  ])('refuses %j', (value) => {
    expect(() => client({ originAuthorities: value as never })).toThrow(TypeError);
  });
});

describe('ca', () => {
  it('is trusted; without it, or with a different one, nothing is sent and nothing retried', async () => {
    const { url, requests, connections } = await serve((_, response) => response.end('private'), server);
    expect((await client({ ca: server.ca }).request(ask(url))).status).toBe(200);
    expect((await client({ ca: [other.ca, server.ca] }).request(ask(url))).status).toBe(200);
    expect((await client({ ca: other.ca + server.ca }).request(ask(url))).status).toBe(200);
    const before = connections.length;
    for (const ca of [undefined, other.ca]) {
      const error = await failure(client({ ca }).request(ask(url)));
      expect([error.code, error.reason]).toEqual(['network', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']);
    }
    expect([connections.length - before, requests.length]).toEqual([2, 3]);
  });

  it('is added to the default authorities, and removes none', async () => {
    const ours = await serve((_, response) => response.end(), server);
    const theirs = await serve((_, response) => response.end(), other);
    const defaults = getCACertificates('default');
    try {
      setDefaultCACertificates([other.ca]); // plays the public authorities
      const http = client({ ca: server.ca });
      expect((await http.request(ask(theirs.url))).status).toBe(200);
      expect((await http.request(ask(ours.url))).status).toBe(200);
    } finally {
      setDefaultCACertificates(defaults);
    }
  });

  it.each(['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])('refuses %j', (ca) => {
    expect(() => client({ ca })).toThrow(TypeError);
  });

  it('refuses a certificate for another host, or one that is over', async () => {
    const authority = await createCertificateAuthority();
    const wrong = await issueTlsCertificate({ authority, hosts: ['elsewhere.test'] });
    const expired = await issueTlsCertificate({
      authority,
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2020-02-01T00:00:00Z'),
    });
    for (const [tls, reason] of [
      [wrong, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [expired, 'CERT_HAS_EXPIRED'],
    ] as const) {
      const { url, connections } = await serve((_, response) => response.end(), tls);
      expect((await failure(client({ ca: tls.ca }).request(ask(url)))).reason).toBe(reason);
      expect(connections).toHaveLength(1);
    }
  });
});

describe('clientCertificates', () => {
  it('are one for each origin: of two, one would be ignored', () => {
    const mine = { origins: ['https://a.test', 'https://b.test'], cert: me.cert, key: me.key };
    const another = { origins: ['https://B.test:443'], cert: server.cert, key: server.key };
    expect(() => client({ clientCertificates: [mine, another] })).toThrow(
      /"clientCertificates" has two certificates for https:\/\/b\.test/,
    );
    client({ clientCertificates: [mine, { ...another, origins: ['https://c.test'] }, mine] });
  });

  const demanding = (): object => ({ ...server, ca: server.ca, requestCert: true, rejectUnauthorized: true });
  const asking = (): object => ({ ...server, ca: server.ca, requestCert: true, rejectUnauthorized: false });
  const shown = (request: { socket: unknown }): boolean =>
    (request.socket as { authorized?: boolean }).authorized === true;

  it('is shown to its origin, which refuses connections without it', async () => {
    const { url, requests } = await serve((_, response) => response.end('in'), demanding());
    const certificate = { origins: [url], cert: me.cert, key: me.key };
    expect((await client({ ca: server.ca, clientCertificates: [certificate] }).request(ask(url))).status).toBe(200);
    expect((await failure(client({ ca: server.ca, retries: 0 }).request(ask(url)))).code).toBe('network');
    expect(requests.map(shown)).toEqual([true]);
  });

  it('is never shown to another origin, not after a redirect, and not to the first one once it was left', async () => {
    const away = await serve(
      (_, response) => response.writeHead(307, { location: `${home.url}/back` }).end(),
      asking(),
    );
    const home = await serve((request, response) => {
      if (request.url === '/out') response.writeHead(307, { location: `${away.url}/x` }).end();
      else response.end('done');
    }, asking());
    const http = client({ ca: server.ca, clientCertificates: [{ origins: [home.url], cert: me.cert, key: me.key }] });
    expect((await http.request(ask(`${home.url}/out`))).status).toBe(200);
    expect(home.requests.map((request) => [request.url, shown(request)])).toEqual([
      ['/out', true],
      ['/back', false],
    ]);
    expect(away.requests.map(shown)).toEqual([false]);
    // Asked for by name, it is shown again: over the connection that shows it.
    await http.request(ask(`${home.url}/end`, { namedBy: home.url }));
    expect(home.requests.map(shown)).toEqual([true, false, true]);
    expect(home.connections).toHaveLength(2);
    // Nor to an origin that isn't listed, even if the caller asks there first.
    await http.request(ask(`${away.url}/x`));
    expect(away.requests.map(shown)).toEqual([false, false]);
    expect(home.requests.map(shown)).toEqual([true, false, true, false]);
  });

  it('opens an encrypted key with its passphrase', async () => {
    const key = createPrivateKey(me.key)
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 's3cr3t' })
      .toString();
    const { url } = await serve((_, response) => response.end('in'), demanding());
    const certificate = { origins: [url], cert: me.cert, key, passphrase: 's3cr3t' };
    expect((await client({ ca: server.ca, clientCertificates: [certificate] }).request(ask(url))).status).toBe(200);
    expect(() => client({ clientCertificates: [{ ...certificate, passphrase: 'wrong' }] })).toThrow(TypeError);
  });

  it.each([
    ['an http origin', { origins: ['http://registry.test'] }],
    ['a path', { origins: ['https://registry.test/v2/'] }],
    ['no origin', { origins: [] }],
    ['no URL', { origins: ['registry.test'] }],
    ['no key', { key: 'nonsense' }],
  ])('refuses %s, and says nothing of the key', (_, wrong) => {
    let thrown: unknown;
    try {
      client({ clientCertificates: [{ origins: ['https://registry.test'], cert: me.cert, key: me.key, ...wrong }] });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).not.toContain('nonsense');
  });
});

describe('http2', () => {
  it('is spoken only when asked for; caps, streams and deadlines hold', async () => {
    const versions: string[] = [];
    const h2 = createSecureServer({ ...server, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      if (request.url === '/hang') return;
      response.setHeader('x-two', ['1', '2']);
      response.end(request.url === '/large' ? 'x'.repeat(5000) : 'hello');
    });
    const sessions = new Set<{ destroy(): void }>();
    h2.on('session', (session) => sessions.add(session));
    await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(h2.address() as AddressInfo).port}`;
    try {
      expect((await client({ ca: server.ca }).request(ask(url))).status).toBe(200);
      const http = client({ ca: server.ca, http2: true, retries: 0 });
      const answer = await http.request(ask(url));
      expect([answer.status, Buffer.from(answer.body).toString(), answer.headers['x-two']?.join(', ')]).toEqual([
        200,
        'hello',
        '1, 2',
      ]);
      expect(await readAll((await http.stream(ask(url))).body)).toBe('hello');
      expect((await http.request(ask(url, { method: 'HEAD' }))).body.byteLength).toBe(0);
      expect((await failure(http.request(ask(`${url}/large`)))).code).toBe('too-large');
      expect((await failure(http.request(ask(`${url}/hang`, { timeoutMs: 100 })))).code).toBe('timeout');
      expect((await http.request(ask(url))).status).toBe(200);
      expect(versions).toEqual(['1.1', '2.0', '2.0', '2.0', '2.0', '2.0', '2.0']);
    } finally {
      for (const session of sessions) session.destroy();
      h2.close();
    }
  });
});
