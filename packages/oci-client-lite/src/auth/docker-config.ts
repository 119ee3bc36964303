import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import { type ConfigSource, type LoadedConfig, loadConfigs } from './config-location.ts';
import { createCredentialHelpers, type CredentialHelpers } from './credential-helper.ts';
import type { CredentialSource, FoundCredentials } from './credential-source.ts';
import { nullable } from '../content/descriptor.ts';
import { OciError } from '../error.ts';
import { dockerHub } from '../reference/reference.ts';

/** An entry of `auths`. */
const entrySchema = z.object({
  auth: nullable(z.string()),
  username: nullable(z.string()),
  password: nullable(z.string()),
  identitytoken: nullable(z.string()),
  registrytoken: nullable(z.string()),
});

const hubKeys = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'] as const;

/**
 * Finds credentials where Docker and Podman keep them. Hosts are compared exactly, including the port. A key with a path serves only that path (docker's CLI uses it for
 * the whole host); a key that is an address, `https://host/…`, serves the whole host, as in all clients.
 *
 * @throws OciError `invalid-config` if a file, a helper, or the chosen entry is malformed
 */
export function createConfigCredentials(source: ConfigSource, now: () => number): CredentialSource {
  const helpers = createCredentialHelpers({ path: source.env['PATH'] }, now);
  return {
    waitsFor: () => helpers.waitsFor(),
    find: async (registry, repository, renew) => {
      const configs = await loadConfigs(source);
      // The file names no host for these headers, and a reference may name any host: only the caller knows whom they are for.
      const headers =
        source.httpHeadersFor?.has(registry) === true
          ? configs.find((config) => config.HttpHeaders !== undefined)?.HttpHeaders
          : undefined;
      let problem: string | undefined;
      for (const config of configs) {
        const found = await select(config, registry, repository, helpers, renew);
        if (found.credentials !== undefined) return { ...found, headers };
        problem ??= found.problem;
      }
      const looked = configs.map(({ name }) => name).join(' and ');
      return { headers, renewable: false, problem, ...(looked === '' ? {} : { from: looked }) };
    },
  };
}

async function select(
  config: LoadedConfig,
  registry: string,
  repository: string,
  helpers: CredentialHelpers,
  renew: boolean,
): Promise<FoundCredentials> {
  const helperKeys = registry === dockerHub ? hubKeys : [registry];
  // Like Docker: a helper named for the host takes precedence over the store, and an empty name turns the store off for the host.
  const helper = helperKeys.map((key) => own(config.credHelpers, key)).find((name) => name !== undefined);
  const name = helper ?? config.credsStore ?? '';
  let problem: string | undefined;
  if (name !== '') {
    const answer = await helpers.ask(name, helperKeys[0] ?? registry, renew);
    // It alone decides: if it doesn't know the host, the user has logged out. Only a missing program leaves the decision to the file.
    if (answer !== 'not-installed') return { credentials: answer, renewable: true, from: `docker-credential-${name}` };
    problem = `docker-credential-${name}, which the Docker configuration names for ${registry}, is not installed`;
  }
  for (const [key, entry] of entriesFor(config, registry, repository)) {
    const credentials = readEntry(entry, key, config.name);
    return { credentials, renewable: false, problem: problem ?? oddPassword(credentials, key), from: config.name };
  }
  return { renewable: false, problem };
}

// Most specific first: a path, the plain host, then the old spellings. Never a prefix, suffix or part of a host.
function entriesFor(config: LoadedConfig, registry: string, repository: string): readonly [string, unknown][] {
  const hosts = registry === dockerHub ? ['index.docker.io', 'docker.io', 'registry-1.docker.io'] : [registry];
  const parts = repository.split('/');
  const paths = [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), ''];
  const rank = (key: string): number => {
    const { host, path, isAddress } = readKey(key);
    const rankOfHost = hosts.indexOf(host);
    const depth = paths.indexOf(path);
    if (rankOfHost === -1 || depth === -1) return Number.POSITIVE_INFINITY;
    return (depth * 2 + (isAddress ? 1 : 0)) * hosts.length + rankOfHost;
  };
  return Object.entries(config.auths ?? {})
    .map(([key, entry]) => ({ key, entry, rank: rank(key) }))
    .filter((one) => one.rank !== Number.POSITIVE_INFINITY)
    .sort((one, other) => one.rank - other.rank)
    .map(({ key, entry }) => [key, entry]);
}

/** A key of `auths`: `host[:port]`, Podman's `host/path`, or an address such as `https://index.docker.io/v1/`, whose path says nothing. */
function readKey(key: string): { readonly host: string; readonly path: string; readonly isAddress: boolean } {
  const [, scheme = '', host = '', rest = ''] =
    /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?([^/]*)(?:\/(.*))?$/is.exec(key.trim()) ?? [];
  const path = rest.replace(/\/+$/, '');
  const isAddress = scheme !== '' || /^v[12]$/.test(path) || rest !== path;
  return { host: host.toLowerCase(), path: scheme !== '' || /^v[12]$/.test(path) ? '' : path, isAddress };
}

// `echo password | base64` makes the line break part of the password, and every client sends it.
function oddPassword(credentials: Credentials | undefined, key: string): string | undefined {
  return credentials !== undefined && 'password' in credentials && /[\r\n]$/.test(credentials.password ?? '')
    ? `the password for ${key} ends in a line break, which is sent with it (“echo -n” leaves it out)`
    : undefined;
}

function readEntry(value: unknown, key: string, file: string): Credentials | undefined {
  const result = entrySchema.safeParse(value);
  if (!result.success) {
    const field = result.error.issues[0]?.path[0];
    const where = field === undefined ? 'they must be an object' : `at ${String(field)}`;
    throw new OciError('invalid-config', `the credentials for ${key} in ${file} are malformed (${where})`);
  }
  const entry = result.data;
  if (isGiven(entry.registrytoken)) return { token: entry.registrytoken };
  const user = isGiven(entry.auth)
    ? decodeAuth(entry.auth, key, file)
    : isGiven(entry.username) || isGiven(entry.password)
      ? { username: entry.username ?? '', password: entry.password ?? '' }
      : undefined;
  // Azure's entries have both; a password is for token servers without the refresh grant.
  if (isGiven(entry.identitytoken))
    return { identityToken: entry.identitytoken, ...(isGiven(user?.password) ? user : {}) };
  return user;
}

function decodeAuth(auth: string, key: string, file: string): { username: string; password: string } {
  const bad = (): OciError =>
    new OciError('invalid-config', `"auth" for ${key} in ${file} is not base64 of user:password`);
  // `base64` without `-w0` breaks its lines at 76 columns.
  const joined = auth.replace(/\s+/g, '');
  // Buffer.from never throws: it would silently skip characters outside the alphabet.
  if (!/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/.test(joined)) throw bad();
  const text = Buffer.from(joined, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  // Without a user before the colon it is a token, like those of Azure DevOps and GitLab.
  if (colon === -1 || text === ':') throw bad();
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
