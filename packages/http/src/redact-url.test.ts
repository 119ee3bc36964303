import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redactUrl } from './redact-url.ts';

it.each([
  ['https://host/v2/acme/app/manifests/v1', 'https://host/v2/acme/app/manifests/v1'],
  ['https://host/p?', 'https://host/p'],
  ['https://[::1]:5000/?n=1&last=a', 'https://[::1]:5000/?n=1&last=a'],
  [
    'https://h/token?account=me&service=s&scope=repository:a/b:pull',
    'https://h/token?account=…&service=s&scope=repository:a/b:pull',
  ],
  ['https://h/p?X-Amz-Credential=a%2Fb&X-Amz-Signature=c', 'https://h/p?X-Amz-Credential=…&X-Amz-Signature=…'],
  ['https://h/p?N=1', 'https://h/p?N=…'],
  ['https://h/p?sig=a&sig=b', 'https://h/p?sig=…&sig=…'],
  ['https://h/p?flag', 'https://h/p?flag=…'],
  ['https://h/p?n=a%0D%0Ab', 'https://h/p?n=a%0D%0Ab'],
])('%s is shown as %s', (url, expected) => {
  expect(redactUrl(url)).toBe(expected);
  expect(redactUrl(new URL(url))).toBe(expected);
});

it('shows no user, password, fragment or value of a key it doesn’t know', () => {
  const secret = fc.stringMatching(/^s3cr3t[A-Za-z0-9]{8}$/);
  const key = fc.constantFrom(
    'token',
    'sig',
    'X-Amz-Signature',
    'account',
    'code',
    'se',
    'Scope',
    'scope ',
    '__proto__',
  );
  fc.assert(
    fc.property(secret, secret, secret, key, (user, password, value, name) => {
      const url = new URL('https://host/path');
      url.username = user;
      url.password = password;
      url.hash = value;
      url.searchParams.append(name, value);
      return !/s3cr3t/.test(redactUrl(url)) && !/s3cr3t/.test(redactUrl(url.href));
    }),
  );
});
