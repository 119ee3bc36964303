import { describe, expect, it } from 'vitest';
import { failure, type FakeServer, manifestBytes, types } from '../../test/fake-registry.ts';
import { openClient, serve } from '../../test/setting.ts';
import { createOciClient, digestOf, fetchTransport, type OciClientOptions, type RequestEvent } from '../index.ts';

const image = manifestBytes();

const serveImage = async (): Promise<FakeServer> =>
  await serve((_, response) => response.writeHead(200, { 'content-type': types.manifest }).end(image));

async function readWith(options: OciClientOptions, host: string): Promise<string> {
  const client = openClient({ retries: 0, ...options });
  return (await client.repository(`${host}/acme/app`).fetchManifest('v1')).digest;
}

describe('the options of connections', () => {
  it('tell of each request, at its beginning and its end', async () => {
    const { host } = await serveImage();
    const events: RequestEvent[] = [];
    await readWith({ onRequest: (event) => void events.push(event) }, host);
    expect(events.map(({ phase, method }) => `${phase} ${method}`)).toEqual(['start GET', 'end GET']);
  });

  it('ask a proxy selector of the caller’s, and follow the proxy variables otherwise', async () => {
    const { host } = await serveImage();
    const asked: string[] = [];
    await readWith({ proxy: (url) => void asked.push(url.host) }, host);
    expect(asked).toEqual([host]);
    // No proxy for loopback, whatever the variables say (as Go); a host elsewhere goes through it, and this one refuses connections.
    const env = { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' };
    expect(await readWith({ env }, host)).toBe(digestOf(image));
    expect(await failure(readWith({ env }, 'registry.test'))).toMatchObject({
      code: 'proxy',
      actual: 'ECONNREFUSED',
    });
  });

  it('resolve names by a resolver of the caller’s', async () => {
    const { host } = await serveImage();
    const [, port = ''] = host.split(':');
    const resolve: OciClientOptions['resolve'] = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const insecureRegistries = [`registry.test:${port}`];
    expect(await readWith({ resolve, insecureRegistries, proxy: false }, `registry.test:${port}`)).toBe(
      digestOf(image),
    );
  });

  it('carry requests over fetch if undici’s own connections are not wanted', async () => {
    const { host } = await serveImage();
    expect(await readWith({ transport: fetchTransport() }, host)).toBe(digestOf(image));
  });

  it.each<[string, object]>([
    ['ca', { ca: 'not a certificate' }],
    ['allowAddresses', { allowAddresses: ['not an address!'] }],
    ['clientCertificates', { clientCertificates: 'x' }],
    ['connections', { connections: 0 }],
    ['onRequest', { onRequest: 1 }],
    ['proxy', { proxy: 'http://127.0.0.1:1' }],
    ['transport', { transport: {} }],
    ['mirrors', { mirrors: ['https://mirror.test'] }],
    ['cache', { cache: { maxByte: 1 } }],
    ['retryOnNotFound', { retryOnNotFound: 3 }],
    ['realmPolicy', { realmPolicy: 'same-site' }],
  ])('name what is wrong with %s', (name, options) => {
    expect(() => createOciClient(options)).toThrow(TypeError);
    expect(() => createOciClient(options)).toThrow(name);
  });
});
