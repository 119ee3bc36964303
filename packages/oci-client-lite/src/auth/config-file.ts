import { z } from 'zod';
import { nullable } from '../content/descriptor.ts';
import { OciError } from '../error.ts';
import { placeOfJsonError } from './json-place.ts';
import { isReservedHeader, isUserHeader } from './user-header.ts';

/** The parts of a Docker `config.json`, a Podman `auth.json` or a Kubernetes pull secret that this client reads. */
export interface ConfigFile {
  readonly auths?: Readonly<Record<string, unknown>> | undefined;
  readonly credHelpers?: Readonly<Record<string, string>> | undefined;
  readonly credsStore?: string | undefined;
  readonly HttpHeaders?: Readonly<Record<string, string>> | undefined;
}

const mapOf = <T>(value: z.ZodType<T>): z.ZodType<Readonly<Record<string, T>> | undefined> =>
  nullable(z.record(z.string(), value));
// An entry with `null` counts as missing, as in other clients, and doesn't spoil the others.
const withoutNulls = <T>(
  map: Readonly<Record<string, T | null>> | undefined,
): Readonly<Record<string, T>> | undefined =>
  map && (Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null)) as Readonly<Record<string, T>>);
const header = z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]);

const configSchema: z.ZodType<ConfigFile> = z.object({
  auths: mapOf(z.unknown()).transform(withoutNulls),
  credHelpers: mapOf(z.nullable(z.string())).transform(withoutNulls),
  credsStore: nullable(z.string()),
  HttpHeaders: mapOf(header).transform(withoutNulls),
});
const ownKeys = ['auths', 'credHelpers', 'credsStore', 'HttpHeaders'] as const;

/** Reads a configuration from bytes. @throws OciError `invalid-config` */
export function parseConfigFile(bytes: Uint8Array, name: string): ConfigFile {
  return readConfig(parseOwnFile(bytes, name), name);
}

/**
 * Reads a configuration that is already parsed: Docker's or Podman's file, the content of a Kubernetes secret (`.dockerconfigjson`,
 * `.dockercfg`), or the whole secret.
 *
 * @throws OciError `invalid-config`, which never quotes a value
 */
export function readConfig(value: unknown, name: string): ConfigFile {
  const result = configSchema.safeParse(unwrap(value, name) ?? {});
  if (!result.success) {
    const where = result.error.issues[0]?.path.slice(0, 2).map(String).join('.').slice(0, 100) ?? '';
    const at = where === '' ? 'it must be a JSON object' : `at ${where}`;
    throw new OciError('invalid-config', `${name} is not a Docker configuration (${at})`);
  }
  return { ...result.data, HttpHeaders: checkHeaders(result.data.HttpHeaders, name) };
}

function unwrap(value: unknown, name: string): unknown {
  if (!isRecord(value)) return value;
  for (const secret of [value, value['stringData'], value['data']]) {
    if (!isRecord(secret)) continue;
    if (Object.hasOwn(secret, '.dockerconfigjson')) return decode(secret['.dockerconfigjson'], name);
    if (Object.hasOwn(secret, '.dockercfg')) return { auths: decode(secret['.dockercfg'], name) };
  }
  // The file format before Docker 1.7, which is still a type of secret: just the map of hosts.
  const entries = Object.values(value);
  const isFlat =
    entries.length > 0 &&
    !ownKeys.some((key) => Object.hasOwn(value, key)) &&
    entries.every((entry) => isRecord(entry) && ('auth' in entry || 'username' in entry));
  return isFlat ? { auths: value } : value;
}

// `data` of a secret is base64, `stringData` is the text, and a client library may have parsed either.
function decode(content: unknown, name: string): unknown {
  if (typeof content !== 'string') return content;
  const text = content.trimStart().startsWith('{') ? content : Buffer.from(content, 'base64').toString('utf8');
  return parseOwnFile(Buffer.from(text), name);
}

function checkHeaders(
  headers: Readonly<Record<string, string>> | undefined,
  name: string,
): Readonly<Record<string, string>> | undefined {
  if (headers === undefined) return undefined;
  const kept = Object.entries(headers).filter(([key]) => !isReservedHeader(key));
  for (const [key, value] of kept) {
    if (!isUserHeader(key, value))
      throw new OciError('invalid-config', `${name} has an entry in HttpHeaders that is not a valid header`);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept.map(([key, value]) => [key.toLowerCase(), value]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the user's own file: a byte order mark and a repeated key are read as Docker reads them, and an empty file counts as missing. The text may hold secrets, so the parser's
 * error is not kept as the cause.
 */
function parseOwnFile(bytes: Uint8Array, name: string): unknown {
  const text = readText(bytes, name);
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const hint = /^\s*[~./\\]?[\w.~/\\:-]*[/\\][\w.~/\\:-]*\s*$/.test(text)
      ? '; the variable must hold the JSON itself, but it looks like a path'
      : '';
    throw new OciError('invalid-config', `${name} is not JSON: ${placeOfJsonError(text)}${hint}`);
  }
}

function readText(bytes: Uint8Array, name: string): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new OciError(
      'invalid-config',
      `${name} is in UTF-16, as PowerShell’s “>” writes it, and must be JSON in UTF-8: save it again in UTF-8`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OciError('invalid-config', `${name} is not JSON in UTF-8`);
  }
}
