import { hostInFiles, isLocation, isPrefix, type RegistryRoute, type RouteHost } from '../registry/route.ts';
import { readTomlFile, type TomlTable } from './toml-file.ts';
import { shown, type TomlReader, tomlReader } from './toml-reader.ts';

/** What reading a file needs besides the file. */
export interface FileContext {
  /** Whether the caller, too, allows plain http for a `host[:port]`. */
  readonly isInsecure: (host: string) => boolean;
  /** Called with each setting that is ignored, and its place. */
  readonly warn: (text: string) => void;
}

const ofShortNames = ['unqualified-search-registries', 'short-name-mode', 'aliases'] as const;
const ofMirrors = ['location', 'insecure', 'pull-from-mirror'] as const;
const ofRegistries = ['prefix', 'location', 'insecure', 'blocked', 'mirror', 'mirror-by-digest-only'] as const;
const pulls: ReadonlyMap<string, 'all' | 'digests' | 'tags'> = new Map([
  ['all', 'all'],
  ['digest-only', 'digests'],
  ['tag-only', 'tags'],
]);

/**
 * Reads Podman's `registries.conf` in version 2 of its format (containers-registries.conf(5)). Settings for short names are ignored, with a warning: here, a name without
 * a registry is Docker Hub's, whatever a file says.
 *
 * @throws OciError `invalid-config` with line and column, for all that can't be followed
 */
export async function readRegistriesConf(file: string, context: FileContext): Promise<readonly RegistryRoute[]> {
  const reader = tomlReader(file);
  const root = await readTomlFile(file);
  const version1 = root.entries.get('registries');
  if (version1 !== undefined)
    throw reader.refuse(version1.at, '[registries] is version 1 of the format; version 2 has [[registry]]');
  reader.refuseOthers(root, ['registry', ...ofShortNames], 'in registries.conf');
  for (const key of ofShortNames) {
    const entry = root.entries.get(key);
    if (entry !== undefined)
      context.warn(
        `${reader.placeOf(entry.at)}: ${shown(key)} is ignored: a name without a registry is Docker Hub’s here`,
      );
  }
  const routes = reader.tables(root, 'registry').map((table) => readRegistry(table, reader, context));
  for (const [index, { prefix, from }] of routes.entries()) {
    const first = routes.findIndex((other) => other.prefix === prefix);
    if (first !== index)
      throw reader.refuse(
        reader.tables(root, 'registry')[index]?.at ?? root.at,
        `${shown(prefix)} appears twice, first at ${routes[first]?.from ?? from}; Podman would only use one of the two`,
      );
  }
  return routes;
}

function readRegistry(table: TomlTable, reader: TomlReader, context: FileContext): RegistryRoute {
  reader.refuseOthers(table, ofRegistries, 'for a registry');
  const from = reader.placeOf(table.at);
  const location = locationOf(table, reader);
  const prefix = prefixOf(table, reader) ?? location;
  if (prefix === undefined) throw reader.refuse(table.at, 'a registry needs a "prefix" or a "location"');
  // Podman rewrites a wildcard only if there is a location; without it the reference stays as it is.
  if (location === undefined && !prefix.startsWith('*.'))
    throw reader.refuse(table.at, 'a registry needs a "location", unless its prefix begins with *.');
  checkInsecure(table, location ?? prefix, reader, context);
  const digestsOnly = reader.boolean(table, 'mirror-by-digest-only') === true;
  const mirrors = reader.tables(table, 'mirror').map((one) => readMirror(one, digestsOnly, reader, context));
  const isBlocked = reader.boolean(table, 'blocked') === true;
  return {
    prefix,
    from,
    ...(isBlocked ? { blocked: true } : {}),
    ...(mirrors.length === 0 ? {} : { mirrors }),
    ...(location === undefined || location === prefix ? {} : { server: { from, location } }),
  };
}

function readMirror(table: TomlTable, digestsOnly: boolean, reader: TomlReader, context: FileContext): RouteHost {
  reader.refuseOthers(table, ofMirrors, 'for a mirror');
  const location = locationOf(table, reader);
  if (location === undefined) throw reader.refuse(table.at, 'a mirror needs a "location"');
  checkInsecure(table, location, reader, context);
  const text = reader.text(table, 'pull-from-mirror');
  const at = table.entries.get('pull-from-mirror')?.value.at ?? table.at;
  const pull = text === undefined || text === '' ? undefined : pulls.get(text);
  if (text !== undefined && text !== '' && pull === undefined)
    throw reader.refuse(at, `"pull-from-mirror" must be all, digest-only or tag-only, not ${shown(text)}`);
  if (pull !== undefined && digestsOnly)
    throw reader.refuse(at, '"pull-from-mirror" and "mirror-by-digest-only" exclude each other');
  return { from: reader.placeOf(table.at), location, reads: pull ?? (digestsOnly ? 'digests' : 'all') };
}

function prefixOf(table: TomlTable, reader: TomlReader): string | undefined {
  const text = placeIn(table, 'prefix', isPrefix, 'host[:port][/path] or *.domain, without a tag or a digest', reader);
  const host = text?.split('/', 1)[0] ?? '';
  return text === undefined ? undefined : `${hostInFiles(host)}${text.slice(host.length)}`;
}

function locationOf(table: TomlTable, reader: TomlReader): string | undefined {
  return placeIn(table, 'location', isLocation, 'host[:port][/path], without a scheme', reader);
}

function placeIn(
  table: TomlTable,
  key: string,
  isPlace: (text: string) => boolean,
  expected: string,
  reader: TomlReader,
): string | undefined {
  const text = reader.text(table, key)?.replace(/\/+$/, '');
  if (text === undefined || text === '') return undefined;
  if (text === '*' || !isPlace(text))
    throw reader.refuse(
      table.entries.get(key)?.value.at ?? table.at,
      `${shown(key)} must be ${expected}; it is ${shown(text)}`,
    );
  return text;
}

// Podman would use plain http, and accept any certificate. Only the former is ever done here, and only for hosts that the caller names.
function checkInsecure(table: TomlTable, location: string, reader: TomlReader, context: FileContext): void {
  if (reader.boolean(table, 'insecure') !== true) return;
  const host = location.split('/', 1)[0] ?? '';
  if (!context.isInsecure(host))
    throw reader.refuse(
      table.entries.get('insecure')?.at ?? table.at,
      `"insecure" asks for plain http at ${host}, which is only allowed if "insecureRegistries" names ${host}, too`,
    );
}
