import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHttpError } from './error.ts';
import { proxyFromEnvironment, selectProxy } from './proxy.ts';

const proxy = 'http://proxy.corp:3128';

describe('which variable', () => {
  it.each([
    ['https://a.test/', { https_proxy: proxy }, `${proxy}/`],
    ['https://a.test/', { HTTPS_PROXY: proxy }, `${proxy}/`],
    ['http://a.test/', { http_proxy: proxy }, `${proxy}/`],
    ['http://a.test/', { HTTP_PROXY: proxy }, `${proxy}/`],
    // lower case first, and an empty variable counts as unset
    ['https://a.test/', { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, `${proxy}/`],
    ['https://a.test/', { https_proxy: '', HTTPS_PROXY: proxy }, `${proxy}/`],
    // one never stands in for the other, nor does ALL_PROXY
    ['https://a.test/', { http_proxy: proxy, HTTP_PROXY: proxy }, undefined],
    ['http://a.test/', { https_proxy: proxy, HTTPS_PROXY: proxy }, undefined],
    ['https://a.test/', { all_proxy: proxy, ALL_PROXY: proxy }, undefined],
    ['https://a.test/', {}, undefined],
    // httpoxy: HTTP_PROXY may be the client's header
    ['http://a.test/', { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }, undefined],
    ['http://a.test/', { http_proxy: proxy, REQUEST_METHOD: 'GET' }, `${proxy}/`],
    ['https://a.test/', { HTTPS_PROXY: proxy, REQUEST_METHOD: 'GET' }, `${proxy}/`],
    ['http://a.test/', { HTTP_PROXY: proxy, REQUEST_METHOD: '' }, `${proxy}/`],
    // spellings of the proxy
    ['https://a.test/', { https_proxy: 'proxy.corp:3128' }, `${proxy}/`],
    ['https://a.test/', { https_proxy: 'https://u:p@proxy.corp' }, 'https://u:p@proxy.corp/'],
    ['https://a.test/', { https_proxy: '  http://proxy.corp:3128 ' }, `${proxy}/`],
    ['https://a.test/', { https_proxy: '10.0.0.1:3128' }, 'http://10.0.0.1:3128/'],
    ['https://a.test/', { https_proxy: '[fd00::1]:3128' }, 'http://[fd00::1]:3128/'],
  ])('%s with %o', (url, env, expected) => {
    expect(selectProxy(url, env)?.href).toBe(expected);
  });

  it.each(['socks5://proxy.corp:1080', 'ftp://proxy.corp', 'http://', 'http://[bad', 'http://a b'])(
    'refuses %s without repeating it',
    (value) => {
      const thrown = catching(() => selectProxy('https://a.test/', { https_proxy: value }));
      expect(isHttpError(thrown) && thrown.code).toBe('invalid-proxy');
      expect(String(thrown)).not.toContain(value);
    },
  );
});

describe('loopback never goes through a proxy', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'reg.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ])('%s', (host) => {
    expect(selectProxy(`https://${host}:5000/`, { https_proxy: proxy })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  const direct = (host: string, list: string, scheme = 'https'): boolean =>
    selectProxy(`${scheme}://${host}/`, { https_proxy: proxy, http_proxy: proxy, no_proxy: list }) === undefined;

  it.each([
    // host names cover what is below them
    ['example.com', 'example.com'],
    ['example.com', 'EXAMPLE.com'],
    ['EXAMPLE.com', 'example.com'],
    ['a.example.com', 'example.com'],
    ['a.b.example.com', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com', 'example.com.'],
    ['a.example.com', '.example.com'],
    ['a.example.com', '*.example.com'],
    ['a.example.com', 'x.test, a.example.com ,,'],
    // ports
    ['example.com', 'example.com:443'],
    ['example.com:8443', 'example.com:8443'],
    ['a.example.com:8443', '.example.com:8443'],
    ['10.0.0.1:5000', '10.0.0.1:5000'],
    ['[fd00::1]:5000', '[fd00::1]:5000'],
    // addresses, in any spelling
    ['10.0.0.1', '10.0.0.1'],
    ['[fd00::1]', 'fd00::1'],
    ['[fd00::1]', '[fd00::1]'],
    ['[fd00::1]', 'FD00:0:0::1'],
    ['[::ffff:10.0.0.1]', '10.0.0.1'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['0x0a.1', '10.0.0.1'],
    // ranges
    ['10.1.2.3', '10.0.0.0/8'],
    ['172.20.0.1', '172.16.0.0/12'],
    ['[fd12::1]', 'fd00::/8'],
    ['[::ffff:10.1.2.3]', '10.0.0.0/8'],
    ['10.1.2.3', '0.0.0.0/0'],
    ['anything.test', '*'],
    ['anything.test', 'a.test,*'],
    ['[fd00::1]', '*'],
  ])('%s is direct with %s', (host, list) => {
    expect(direct(host, list)).toBe(true);
  });

  it.each([
    ['notexample.com', 'example.com'],
    ['example.com.evil.test', 'example.com'],
    ['example.com', '.example.com'],
    ['example.com', '*.example.com'],
    ['example.com', 'a.example.com'],
    ['example.com', '*example.com'],
    ['example.com:8443', 'example.com:443'],
    ['example.com:443', 'example.com:80'],
    ['10.0.0.2', '10.0.0.1'],
    ['10.0.0.1:5001', '10.0.0.1:5000'],
    ['11.0.0.1', '10.0.0.0/8'],
    ['[fe00::1]', 'fd00::/8'],
    ['10.0.0.1', '10.0.0.0/33'],
    ['10.0.0.1', '10.0.0.0/-1'],
    ['10.0.0.1', '10.0.0.0/8/8'],
    ['10.0.0.1', '10'],
    ['10.0.0.1', '.0.0.1'],
    // a name is never looked up to be compared with a range
    ['internal.test', '10.0.0.0/8'],
    ['example.com', ''],
    ['example.com', ' , ,'],
    ['example.com', ':443'],
    ['example.com', '.'],
  ])('%s goes through the proxy with %s', (host, list) => {
    expect(direct(host, list)).toBe(false);
  });

  it('takes the default port of the scheme', () => {
    expect(direct('example.com', 'example.com:80', 'http')).toBe(true);
    expect(direct('example.com', 'example.com:443', 'http')).toBe(false);
  });

  it('is read in lower case first', () => {
    const env = { https_proxy: proxy, no_proxy: 'a.test', NO_PROXY: 'b.test' };
    expect(selectProxy('https://a.test/', env)).toBeUndefined();
    expect(selectProxy('https://b.test/', env)).toBeDefined();
    expect(selectProxy('https://b.test/', { https_proxy: proxy, NO_PROXY: 'b.test' })).toBeUndefined();
  });

  it('never fails, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (list) => {
        const chosen = selectProxy('https://registry.test:5000/', { https_proxy: proxy, no_proxy: list });
        return chosen === undefined || chosen.href === `${proxy}/`;
      }),
    );
  });
});

it('a selector remembers, by origin', () => {
  const select = proxyFromEnvironment({ https_proxy: proxy, no_proxy: 'b.test' });
  expect(select(new URL('https://a.test/x'))).toBe(select(new URL('https://a.test/y')));
  expect(select(new URL('https://b.test/'))).toBeUndefined();
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a variable that names no proxy we speak to', () => {
  it.each([
    ['http://u:p#ss@proxy.test:3128', '; a “#” in its password is written %23'],
    ['u:p/ss@proxy.test:3128', '; a “/” in its password is written %2F'],
    ['http://u:p?ss@proxy.test:3128', '; a “?” in its password is written %3F'],
    ['http://', ''],
    ['socks5://proxy.test:1080', ': it is a SOCKS proxy (socks5:), and only http and https proxies are supported'],
    [
      'socks5h://u:p@proxy.test:1080',
      ': it is a SOCKS proxy (socks5h:), and only http and https proxies are supported',
    ],
    ['ftp://proxy.test', ': it is an unsupported kind of proxy (ftp:), and only http and https proxies are supported'],
  ])('is refused with what to write: %s', (https_proxy, hint) => {
    expect(() => selectProxy('https://ghcr.io/', { https_proxy })).toThrow(
      expect.objectContaining({
        code: 'invalid-proxy',
        message: `"https_proxy" must be the address of an http or https proxy${hint}`,
      }),
    );
  });
});
