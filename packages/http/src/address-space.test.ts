import { describe, expect, it } from 'vitest';
import { addressSpace, isLoopbackHost, literalSpace, mayReach } from './address-space.ts';

describe('addressSpace', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.100.100.200', 'forbidden'],
    ['fd12::1', 'private'],
    ['fec0::1', 'private'],
    ['127.0.0.2', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['2001:db8::1', 'forbidden'],
    // IPv4 inside IPv6, in every spelling
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:8.8.8.8', 'public'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:0:10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['64:ff9b::808:808', 'public'],
    ['64:ff9b:1::1', 'private'],
    ['2002:a9fe:a9fe::', 'forbidden'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:808:808::1', 'public'],
    ['not an address', 'forbidden'],
  ])('%s is %s', (address, expected) => {
    expect(addressSpace(address)).toBe(expected);
  });

  it.each(['0x7f.1', '2130706433', '0177.0.0.1', '127.1', '①②⑦.0.0.1', '127。0。0。1', '[::ffff:7f00:1]'])(
    'sees through the spelling %s once it is a URL',
    (host) => {
      expect(literalSpace(new URL(`http://${host}/`).hostname)).toBe('loopback');
    },
  );
});

describe('mayReach', () => {
  it('never lets a host name a more private one', () => {
    const order = ['public', 'private', 'loopback'] as const;
    for (const [i, from] of order.entries())
      for (const [j, to] of order.entries()) expect(mayReach(from, to)).toBe(j <= i);
    for (const from of [...order, 'forbidden'] as const) expect(mayReach(from, 'forbidden')).toBe(false);
  });
});

describe('isLoopbackHost', () => {
  it.each(['localhost', 'LOCALHOST', 'localhost.', 'reg.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])(
    '%s is',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );
  it.each([
    '127.0.0.1.evil.com',
    'my127.0.0.1registry.io',
    'localhost.evil.com',
    'notlocalhost',
    '10.0.0.1',
    'a.local',
  ])('%s is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
