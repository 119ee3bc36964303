import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import type { ConfigFile } from './config-file.ts';
import { type ConfigSource, loadConfigs } from './config-location.ts';
import { createCredentialHelpers, type CredentialHelpers } from './credential-helper.ts';
import type { CredentialSource, FoundCredentials } from './credential-source.ts';
import { nullable } from '../content/descriptor.ts';
import { OciError } from '../error.ts';
import { dockerHub } from '../reference/reference.ts';

/** One entry of `auths`. */
const entrySchema = z.object({
  auth: nullable(z.string()),
  username: nullable(z.string()),
  password: nullable(z.string()),
  identitytoken: nullable(z.string()),
  registrytoken: nullable(z.string()),
});

const hubKeys = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'] as const;

/**
 * Finds credentials where Docker and Podman keep them. Hosts compare exactly, port included; a key with a path serves only that path
 * (docker's CLI uses it for the whole host).
 *
 * @throws OciError `invalid-config` when a file, a helper, or the very entry that was chosen is malformed
 */
export function createConfigCredentials(source: ConfigSource, now: () => number): CredentialSource {
  const helpers = createCredentialHelpers({ path: source.env['PATH'] }, now);
  return {
    find: async (registry, repository, renew) => {
      const configs = await loadConfigs(source);
      // The file names no host for them, and a reference may name any: only the caller knows whose secrets they are.
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
      return { headers, renewable: false, problem };
    },
  };
}

async function select(
  config: ConfigFile,
  registry: string,
  repository: string,
  helpers: CredentialHelpers,
  renew: boolean,
): Promise<FoundCredentials> {
  const helperKeys = registry === dockerHub ? hubKeys : [registry];
  // As Docker: a helper named for the host goes before the store, an empty name switches the store off for it.
  const helper = helperKeys.map((key) => own(config.credHelpers, key)).find((name) => name !== undefined);
  const name = helper ?? config.credsStore ?? '';
  let problem: string | undefined;
  if (name !== '') {
    const answer = await helpers.ask(name, helperKeys[0] ?? registry, renew);
    // It decides alone: what it doesn't know was logged out of. Only a program that isn't there leaves the decision to the file.
    if (answer !== 'not-installed') return { credentials: answer, renewable: true };
    problem = `docker-credential-${name}, which the Docker configuration names for ${registry}, is not installed`;
  }
  for (const key of keysFor(registry, repository)) {
    const entry = findEntry(config, key);
    if (entry !== undefined) return { credentials: readEntry(entry, key), renewable: false, problem };
  }
  return { renewable: false, problem };
}

// Most specific first; then the old spellings with a scheme. Never a prefix, suffix or part of a host.
function keysFor(registry: string, repository: string): readonly string[] {
  const hosts = registry === dockerHub ? ['index.docker.io', 'docker.io', 'registry-1.docker.io'] : [registry];
  const parts = repository.split('/');
  const scoped = parts.flatMap((_, index) =>
    hosts.map((host) => `${host}/${parts.slice(0, parts.length - index).join('/')}`),
  );
  const legacy = hosts.flatMap((host) =>
    ['https', 'http'].flatMap((scheme) =>
      ['', '/', '/v1/', '/v2/', '/v1', '/v2'].map((end) => `${scheme}://${host}${end}`),
    ),
  );
  return [...scoped, ...hosts, ...hosts.map((host) => `${host}/`), ...legacy];
}

function findEntry(config: ConfigFile, key: string): unknown {
  const auths = config.auths;
  if (auths === undefined) return undefined;
  return own(auths, key) ?? Object.entries(auths).find(([name]) => name.toLowerCase() === key)?.[1];
}

function readEntry(value: unknown, key: string): Credentials | undefined {
  const result = entrySchema.safeParse(value);
  if (!result.success) throw new OciError('invalid-config', `the credentials for ${key} are malformed`);
  const entry = result.data;
  if (isGiven(entry.registrytoken)) return { token: entry.registrytoken };
  const user = isGiven(entry.auth)
    ? decodeAuth(entry.auth, key)
    : isGiven(entry.username)
      ? { username: entry.username, password: entry.password ?? '' }
      : undefined;
  // Azure's entries have both; the password, where there is one, is for token servers without the refresh grant.
  if (isGiven(entry.identitytoken))
    return { identityToken: entry.identitytoken, ...(isGiven(user?.password) ? user : {}) };
  return user;
}

function decodeAuth(auth: string, key: string): { username: string; password: string } {
  const bad = (): OciError => new OciError('invalid-config', `"auth" for ${key} is not base64 of user:password`);
  // Buffer.from never throws: it would silently skip whatever is not in the alphabet.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(auth.trim())) throw bad();
  const text = Buffer.from(auth.trim(), 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  if (colon <= 0) throw bad();
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
