import { optionError, requireText } from '@sigtrail/encoding';
import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * How private an address is, after Private Network Access: a host chosen by a response may be as private as the host
 * that answered, never more. `forbidden` (link-local with the cloud metadata services, unspecified, multicast, reserved)
 * is never dialled because a response says so.
 */
export type AddressSpace = 'public' | 'private' | 'loopback' | 'forbidden';

const rank: Readonly<Record<AddressSpace, number>> = { public: 0, private: 1, loopback: 2, forbidden: 3 };

// Built when first needed: a program that never opens a connection doesn't pay for them.
let lists: Ranges | undefined;

interface Ranges {
  readonly private: BlockList;
  readonly loopback: BlockList;
  readonly forbidden: BlockList;
  readonly metadata: BlockList;
}

function ranges(): Ranges {
  lists ??= {
    // 198.18/15 is where local tunnels put every host they intercept; as `forbidden` it would cut their users off.
    private: blockList([
      '10.0.0.0/8',
      '100.64.0.0/10',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '198.18.0.0/15',
      'fc00::/7',
      'fec0::/10',
      '64:ff9b:1::/48',
    ]),
    loopback: blockList(['127.0.0.0/8', '::1/128']),
    forbidden: blockList([
      '0.0.0.0/8',
      '169.254.0.0/16',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      '::/128',
      '100::/64',
      '2001::/23',
      '2001:db8::/32',
      '3fff::/20',
      '5f00::/16',
      'fe80::/10',
      'ff00::/8',
    ]),
    // Metadata services that sit in private ranges (AWS over IPv6, Alibaba).
    metadata: blockList(['fd00:ec2::254/128', '100.100.100.200/32']),
  };
  return lists;
}

/** Whether a host in `target` may be dialled because a host in `from` named it. */
export function mayReach(from: AddressSpace, target: AddressSpace): boolean {
  if (!Object.hasOwn(rank, from) || !Object.hasOwn(rank, target))
    throw optionError('invalid-option', `mayReach: expected two of ${Object.keys(rank).join(', ')}`);
  return target !== 'forbidden' && rank[target] <= rank[from === 'forbidden' ? 'public' : from];
}

/** The space of an IP address; anything else is `forbidden`. */
export function addressSpace(address: string): AddressSpace {
  requireText(address, 'addressSpace', 'address');
  const text = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(text);
  if (family === 0) return 'forbidden';
  if (family === 6) {
    // An IPv6 address that carries an IPv4 address goes where the IPv4 address goes (v4-mapped, v4-compatible, NAT64, 6to4).
    const inner = embeddedIpv4(text);
    if (inner !== undefined) return addressSpace(inner);
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const { metadata, forbidden, loopback, private: reserved } = ranges();
  if (metadata.check(text, type) || forbidden.check(text, type)) return 'forbidden';
  if (loopback.check(text, type)) return 'loopback';
  return reserved.check(text, type) ? 'private' : 'public';
}

// Called several times for each request, almost always with the same few hosts.
const knownLiterals = new Map<string, AddressSpace | undefined>();
const mostKnownLiterals = 256;

/** The space of a URL's host name if it is an IP literal, which never reaches a DNS look-up; `undefined` for names. */
export function literalSpace(hostname: string): AddressSpace | undefined {
  if (knownLiterals.has(hostname)) return knownLiterals.get(hostname);
  requireText(hostname, 'literalSpace', 'hostname');
  const text = hostname.replace(/^\[|\]$/g, '');
  const space = isIP(text) === 0 ? undefined : addressSpace(text);
  if (knownLiterals.size >= mostKnownLiterals) knownLiterals.clear();
  knownLiterals.set(hostname, space);
  return space;
}

/** Whether a host name means this machine: `localhost`, `*.localhost` (RFC 6761 §6.3), 127/8, `[::1]`. */
export function isLoopbackHost(hostname: string): boolean {
  requireText(hostname, 'isLoopbackHost', 'hostname');
  return isLocalhostName(hostname) || literalSpace(hostname) === 'loopback';
}

/** Whether a host name is `localhost` or below it. */
export function isLocalhostName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The IPv4 address that an IPv6 address carries: v4-mapped, v4-compatible, SIIT, NAT64, 6to4. */
export function embeddedIpv4(text: string): string | undefined {
  const groups = ipv6Groups(text);
  if (groups === undefined) return undefined;
  const head = groups.slice(0, 6).join(',');
  const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  const [, second = 0, third = 0, , , , high = 0, low = 0] = groups;
  if (head === '0,0,0,0,0,65535' || head === '100,65435,0,0,0,0') return dotted(high, low); // ::ffff:0:0/96, 64:ff9b::/96
  if (head === '0,0,0,0,65535,0') return dotted(high, low); // ::ffff:0:a.b.c.d, SIIT
  if (head === '0,0,0,0,0,0' && (high !== 0 || low > 1)) return dotted(high, low); // ::a.b.c.d, deprecated
  if (groups[0] === 0x2002) return dotted(second, third);
  return undefined;
}

function ipv6Groups(text: string): readonly number[] | undefined {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  let plain = text;
  if (isIPv4(tail)) {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    plain = `${text.slice(0, -tail.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = plain.split('::');
  const numbers = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = numbers(left);
  if (right === undefined) return before.length === 8 ? before : undefined;
  const after = numbers(right);
  return [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0), ...after];
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix = ''] = subnet.split('/');
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
