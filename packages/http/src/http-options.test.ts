import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting } from '../test/setting.ts';
import { parseAllowedAddresses } from './allow-addresses.ts';
import { fetchTransport } from './fetch-transport.ts';
import { createHttp } from './http.ts';
import type { HttpOptions } from './http-options.ts';

const { serve, client, end } = createSetting();
afterEach(end);

describe('options', () => {
  it.each<[string, object]>([
    ['an unknown one', { timeout: 5 }],
    ['an inherited name', { constructor: 1 }],
    ['no number', { retries: '3' }],
    ['a negative number', { retries: -1 }],
    ['a fraction', { maxRedirects: 1.5 }],
    ['no time', { headersTimeoutMs: 0 }],
    ['no connections', { connections: 0 }],
    ['no list', { allowAddresses: '10.0.0.0/8' }],
    ['a list of no addresses', { allowAddresses: [5] }],
    ['no certificates', { ca: 'nothing' }],
    ['a list of no certificates', { ca: [5] }],
    ['a client certificate that is null', { clientCertificates: [null] }],
    ['a client certificate without origins', { clientCertificates: [{ cert: '', key: '' }] }],
    ['a client certificate with an unknown key', { clientCertificates: [{ origin: 'https://a.test' }] }],
    ['a client certificate without a certificate', { clientCertificates: [{ origins: ['https://a.test'] }] }],
    ['a time that no timer can wait', { connectTimeoutMs: 2 ** 31 }],
    ['a transport without a function', { transport: { exchange: true } }],
    ['no function', { onRequest: {} }],
    ['a number for yes', { http2: 1 }],
    ['a string for a proxy', { proxy: 'http://proxy' }],
    ['a broken user agent', { userAgent: 'a\r\nx: y' }],
    ['no transport', { transport: {} }],
    ['a certificate that would never be used', { transport: fetchTransport(), ca: 'x' }],
    ['a proxy that would never be used', { transport: fetchTransport(), proxy: () => undefined }],
  ])('refuse %s, without the value', (_, options) => {
    expect(() => createHttp(options as HttpOptions)).toThrow(/^(?:createHttp: |clientCertificates\[\]: |"\w+)/);
    expect(() => createHttp(options as HttpOptions)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: expect.stringMatching(/^(?:unknown|invalid)-option$/) }),
    );
  });

  it('that are undefined count as not given', async () => {
    const all = Object.fromEntries(
      ['ca', 'proxy', 'transport', 'retries', 'http2', 'connections'].map((key) => [key, undefined]),
    );
    const server = await serve((_, response) => response.end());
    expect((await client(all).request(ask(server.url))).status).toBe(200);
  });

  it('limit the connections to one origin', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((_, response) => {
      waiting.push(() => response.end());
      if (waiting.length >= 2) for (const answer of waiting.splice(0)) answer();
    });
    const http = client({ connections: 2 });
    await Promise.all(Array.from({ length: 8 }, async () => await http.request(ask(server.url))));
    expect(server.connections.length).toBe(2);
  });
});

describe('limits of a request', () => {
  it.each<[string, object]>([
    ['maxBytes', { maxBytes: Number.NaN }],
    ['maxBytes', { maxBytes: Number.POSITIVE_INFINITY }],
    ['maxBytes', { maxBytes: -1 }],
    ['maxBytes', { maxBytes: undefined }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
  ])('%s is a TypeError where it is not a limit: %o', async (name, more) => {
    const http = client();
    for (const send of [http.request, http.stream]) {
      const sending = send(ask('http://127.0.0.1:1/', more));
      await expect(sending).rejects.toThrow(TypeError);
      await expect(sending).rejects.toThrow(`"${name}"`);
    }
  });
});

describe('headers', () => {
  it.each(['a\r\nx: y', 'a\nb', 'a\rb', 'a\0b', 'ä€', '\x7f', '\x1b[0m'])(
    'refuse the value %j before anything is sent',
    async (value) => {
      const server = await serve((_, response) => response.end());
      for (const where of ['headers', 'secretHeaders'] as const) {
        const sending = client().request(ask(server.url, { [where]: { 'x-a': value } }));
        await expect(sending).rejects.toThrow(TypeError);
        await expect(sending).rejects.toThrow(`"${where}.x-a"`);
        await expect(sending).rejects.not.toThrow(value);
      }
      await expect(client().stream(ask(server.url, { headers: { 'x\r\ny': 'z' } }))).rejects.toThrow(TypeError);
      expect(server.connections).toHaveLength(0);
    },
  );

  it('send Latin-1 and tabs as they are', async () => {
    const server = await serve((_, response) => response.end());
    await client().request(ask(server.url, { headers: { 'x-a': 'ä\tb' } }));
    expect(server.requests[0]?.headers['x-a']).toBe('ä\tb');
  });
});

describe('allowAddresses', () => {
  it.each<[string, string[], string[]]>([
    ['10.0.0.0/8', ['10.1.2.3', '::ffff:10.1.2.3', '64:ff9b::a01:203'], ['11.0.0.1', 'fd00::1']],
    ['10.0.0.5', ['10.0.0.5', '[::ffff:10.0.0.5]'], ['10.0.0.6']],
    ['fd00::/8', ['fd12::1', '[fd00::1]'], ['fe00::1', 'fd00:ec2::254', '10.0.0.1']],
    ['[fd00::1]', ['fd00::1'], ['fd00::2']],
    ['0.0.0.0/0', ['10.0.0.1', '127.0.0.1', '8.8.8.8'], ['169.254.169.254', '0.0.0.0', '224.0.0.1', '100.100.100.200']],
    ['169.254.0.0/16', [], ['169.254.169.254']],
    ['169.254.169.254', ['169.254.169.254'], ['169.254.169.253']],
  ])('%s opens %j and not %j', (entry, open, shut) => {
    const { address } = parseAllowedAddresses([entry]);
    expect(open.filter((text) => !address(text))).toEqual([]);
    expect(shut.filter(address)).toEqual([]);
    expect(address('not an address')).toBe(false);
  });

  it.each<[string, string[], string[]]>([
    ['auth.corp.test', ['auth.corp.test', 'AUTH.corp.test.'], ['x.auth.corp.test', 'corp.test']],
    ['*.corp.test', ['auth.corp.test', 'a.b.corp.test'], ['corp.test', 'notcorp.test']],
    ['registry', ['registry'], ['registry.test']],
  ])('%s opens the hosts %j and not %j', (entry, open, shut) => {
    const { host } = parseAllowedAddresses([entry]);
    expect(open.filter((name) => !host(name))).toEqual([]);
    expect(shut.filter(host)).toEqual([]);
  });

  it.each([
    '',
    '*',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'https://a.test',
    'a.test:443',
    '*.',
    'a b',
    '*a.test',
  ])('refuses %j', (entry) => {
    expect(() => createHttp({ allowAddresses: [entry] })).toThrow(TypeError);
  });
});
