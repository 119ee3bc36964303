import { optionError } from '@sigtrail/encoding';
import { BlockList, isIP } from 'node:net';
import { addressSpace, embeddedIpv4 } from './address-space.ts';

/** Addresses that may be reached in a split-horizon network, whichever answer named them. */
export interface AllowedAddresses {
  /** Whether this host name is listed. */
  host(hostname: string): boolean;
  /** Whether this IP address is listed. */
  address(address: string): boolean;
}

/**
 * Reads `allowAddresses`: IP addresses, CIDR ranges, host names, and `*.suffix` for the names below a suffix.
 * Link-local, metadata, unspecified and multicast addresses need an entry for that very address, so that
 * `0.0.0.0/0` opens no metadata service.
 *
 * @throws TypeError for any other entry
 */
export function parseAllowedAddresses(entries: readonly string[] = []): AllowedAddresses {
  const single = new BlockList();
  const ranges = new BlockList();
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of entries) {
    const text = typeof entry === 'string' ? entry.trim().toLowerCase() : '';
    const [address = '', prefix, ...rest] = text.replace(/^\[|\]$/g, '').split('/');
    const family = isIP(address);
    if (family !== 0 && prefix === undefined) single.addAddress(address, typeOf(family));
    else if (family !== 0 && rest.length === 0 && isPrefix(prefix, family))
      ranges.addSubnet(address, Number(prefix), typeOf(family));
    else if (/^\*\.[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text)) suffixes.push(text.slice(1));
    else if (/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/.test(text)) hosts.add(text.replace(/\.$/, ''));
    else
      throw optionError(
        'invalid-option',
        `"allowAddresses" must hold IP addresses, CIDR ranges, host names or *.suffixes, not ${JSON.stringify(entry)}`,
      );
  }
  return {
    host: (hostname) => {
      const name = hostname.toLowerCase().replace(/\.$/, '');
      return hosts.has(name) || suffixes.some((suffix) => name.endsWith(suffix));
    },
    address: (address) => {
      const text = bare(address);
      const type = typeOf(isIP(text));
      if (isIP(text) === 0) return false;
      return single.check(text, type) || (addressSpace(text) !== 'forbidden' && ranges.check(text, type));
    },
  };
}

// An IPv4 address embedded in an IPv6 address is listed if the IPv4 address is.
function bare(address: string): string {
  const text = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return isIP(text) === 6 ? (embeddedIpv4(text) ?? text) : text;
}

function typeOf(family: number): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4';
}

function isPrefix(text: string | undefined, family: number): boolean {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= (family === 6 ? 128 : 32);
}
