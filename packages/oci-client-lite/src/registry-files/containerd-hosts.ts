import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClientCertificate, OriginAuthorities } from '@sigtrail/http';
import { OciError } from '../error.ts';
import { isUserHeader } from '../auth/user-header.ts';
import { hostInFiles, isLocation, type RegistryRoute, type RouteHost } from '../registry/route.ts';
import { readAuthorityFiles, readKeyPair } from './pem-files.ts';
import type { FileContext } from './registries-conf.ts';
import { cannotRead, readTomlFile, type TomlTable } from './toml-file.ts';
import { shown, type TomlReader, tomlReader } from './toml-reader.ts';

/** The contents of a containerd directory. */
export interface ContainerdHosts {
  readonly routes: readonly RegistryRoute[];
  readonly originAuthorities: readonly OriginAuthorities[];
  readonly clientCertificates: readonly ClientCertificate[];
}

/** A client certificate, and the place in the file that names it. */
interface PlacedCertificate extends ClientCertificate {
  readonly from: string;
}

/** The contents of a file. */
interface ReadFile extends Omit<ContainerdHosts, 'clientCertificates'> {
  readonly clientCertificates: readonly PlacedCertificate[];
}

/** A host of a file, with the certificates for it. */
interface ReadHost {
  readonly host: RouteHost;
  readonly isPushedTo: boolean;
  readonly authorities: readonly OriginAuthorities[];
  readonly certificates: readonly ClientCertificate[];
}

const maxDirectories = 1000;
const ofHosts = ['capabilities', 'ca', 'client', 'skip_verify', 'header', 'override_path'] as const;
const capabilities: ReadonlySet<string> = new Set(['pull', 'resolve', 'push']);

/**
 * Reads a directory of `HOST/hosts.toml` (`config_path` of containerd; `certs.d`): `docker.io`, `HOST:PORT` or `HOST_PORT_`, and `_default` for all others.
 *
 * @throws OciError `invalid-config` with line and column, for everything that can't be followed
 */
export async function readContainerdHosts(directory: string, context: FileContext): Promise<ContainerdHosts> {
  const read: ReadFile[] = [];
  const seen = new Map<string, string>();
  for (const name of await directoriesIn(directory)) {
    const folder = join(directory, name);
    const registry = registryOf(name, folder);
    const before = seen.get(registry);
    if (before !== undefined)
      throw new OciError('invalid-config', `${join(directory, before)} and ${folder} are both about ${registry}`);
    seen.set(registry, name);
    read.push(await readHostsFile(join(folder, 'hosts.toml'), registry, context));
  }
  const clientCertificates = read.flatMap(({ clientCertificates: certificates }) => certificates);
  checkOnePerOrigin(clientCertificates);
  return {
    routes: read.flatMap(({ routes }) => routes),
    originAuthorities: read.flatMap(({ originAuthorities }) => originAuthorities),
    clientCertificates: clientCertificates.map(({ from: _from, ...certificate }) => certificate),
  };
}

/** containerd keeps the certificates of two registries apart, even if both are read from the same host. Here a certificate belongs to its host, so two for the same host can't be followed. */
function checkOnePerOrigin(certificates: readonly PlacedCertificate[]): void {
  const shownTo = new Map<string, PlacedCertificate>();
  for (const one of certificates)
    for (const origin of one.origins) {
      const before = shownTo.get(origin) ?? one;
      if (before.cert !== one.cert || before.key !== one.key)
        throw new OciError(
          'invalid-config',
          `${one.from}: "client" names a different certificate for ${origin} than ${before.from} does; a host is shown a single certificate, whichever registry it serves`,
        );
      shownTo.set(origin, one);
    }
}

async function directoriesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
    if (names.length > maxDirectories)
      throw new OciError('invalid-config', `${directory} has more than ${maxDirectories} directories`);
    return names.filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw cannotRead(directory, error);
  }
}

/** The registry of a directory: containerd writes a port between underscores, too. */
function registryOf(name: string, folder: string): string {
  if (name === '_default') return '*';
  const registry = name.replace(/_(\d+)_$/, ':$1');
  if (registry.includes('/') || !isLocation(registry))
    throw new OciError(
      'invalid-config',
      `${folder} is not named like a registry: host, host:port, host_port_ or _default`,
    );
  return hostInFiles(registry);
}

async function readHostsFile(file: string, registry: string, context: FileContext): Promise<ReadFile> {
  const reader = tomlReader(file);
  const root = await readTomlFile(file);
  reader.refuseOthers(root, ['server', 'host', ...ofHosts], 'in hosts.toml');
  const hosts = await Promise.all(
    [...(hostTable(root, reader)?.entries ?? [])].map(async ([url, { at, value }]) => {
      const table = reader.table(value, `host.${shown(url)}`);
      reader.refuseOthers(table, ofHosts, 'for a host');
      return await readHost(url, table, reader.placeOf(at), reader, registry, context);
    }),
  );
  const server = await readServer(root, reader, registry, context);
  const all = server === undefined ? hosts : [...hosts, server];
  const mirrors = hosts.filter(({ isPushedTo }) => !isPushedTo);
  return {
    routes: [
      {
        prefix: registry,
        from: reader.placeOf(root.at),
        ...(mirrors.length === 0 ? {} : { mirrors: mirrors.map(({ host }) => host) }),
        ...(server === undefined ? {} : { server: server.host }),
      },
    ],
    originAuthorities: all.flatMap(({ authorities }) => authorities),
    clientCertificates: all.flatMap(({ host: { from }, certificates }) =>
      certificates.map((certificate) => ({ ...certificate, from })),
    ),
  };
}

function hostTable(root: TomlTable, reader: TomlReader): TomlTable | undefined {
  const entry = root.entries.get('host');
  return entry === undefined ? undefined : reader.table(entry.value, '"host"');
}

/** The settings at the top of a file are about `server`, or without it about the registry itself. */
async function readServer(
  root: TomlTable,
  reader: TomlReader,
  registry: string,
  context: FileContext,
): Promise<ReadHost | undefined> {
  const url = reader.text(root, 'server');
  const setting = [...root.entries].find(([key]) => key !== 'server' && key !== 'host');
  if (url === undefined && setting === undefined) return undefined;
  if (url === undefined && registry === '*')
    throw reader.refuse(
      setting?.[1].at ?? root.at,
      'in _default, settings that are not below a "host" need a "server"',
    );
  const at = root.entries.get('server')?.at ?? setting?.[1].at ?? root.at;
  // containerd asks Docker Hub under this name.
  const own = registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`;
  const read = await readHost(url ?? own, root, reader.placeOf(at), reader, registry, context);
  if (read.isPushedTo || read.host.reads !== 'all')
    throw reader.refuse(
      root.entries.get('capabilities')?.at ?? at,
      'the server needs the capabilities "pull" and "resolve": the registry itself is asked for both',
    );
  return read;
}

async function readHost(
  url: string,
  table: TomlTable,
  from: string,
  reader: TomlReader,
  registry: string,
  context: FileContext,
): Promise<ReadHost> {
  const refuse = (why: string, key?: string): OciError =>
    key === undefined
      ? new OciError('invalid-config', `${from}: ${why}`)
      : reader.refuse(table.entries.get(key)?.at ?? table.at, why);
  const address = addressOf(url);
  if (address === undefined) throw refuse(`${shown(url)} must be https://host[:port][/path]`);
  const { scheme, host, path, origin } = address;
  if (scheme === 'http' && !context.isInsecure(host))
    throw refuse(`${origin} is plain http, which is only allowed if "insecureRegistries" names ${host}, too`);
  if (reader.boolean(table, 'skip_verify') === true)
    throw refuse(
      '"skip_verify" would accept any certificate, and is not supported; name the authority with "ca"',
      'skip_verify',
    );
  const { reads, isPushedTo } = capabilitiesOf(reader.texts(table, 'capabilities'), refuse);
  const isOverridden = reader.boolean(table, 'override_path') === true;
  const [ca, pair] = [await authoritiesOf(table, reader), await certificateOf(table, reader)];
  for (const [key, given] of [
    ['ca', ca],
    ['client', pair],
  ] as const)
    if (given !== undefined && scheme === 'http') throw refuse(`${shown(key)} has no effect on plain http`, key);
  const apiPath = apiPathOf(path, isOverridden);
  if (apiPath === undefined) throw refuse(`the path of ${shown(url)} is not a path that a registry can have`);
  const headers = headersOf(table, reader);
  return {
    isPushedTo,
    host: {
      from,
      ...(hostInFiles(host) === registry ? {} : { location: hostInFiles(host) }),
      scheme,
      ...(apiPath === '/v2' ? {} : { apiPath }),
      reads,
      namespace: true,
      ...(headers === undefined ? {} : { headers }),
    },
    authorities: ca === undefined ? [] : [{ origins: [origin], ca }],
    certificates: pair === undefined ? [] : [{ origins: [origin], ...pair }],
  };
}

interface Address {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly path: string;
  readonly origin: string;
}

function addressOf(text: string): Address | undefined {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    return undefined;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  // A name without a dot is only a host if it has a port, which a URL leaves out if it is the usual port.
  const withPort = `${url.hostname}:${url.port || (scheme === 'https' ? '443' : '80')}`;
  const host = [url.host, withPort].find(isLocation);
  return host === undefined ? undefined : { scheme, host, path: url.pathname, origin: url.origin };
}

// As containerd does: `/v2` is appended to the path, unless the path ends with it already or is declared to be complete.
function apiPathOf(path: string, isOverridden: boolean): string | undefined {
  const clean = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  if (!/^(?:\/[\w.~-]+)*$/.test(clean)) return undefined;
  if (isOverridden) return clean === '' ? undefined : clean;
  return clean.endsWith('/v2') ? clean : `${clean}/v2`;
}

function capabilitiesOf(
  given: readonly string[],
  refuse: (why: string, key: string) => OciError,
): { readonly reads: 'all' | 'digests'; readonly isPushedTo: boolean } {
  const named = given.map((text) => text.toLowerCase());
  const unknown = named.find((name) => !capabilities.has(name));
  if (unknown !== undefined)
    throw refuse(`the capability ${shown(unknown)} is not supported; there are pull, resolve and push`, 'capabilities');
  if (named.includes('resolve') && !named.includes('pull'))
    throw refuse('a host that resolves tags but is not pulled from is not supported', 'capabilities');
  if (named.length === 0) return { reads: 'all', isPushedTo: false };
  return { reads: named.includes('resolve') ? 'all' : 'digests', isPushedTo: !named.includes('pull') };
}

async function authoritiesOf(table: TomlTable, reader: TomlReader): Promise<readonly string[] | undefined> {
  const entry = table.entries.get('ca');
  if (entry === undefined) return undefined;
  return await readAuthorityFiles(filesOf(reader.texts(table, 'ca'), reader), reader.placeOf(entry.at));
}

/** A file with certificate and key, or a pair of files: `"both.pem"`, `["both.pem"]` or `[["cert.pem", "key.pem"]]`. */
async function certificateOf(
  table: TomlTable,
  reader: TomlReader,
): Promise<Omit<ClientCertificate, 'origins'> | undefined> {
  const entry = table.entries.get('client');
  if (entry === undefined) return undefined;
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  const [item] = items;
  if (item === undefined || items.length > 1)
    throw reader.refuse(entry.at, '"client" must name one certificate; more than one for a host is not supported');
  const names = item.kind === 'list' ? item.items : [item];
  const texts = names.map((name) => (name.kind === 'text' ? String(name.value) : ''));
  if (texts.length === 0 || texts.length > 2 || texts.includes(''))
    throw reader.refuse(entry.at, '"client" must be a file, or a pair of files: [["cert.pem", "key.pem"]]');
  const [cert = '', key = cert] = filesOf(texts, reader);
  return await readKeyPair(cert, key, reader.placeOf(entry.at));
}

/** Relative names start at the directory of the file that contains them. */
function filesOf(names: readonly string[], reader: TomlReader): readonly string[] {
  const directory = dirname(reader.file);
  return names.map((name) => (name.startsWith('/') ? name : join(directory, name)));
}

function headersOf(table: TomlTable, reader: TomlReader): Readonly<Record<string, string>> | undefined {
  const entry = table.entries.get('header');
  if (entry === undefined) return undefined;
  const header = reader.table(entry.value, '"header"');
  return Object.fromEntries(
    [...header.entries].map(([name, { at }]) => {
      const [value, ...others] = reader.texts(header, name);
      if (value === undefined || others.length > 0)
        throw reader.refuse(at, `the header ${shown(name)} must have one value`);
      if (!isUserHeader(name, value))
        throw reader.refuse(
          at,
          `${shown(name)} is not a header that can be set here, or has a value that can’t be sent`,
        );
      return [name.toLowerCase(), value];
    }),
  );
}
