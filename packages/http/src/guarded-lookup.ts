import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { type AddressSpace, addressSpace, isLocalhostName, mayReach } from './address-space.ts';
import type { AllowedAddresses } from './allow-addresses.ts';
import { HttpError } from './error.ts';

/** Name resolution, as `node:dns` `lookup` with `all: true`. */
export type Resolve = (
  hostname: string,
  options: LookupOptions,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** The `lookup` that Node's sockets ask. */
export type SocketLookup = (
  hostname: string,
  options: LookupOptions,
  done: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/** How private the hosts that were dialled by name are. */
export interface SeenSpaces {
  of(hostname: string): AddressSpace | undefined;
  note(hostname: string, space: AddressSpace): void;
}

const mostNames = 1000;
const order: readonly AddressSpace[] = ['public', 'private', 'loopback'];

/** Remembers the most public space in which a name was ever dialled: a name that later resolves to a loopback address may not name more hosts because of it. */
export function createSeenSpaces(): SeenSpaces {
  const seen = new Map<string, AddressSpace>();
  return {
    of: (hostname) => seen.get(hostname.toLowerCase()),
    note: (hostname, space) => {
      const name = hostname.toLowerCase();
      const before = seen.get(name);
      seen.delete(name);
      seen.set(name, before === undefined || order.indexOf(space) < order.indexOf(before) ? space : before);
      const oldest = seen.keys().next();
      if (seen.size > mostNames && oldest.done !== true) seen.delete(oldest.value);
    },
  };
}

/**
 * A look-up that refuses addresses outside `limit`; `undefined` is a host the caller chose, which may be anything but
 * `forbidden`. It runs on the very addresses that are dialled: a check before the look-up would be answered by a second
 * look-up (DNS rebinding).
 */
export function guardedLookup(
  limit: AddressSpace | undefined,
  resolve: Resolve = systemResolve,
  allowed: AllowedAddresses,
  seen: SeenSpaces,
): SocketLookup {
  const mayDial = (hostname: string, address: string, space: AddressSpace): boolean =>
    (limit === undefined ? space !== 'forbidden' : mayReach(limit, space)) ||
    allowed.address(address) ||
    (space !== 'forbidden' && allowed.host(hostname));

  return (hostname, options, done) => {
    const answer = (error: Error | null, addresses: readonly LookupAddress[]): void => {
      if (error !== null) return done(error, []);
      const [first] = addresses;
      if (first === undefined)
        return done(Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' }), []);
      const spaces = addresses.map(({ address }) => addressSpace(address));
      const refused = addresses.findIndex(({ address }, at) => !mayDial(hostname, address, spaces[at] ?? 'forbidden'));
      if (refused !== -1) {
        const reason = spaces[refused] ?? 'forbidden';
        return done(new HttpError('blocked-address', `${hostname} resolves to a ${reason} address`, { reason }), []);
      }
      // If there are several addresses the most public one counts, so that a mixed answer never widens what the host may name.
      seen.note(hostname, order.find((space) => spaces.includes(space)) ?? 'public');
      if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    };
    // RFC 6761 §6.3: never ask DNS for localhost names, where plain http is allowed.
    if (isLocalhostName(hostname)) {
      return answer(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    }
    resolve(hostname, { ...options, all: true }, answer);
  };
}

const systemResolve: Resolve = (hostname, options, done) => dnsLookup(hostname, { ...options, all: true }, done);
