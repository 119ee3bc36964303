import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConfigFile, parseConfigFile, readConfig } from './config-file.ts';
import { CredentialFailure } from './credential-source.ts';
import { isOciError, OciError } from '../error.ts';

/** Where a configuration with credentials comes from. */
export interface ConfigSource {
  /** A path, parsed content, or `false` for no configuration; by default, where Docker and Podman keep it. */
  readonly dockerConfig?: string | object | false | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The registries that the configuration's `HttpHeaders` are sent to. Default: no registry. */
  readonly httpHeadersFor?: ReadonlySet<string>;
}

/** A configuration, and what to call it. */
export interface LoadedConfig extends ConfigFile {
  readonly name: string;
}

const maxConfigBytes = 1024 * 1024;

/**
 * Loads the configurations in effect, in order of precedence: `DOCKER_AUTH_CONFIG`, then one file. It is the file that go-containerregistry
 * and therefore cosign read: Docker's, or in its absence `$REGISTRY_AUTH_FILE` or Podman's.
 *
 * @throws OciError `invalid-config`
 */
export async function loadConfigs(source: ConfigSource): Promise<readonly LoadedConfig[]> {
  const { dockerConfig, env } = source;
  if (dockerConfig === false) return [];
  const given = 'the dockerConfig option';
  if (typeof dockerConfig === 'object') return [{ ...readConfig(dockerConfig, given), name: given }];
  if (typeof dockerConfig === 'string') return [await loadNamed(dockerConfig)];
  const overlays = readOverlay(env['DOCKER_AUTH_CONFIG']);
  const file = await findFile(env);
  const loaded = file === undefined ? undefined : await load(file);
  return loaded === undefined ? overlays : [...overlays, loaded];
}

// Only its `auths`, like Docker: a variable of a CI job must not choose a program to run.
function readOverlay(overlay: string | undefined): readonly LoadedConfig[] {
  if (overlay === undefined || overlay.trim() === '') return [];
  const name = 'DOCKER_AUTH_CONFIG';
  try {
    return [{ auths: parseConfigFile(Buffer.from(overlay), name).auths, name }];
  } catch (error) {
    if (!isOciError(error)) throw error;
    throw new CredentialFailure(error.code, error.message);
  }
}

async function findFile(env: ConfigSource['env']): Promise<string | undefined> {
  const home = env['HOME'] || env['USERPROFILE'] || (env === process.env ? homedir() : undefined);
  const inHome = home === undefined ? undefined : join(home, '.docker', 'config.json');
  const named = env['DOCKER_CONFIG'] || undefined;
  // It must name a directory. If people name the file itself, every other client silently finds nothing.
  const chosen = named === undefined ? undefined : (await isFile(named)) ? named : join(named, 'config.json');
  // As in go-containerregistry: a Docker file in either place makes `$DOCKER_CONFIG` count, even if there is no file there.
  if ((await isFile(inHome)) || (await isFile(chosen))) return chosen ?? inHome;
  const configHome = env['XDG_CONFIG_HOME'] || (home === undefined ? undefined : join(home, '.config'));
  const podman = [
    env['REGISTRY_AUTH_FILE'],
    env['XDG_RUNTIME_DIR'] ? join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json') : undefined,
    configHome === undefined ? undefined : join(configHome, 'containers', 'auth.json'),
  ];
  for (const path of podman) if (await isFile(path)) return path;
  return undefined;
}

// A directory where the file belongs counts as absent, as for Docker.
async function isFile(path: string | undefined): Promise<boolean> {
  if (path === undefined || path === '') return false;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

async function load(file: string): Promise<LoadedConfig | undefined> {
  try {
    return await parse(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw unreadable(file, error);
  }
}

async function loadNamed(path: string): Promise<LoadedConfig> {
  try {
    const isDirectory = (await stat(path)).isDirectory();
    return await parse(isDirectory ? join(path, 'config.json') : path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function parse(file: string): Promise<LoadedConfig> {
  const { size } = await stat(file);
  if (size > maxConfigBytes) throw new OciError('invalid-config', `${file} is larger than 1 MiB`);
  return { ...parseConfigFile(await readFile(file), file), name: file };
}

function unreadable(path: string, error: unknown): OciError {
  if (error instanceof OciError) return error;
  return new OciError('invalid-config', `cannot read the Docker configuration ${path}`, { cause: error });
}
