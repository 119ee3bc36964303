import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Credentials } from './client-options.ts';
import { type HelperOptions, runCredentialHelper } from './credential-helper.ts';
import { nullable } from './descriptor.ts';
import { OciError } from './error.ts';
import { parseUnchecked } from './json.ts';
import { dockerHub } from './reference.ts';

/** Where a Docker configuration comes from. */
export interface DockerConfigSource {
  readonly dockerConfig?: string | object | false | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One entry of `auths` in Docker's `config.json`. */
const entrySchema = z.object({
  auth: nullable(z.string()),
  username: nullable(z.string()),
  password: nullable(z.string()),
  identitytoken: nullable(z.string()),
  registrytoken: nullable(z.string()),
});
const configSchema = z.object({
  auths: nullable(z.record(z.string(), z.unknown())),
  credHelpers: nullable(z.record(z.string(), z.string())),
  credsStore: nullable(z.string()),
});
type Config = z.output<typeof configSchema>;

const maxConfigBytes = 1024 * 1024;
const hubKeys = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'] as const;

/**
 * Finds credentials for a registry the way Docker does: `DOCKER_AUTH_CONFIG` over `$DOCKER_CONFIG/config.json` over `~/.docker/config.json`.
 * Hosts compare exactly, port included; a key with a path serves only that path.
 *
 * @throws OciError `invalid-config` when a file, or the very entry that was chosen, is malformed
 */
export async function dockerCredentials(
  registry: string,
  repository: string,
  source: DockerConfigSource,
): Promise<Credentials | undefined> {
  const helperOptions: HelperOptions = { path: source.env['PATH'] };
  for (const config of await loadConfigs(source)) {
    const found = await select(config, registry, repository, helperOptions);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function loadConfigs(source: DockerConfigSource): Promise<readonly Config[]> {
  const { dockerConfig, env } = source;
  if (dockerConfig === false) return [];
  if (typeof dockerConfig === 'object') return [readConfig(dockerConfig, 'the dockerConfig option')];
  if (typeof dockerConfig === 'string') return await loadFile(dockerConfig, true);
  const overlay = env['DOCKER_AUTH_CONFIG'];
  const overlays =
    overlay === undefined || overlay === '' ? [] : [parseConfig(Buffer.from(overlay), 'DOCKER_AUTH_CONFIG')];
  const home = env['HOME'] || env['USERPROFILE'] || (env === process.env ? homedir() : undefined);
  const directory = env['DOCKER_CONFIG'] || (home === undefined ? undefined : join(home, '.docker'));
  return directory === undefined ? overlays : [...overlays, ...(await loadFile(directory, false))];
}

async function loadFile(path: string, required: boolean): Promise<readonly Config[]> {
  try {
    let file = path;
    let found = await stat(file);
    if (found.isDirectory()) {
      file = join(path, 'config.json');
      found = await stat(file);
    }
    if (found.isDirectory()) return []; // as Docker: a directory in the file's place counts as absent
    if (found.size > maxConfigBytes) throw new OciError('invalid-config', `${file} is larger than 1 MiB`);
    return [parseConfig(await readFile(file), file)];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES')) return [];
    if (error instanceof OciError) throw error;
    throw new OciError('invalid-config', `cannot read the Docker configuration ${path}`, { cause: error });
  }
}

function parseConfig(bytes: Uint8Array, name: string): Config {
  return readConfig(parseUnchecked(bytes, 'invalid-config', name), name);
}

function readConfig(value: unknown, name: string): Config {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw new OciError(
    'invalid-config',
    `${name} is not a Docker configuration (at ${result.error.issues[0]?.path.slice(0, 2).map(String).join('.').slice(0, 100) ?? 'top'})`,
  );
}

async function select(
  config: Config,
  registry: string,
  repository: string,
  helperOptions: HelperOptions,
): Promise<Credentials | undefined> {
  const helperKeys = registry === dockerHub ? hubKeys : [registry];
  // As Docker: a helper named for the host decides alone, and an empty name switches the store off for it.
  const named = helperKeys.map((key) => own(config.credHelpers, key)).find((name) => name !== undefined);
  const helper = named ?? config.credsStore;
  if (helper !== undefined && helper !== '') {
    const found = await runCredentialHelper(helper, helperKeys[0] ?? registry, helperOptions);
    if (found !== undefined || named !== undefined) return found;
  }
  for (const key of keysFor(registry, repository)) {
    const entry = findEntry(config, key);
    if (entry !== undefined) return readEntry(entry, key);
  }
  return undefined;
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

function findEntry(config: Config, key: string): unknown {
  const auths = config.auths;
  if (auths === undefined) return undefined;
  return own(auths, key) ?? Object.entries(auths).find(([name]) => name.toLowerCase() === key)?.[1];
}

function readEntry(value: unknown, key: string): Credentials | undefined {
  const result = entrySchema.safeParse(value);
  if (!result.success) throw new OciError('invalid-config', `the credentials for ${key} are malformed`);
  const entry = result.data;
  if (entry.registrytoken !== undefined && entry.registrytoken !== '') return { token: entry.registrytoken };
  if (entry.identitytoken !== undefined && entry.identitytoken !== '') return { identityToken: entry.identitytoken };
  if (entry.auth !== undefined && entry.auth !== '') return decodeAuth(entry.auth, key);
  if (entry.username !== undefined && entry.username !== '')
    return { username: entry.username, password: entry.password ?? '' };
  return undefined;
}

function decodeAuth(auth: string, key: string): Credentials {
  const bad = (): OciError => new OciError('invalid-config', `"auth" for ${key} is not base64 of user:password`);
  // Buffer.from never throws: it would silently skip whatever is not in the alphabet.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(auth.trim())) throw bad();
  const text = Buffer.from(auth.trim(), 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  if (colon <= 0) throw bad();
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
