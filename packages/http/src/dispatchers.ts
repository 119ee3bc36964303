import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent, type Dispatcher } from 'undici';
import { type AddressSpace, addressSpace, isLocalhostName, literalSpace, mayReach } from './address-space.ts';
import { HttpError } from './error.ts';

/** Name resolution, as `node:dns` `lookup` with `all: true`. */
export type Resolve = (
  hostname: string,
  options: LookupOptions,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Sockets, grouped by how private an address they may go to. */
export interface Dispatchers {
  /** Sockets for a host that the caller chose. */
  readonly chosen: Dispatcher;
  /** Sockets for a host that a response from `space` chose. */
  within(space: AddressSpace): Dispatcher;
  /** The space of a host spoken to before; a name never dialled counts as `public`, which allows least. */
  spaceOf(hostname: string): AddressSpace;
  close(): Promise<void>;
}

/** Limits of the sockets. */
export interface SocketOptions {
  readonly resolve?: Resolve | undefined;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

type NodeLookupDone = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Makes the socket pools. A pool per space, so that a socket dialled for a trusted name is never reused for an untrusted one. */
export function createDispatchers(options: SocketOptions): Dispatchers {
  const seen = new Map<string, AddressSpace>();
  const agents = new Map<string, Agent>();
  const resolve: Resolve =
    options.resolve ?? ((hostname, lookupOptions, done) => dnsLookup(hostname, { ...lookupOptions, all: true }, done));

  const agent = (limit: AddressSpace | 'chosen'): Agent => {
    const known = agents.get(limit);
    if (known !== undefined) return known;
    const made = new Agent({
      allowH2: false,
      pipelining: 1,
      connections: 8,
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      maxHeaderSize: 32 * 1024,
      connect: { timeout: options.connectTimeoutMs, lookup: guardedLookup(limit, resolve, seen) },
    });
    agents.set(limit, made);
    return made;
  };

  return {
    get chosen(): Dispatcher {
      return agent('chosen');
    },
    within: (space) => agent(space),
    spaceOf: (hostname) =>
      literalSpace(hostname) ?? seen.get(hostname.toLowerCase()) ?? (isLocalhostName(hostname) ? 'loopback' : 'public'),
    close: async () => {
      await Promise.all([...agents.values()].map((made) => made.destroy()));
    },
  };
}

// The guard runs on the very addresses that are dialled: a check before the look-up is answered by a second look-up (DNS rebinding).
function guardedLookup(limit: AddressSpace | 'chosen', resolve: Resolve, seen: Map<string, AddressSpace>) {
  return (hostname: string, options: LookupOptions, done: NodeLookupDone): void => {
    const answer = (error: Error | null, addresses: readonly LookupAddress[]): void => {
      if (error !== null) return done(error, []);
      const spaces = addresses.map((entry) => addressSpace(entry.address));
      const refused = spaces.find((space) => (limit === 'chosen' ? space === 'forbidden' : !mayReach(limit, space)));
      if (refused !== undefined) {
        return done(
          new HttpError('blocked-address', `${hostname} resolves to a ${refused} address`, { reason: refused }),
          [],
        );
      }
      if (addresses[0] === undefined)
        return done(Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' }), []);
      if (seen.size > 1000) seen.clear();
      // Of several answers the most public one counts, so that a mixed answer never widens what the host may name.
      seen.set(
        hostname.toLowerCase(),
        spaces.includes('public') ? 'public' : spaces.includes('private') ? 'private' : 'loopback',
      );
      if (options.all === true) done(null, [...addresses]);
      else done(null, addresses[0].address, addresses[0].family);
    };
    // RFC 6761 §6.3: never ask DNS for localhost names, which may be spoken to in plain http.
    if (isLocalhostName(hostname)) {
      return answer(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    }
    resolve(hostname, { ...options, all: true }, answer);
  };
}
