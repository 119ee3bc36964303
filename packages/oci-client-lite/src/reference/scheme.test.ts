import { expect, it } from 'vitest';
import { schemesFor } from '../registry/wire.ts';

const never = (): boolean => false;

// The cases of go-containerregistry's TestRegistryScheme and more; unlike there, a private address does not justify plain http.
it.each([
  ['foo.svc.localhost:1234', true],
  ['foo.svc.local:1234', false],
  ['registry.local', false],
  ['127.0.0.1:1234', true],
  ['127.0.0.1', true],
  ['127.0.0.2:5000', true],
  ['127.0.0.1.evil.com', false],
  ['my127.0.0.1registry.io', false],
  ['localhost', true],
  ['localhost:8080', true],
  ['localhost.evil.com', false],
  ['evillocalhost', false],
  ['gcr.io', false],
  ['registry-1.docker.io', false],
  ['[::1]:5000', true],
  ['[2001:db8::1]:5000', false],
  ['[::ffff:10.0.0.1]:5000', false],
  ['10.2.3.4:5000', false],
  ['192.168.1.1', false],
  ['172.16.0.1:5000', false],
])('plain http to %s unasked: %s', (host, allowed) => {
  expect(schemesFor(host, never)).toEqual(allowed ? ['http', 'https'] : ['https']);
});

it('tries plain http with a host that is called insecure, after https', () => {
  expect(schemesFor('10.2.3.4:5000', (host) => host === '10.2.3.4:5000')).toEqual(['https', 'http']);
});
