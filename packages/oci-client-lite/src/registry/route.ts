import { optionError } from '@sigtrail/encoding';
import { z } from 'zod';
import { isUserHeader } from '../auth/user-header.ts';
import { dockerHub, parseReference, type Reference } from '../reference/reference.ts';

/** Where the reads of some repositories go, according to a file of containerd or Podman. `readRegistryFiles` makes them. */
export interface RegistryRoute {
  /**
   * Which repositories: those below `host[:port][/path]`, those of every host below a domain (`*.acme.example`), or all (`*`). The longest prefix counts.
   * Docker Hub is `docker.io`, as in those files.
   */
  readonly prefix: string;
  /** `FILE:LINE:COLUMN`, for transcripts and messages. */
  readonly from: string;
  /** Whether reads are refused. */
  readonly blocked?: boolean | undefined;
  /** Asked before the registry, in this order. */
  readonly mirrors?: readonly RouteHost[] | undefined;
  /** The registry itself, if its name alone does not tell how to reach it. */
  readonly server?: RouteHost | undefined;
}

/** A host of a {@link RegistryRoute}. */
export interface RouteHost {
  /** `FILE:LINE:COLUMN` */
  readonly from: string;
  /** `host[:port][/path]`, which replaces the prefix, or the whole host if the prefix has a `*`. Default: the prefix. */
  readonly location?: string | undefined;
  /** The only allowed scheme. Default: as for any registry. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** Path of its API. `/v2` */
  readonly apiPath?: string | undefined;
  /** Which reads it gets: a mirror that resolves tags may be days behind. `all` */
  readonly reads?: 'all' | 'digests' | 'tags' | undefined;
  /** Tell it which registry it stands for, by `?ns=`. `false` */
  readonly namespace?: boolean | undefined;
  /** Sent to its origin only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

// Lazy: a program that gives no routes doesn't pay for them at import.
const place = z.lazy(() => z.string().regex(/^[^\p{Cc}]{1,5000}$/u));
const hostSchema = z.lazy(() =>
  z.strictObject({
    from: place,
    location: z.string().refine(isLocation).optional(),
    scheme: z.enum(['http', 'https']).optional(),
    apiPath: z
      .string()
      .regex(/^(?:\/[\w.~-]+)+$/)
      .refine((path) => !/\/\.\.?(?:\/|$)/.test(path))
      .optional(),
    reads: z.enum(['all', 'digests', 'tags']).optional(),
    namespace: z.boolean().optional(),
    headers: z
      .record(z.string(), z.string())
      .refine((headers) => Object.entries(headers).every(([name, value]) => isUserHeader(name, value)))
      .optional(),
  }),
);

/** The shape of the option `routes`. */
export const routesSchema: z.ZodType<readonly RegistryRoute[]> = z.lazy(() =>
  z.array(
    z.strictObject({
      prefix: z.string().refine(isPrefix),
      from: place,
      blocked: z.boolean().optional(),
      mirrors: z.array(hostSchema).optional(),
      server: hostSchema.optional(),
    }),
  ),
);

/** Whether a text can precede the path of a repository: `host[:port][/path]`. */
export function isLocation(text: string): boolean {
  const host = text.split('/', 1)[0] ?? '';
  if (host !== 'localhost' && !/[.:]/.test(host)) return false;
  try {
    const { registry, repository } = parseReference(`${text}/x/x`);
    return (
      text.toLowerCase() === text &&
      `${hostInFiles(registry)}/${repository}` === `${hostInFiles(host)}${text.slice(host.length)}/x/x`
    );
  } catch {
    return false;
  }
}

/** Whether a text can be a {@link RegistryRoute.prefix}. */
export function isPrefix(text: string): boolean {
  if (text === '*') return true;
  return text.startsWith('*.') ? !text.includes('/') && isLocation(`x${text.slice(1)}`) : isLocation(text);
}

/** The name that containerd and Podman use for a registry. */
export function hostInFiles(registry: string): string {
  return registry === dockerHub || registry === 'registry-1.docker.io' ? 'docker.io' : registry;
}

/** The route of a reference: the longest prefix wins; if several are equally long, a route that blocks, then the first. */
export function findRoute(routes: readonly RegistryRoute[], reference: Reference): RegistryRoute | undefined {
  let found: RegistryRoute | undefined;
  for (const route of routes)
    if (isBelow(reference, route) && (found === undefined || countsBefore(route, found))) found = route;
  return found;
}

function countsBefore(one: RegistryRoute, other: RegistryRoute): boolean {
  const difference = weightOf(one) - weightOf(other);
  return difference > 0 || (difference === 0 && one.blocked === true && other.blocked !== true);
}

/** How closely a prefix names a repository: a path counts most, then a port, then a domain. A host may have several spellings, so its length says nothing. */
function weightOf({ prefix }: RegistryRoute): number {
  if (prefix.startsWith('*')) return prefix.length - maxPrefix;
  const [host = ''] = prefix.split('/', 1);
  return prefix.length - host.length + (readHost(host).port === '' ? 0 : 0.5);
}

const maxPrefix = 5000;

function isBelow(reference: Reference, route: RegistryRoute): boolean {
  const { prefix, blocked } = route;
  if (prefix === '*') return true;
  if (blocked === true) return isBlocked(reference, prefix);
  const host = hostInFiles(reference.registry);
  if (prefix.startsWith('*.')) return host.endsWith(prefix.slice(1));
  return `${host}/${reference.repository}/`.startsWith(`${prefix}/`);
}

/**
 * Whether a blocked prefix is about a reference, however its host is spelt: no spelling of a server may evade a block. For Podman a prefix without a port is also about
 * every port of its host ("don't rely on it"), so whatever Podman blocks must be blocked here as well.
 */
function isBlocked({ registry, repository }: Reference, prefix: string): boolean {
  const { name, port } = readHost(registry);
  if (prefix.startsWith('*.')) return name.endsWith(prefix.slice(1));
  const [host = ''] = prefix.split('/', 1);
  const blocked = readHost(host);
  const isSamePort =
    blocked.port === '' || blocked.port === port || (port === '' && usualPorts.includes(Number(blocked.port)));
  return name === blocked.name && isSamePort && `/${repository}/`.startsWith(`${prefix.slice(host.length)}/`);
}

const usualPorts: readonly number[] = [443, 80];

/** A host in its canonical spelling, and its port: `[0:0::1]` is `[::1]`, and each name of Docker Hub is `docker.io`. */
function readHost(host: string): { readonly name: string; readonly port: string } {
  const [, text = host, port = ''] = /^(.*?)(?::0*(\d+))?$/.exec(host) ?? [];
  const { registry } = parseReference(`${text}/x/x`);
  return { name: hostInFiles(URL.parse(`https://${registry}`)?.hostname ?? registry), port };
}

/** The repository that a host of a route has for a reference. @throws OciError `invalid-reference` if the names together are too long */
export function relocate(
  { registry, repository }: Reference,
  { prefix }: RegistryRoute,
  { location }: RouteHost,
): Pick<Reference, 'registry' | 'repository'> {
  if (location === undefined) return { registry, repository };
  const kept = prefix.startsWith('*')
    ? `/${repository}`
    : `${hostInFiles(registry)}/${repository}`.slice(prefix.length);
  return parseReference(`${location}${kept}`);
}

/** @throws TypeError if a route asks for plain http and the caller does not allow it for that host */
export function checkSchemes(routes: readonly RegistryRoute[], isInsecure: (host: string) => boolean): void {
  for (const { mirrors = [], server } of routes)
    for (const { scheme, location = '', from } of server === undefined ? mirrors : [...mirrors, server]) {
      const host = location.split('/', 1)[0] ?? '';
      if (scheme === 'http' && !isInsecure(host))
        throw optionError(
          'invalid-option',
          `createOciClient: "routes" asks for plain http at ${host === '' ? 'a registry' : host} (${from}), which "insecureRegistries" does not name`,
        );
    }
}
