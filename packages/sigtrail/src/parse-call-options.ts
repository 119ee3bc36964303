import { type CheckOption, optionError, type OptionTable } from '@sigtrail/encoding';
import type { BundleCallOptions, CallOptions, ImageCallOptions, NamedCallOptions } from './options.ts';
import type { ManyOptions } from './many/image-outcome.ts';
import { assertKeys } from './policy/parse-options.ts';
import { parseTime } from './policy/time-bounds.ts';
import type { TrackOptions } from './track/track-image.ts';
import type { TrackRepositoryOptions } from './track/track-repository.ts';
import type { WatchOptions } from './track/watch-images.ts';

// Every door of a verifier reads its options here, before anything is loaded or requested: a misspelt option must never be
// ignored. `{ Platforms: 'each' }` would otherwise verify an index for the sake of one of its platforms.

const CALL: OptionTable<CallOptions> = {
  signal: (value, name) => {
    if (!(value instanceof AbortSignal)) refuse(name, 'an AbortSignal', value);
  },
  timeoutMs: checkTimeout,
  deadline: (value, name) => {
    if (typeof value === 'string') parseTime(value, name);
    else if (!(value instanceof Date)) refuse(name, 'a point in time: a Date, or an RFC 3339 string', value);
    else if (Number.isNaN(value.getTime())) refuse(name, 'a valid Date', value);
  },
  repositories: checkText,
  tagPrefix: checkText,
};

const BUNDLE: OptionTable<BundleCallOptions> = {
  signal: CALL.signal,
  timeoutMs: CALL.timeoutMs,
  deadline: CALL.deadline,
};

const NAMED: OptionTable<NamedCallOptions> = {
  ...CALL,
  github: checkGithub,
  signedName: (value, name) => {
    if (typeof value !== 'function' && value !== 'any' && value !== 'repository' && value !== 'exact')
      refuse(name, '"any", "repository", "exact" or a function', value);
  },
};

const IMAGE: OptionTable<ImageCallOptions> = {
  ...NAMED,
  platforms: (value, name) => {
    if (value === 'each') return;
    if (!Array.isArray(value) || value.length === 0) refuse(name, '"each" or a list like ["linux/amd64"]', value);
    for (const platform of value as readonly unknown[])
      if (typeof platform !== 'string' || !/^[^/\s]+(?:\/[^/\s]+){1,2}$/.test(platform))
        throw optionError(
          'invalid-option',
          `"${name}" must be platforms like linux/amd64, got ${JSON.stringify(platform)}`,
        );
  },
  inherit: (value, name) => {
    if (value === true) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      refuse(name, 'true, or { index } with the reference of an index', value);
    assertKeys(value, ['index'], name);
    if (!('index' in value) || typeof value.index !== 'string' || value.index === '')
      refuse(`${name}.index`, 'the reference of an index', 'index' in value ? value.index : undefined);
  },
};

const MANY: OptionTable<ManyOptions> = {
  ...IMAGE,
  journal: (value, name) => {
    if (typeof value === 'string') {
      checkText(value, name);
      return;
    }
    assertKeys(value, ['file', 'code'], name);
    const { file, code } = value as Readonly<Record<string, unknown>>;
    checkText(file, `${name}.file`);
    if (code !== undefined) checkText(code, `${name}.code`);
  },
  onProgress: (value, name) => {
    if (typeof value !== 'function') refuse(name, 'a function', value);
  },
};

const TRACK: OptionTable<TrackOptions> = {
  ...CALL,
  logs: checkLogs,
  scanEntries: (value, name) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) refuse(name, 'a number of entries, 0 or more', value);
  },
  platforms: checkBoolean,
};

const positive: CheckOption = (value, name) => {
  if (!Number.isSafeInteger(value) || (value as number) <= 0) refuse(name, 'a positive number', value);
};

const TRACK_REPOSITORY: OptionTable<TrackRepositoryOptions> = {
  ...TRACK,
  tags: checkTexts,
  limit: positive,
  tagPageSize: positive,
  maxTagPages: positive,
};

const WATCH: OptionTable<WatchOptions> = {
  ...CALL,
  images: checkTexts,
  // The monitor of the log client checks their elements.
  identities: checkList,
  expected: checkList,
  logs: checkLogs,
  scan: checkBoolean,
  from: (value, name) => {
    if (value !== 'now' && !(Number.isSafeInteger(value) && (value as number) >= 0))
      refuse(name, '"now" or an index', value);
  },
  store: (value, name) => {
    if (typeof value !== 'object' || value === null) refuse(name, 'a store, such as createFileStore(directory)', value);
  },
  sinks: checkList,
};

/** Options of a call about a bundle. @throws TypeError `unknown-option`, `invalid-option` */
export const parseBundleOptions = (given: BundleCallOptions): BundleCallOptions => parse(given, BUNDLE);
/** Options of `inspect`. @throws TypeError `unknown-option`, `invalid-option` */
export const parseCallOptions = (given: CallOptions): CallOptions => parse(given, CALL);
/** Options of a call about attestations. @throws TypeError `unknown-option`, `invalid-option` */
export const parseNamedOptions = (given: NamedCallOptions): NamedCallOptions => parse(given, NAMED);
/** Options of a call about an image. @throws TypeError `unknown-option`, `invalid-option` */
export const parseImageOptions = (given: ImageCallOptions): ImageCallOptions => withPlatforms(parse(given, IMAGE));
/** Options of `verifyMany`. @throws TypeError `unknown-option`, `invalid-option` */
export const parseManyOptions = (given: ManyOptions): ManyOptions => withPlatforms(parse(given, MANY));
/** Refuses an option that needs `platforms` without it. @throws TypeError `invalid-option` */
const withPlatforms = <T extends Pick<ImageCallOptions, 'inherit' | 'platforms'>>(options: T): T => {
  if (options.inherit === true && options.platforms === undefined)
    throw optionError(
      'invalid-option',
      '"inherit: true" belongs to "platforms"; for one manifest, name its index: { index }',
    );
  return options;
};
/** Options of `track`. @throws TypeError `unknown-option`, `invalid-option` */
export const parseTrackOptions = (given: TrackOptions): TrackOptions => parse(given, TRACK);
/** Options of `trackRepository`. @throws TypeError `unknown-option`, `invalid-option` */
export const parseRepositoryOptions = (given: TrackRepositoryOptions): TrackRepositoryOptions =>
  parse(given, TRACK_REPOSITORY);
/** Options of `watch`. @throws TypeError `unknown-option`, `invalid-option` */
export const parseWatchOptions = (given: WatchOptions): WatchOptions => {
  const options = parse(given, WATCH);
  for (const name of ['images', 'store', 'sinks'] as const)
    if (options[name] === undefined) throw optionError('invalid-option', `"${name}" is required`);
  return options;
};

/** Which options belong to a call rather than to the verifier that answers it. */
export const IMAGE_CALL_KEYS: readonly string[] = Object.keys(IMAGE);
export const NAMED_CALL_KEYS: readonly string[] = Object.keys(NAMED);
export const CALL_KEYS: readonly string[] = Object.keys(CALL);
export const TRACK_KEYS: readonly string[] = Object.keys(TRACK);

/** Where GitHub keeps attestations; `discover/github-attestations.ts` makes use of it. @throws TypeError `unknown-option`, `invalid-option` */
function checkGithub(value: unknown, name: string): void {
  assertKeys(value, ['repository', 'owner', 'token', 'apiUrl'], name);
  const { repository, owner, token, apiUrl } = value as Readonly<Record<string, unknown>>;
  if ((repository === undefined) === (owner === undefined))
    refuse(name, 'an object with one of repository and owner', value);
  if (repository !== undefined && !isName(repository, /^[\w.-]+\/[\w.-]+$/))
    refuse(`${name}.repository`, 'owner/name', repository);
  if (owner !== undefined && !isName(owner, /^[\w.-]+$/)) refuse(`${name}.owner`, 'a name', owner);
  // Never shown: it is a secret.
  if (token !== undefined && !isName(token, /^[\x21-\x7e]+$/))
    throw optionError('invalid-option', `"${name}.token" must be a token`);
  if (apiUrl !== undefined && !isBase(apiUrl))
    refuse(`${name}.apiUrl`, 'an http(s) URL without user, query and fragment', apiUrl);
}

/** An address that a path can be appended to. After a query or a fragment it would not be a path, and the answer would be about something else. */
function isBase(value: unknown): boolean {
  const url = typeof value === 'string' && !/[?#]/.test(value) ? URL.parse(value) : null;
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
}

/** `..` would make the address point somewhere else. */
function isName(value: unknown, shape: RegExp): boolean {
  return typeof value === 'string' && shape.test(value) && !/(?:^|\/)\.\.?(?:\/|$)/.test(value);
}

/** A deadline: whole milliseconds. Above 2^31-1 Node's timers fire at once. @throws TypeError `invalid-option` */
export function checkTimeout(value: unknown, name: string): void {
  if (!Number.isSafeInteger(value) || (value as number) <= 0 || (value as number) > 2 ** 31 - 1)
    refuse(name, 'a positive number of milliseconds', value);
}

/** Checks a list of logs to ask. @throws TypeError `unknown-option`, `invalid-option` */
export function checkLogs(value: unknown, name: string): void {
  for (const [at, log] of checkList(value, name).entries()) {
    const place = `${name}[${at}]`;
    assertKeys(log, ['url', 'log', 'version'], place);
    const { url, log: id, version } = log as Readonly<Record<string, unknown>>;
    checkText(url, `${place}.url`);
    if (id !== undefined) checkText(id, `${place}.log`);
    if (version !== undefined && version !== 1 && version !== 2) refuse(`${place}.version`, '1 or 2', version);
  }
}

/** A copy, so that changing the object afterwards changes nothing. An option with the value `undefined` counts as not given. */
function parse<T extends object>(given: T, table: OptionTable<T>): T {
  assertKeys(given, Object.keys(table), 'options');
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of present) table[name as keyof T](value, name, 'options');
  return Object.fromEntries(present) as T;
}

function checkText(value: unknown, name: string): void {
  if (typeof value !== 'string') refuse(name, 'a string', value);
}

function checkBoolean(value: unknown, name: string): void {
  if (typeof value !== 'boolean') refuse(name, 'true or false', value);
}

function checkList(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(name, 'a list', value);
  return value as readonly unknown[];
}

function checkTexts(value: unknown, name: string): void {
  for (const [at, text] of checkList(value, name).entries()) checkText(text, `${name}[${at}]`);
}

function refuse(name: string, expected: string, value: unknown): never {
  throw optionError('invalid-option', `"${name}" must be ${expected}, got ${describeValue(value)}`);
}

/** What the caller gave, in a few words. An object may hold a secret, so only its kind is said. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : value === undefined ? 'nothing' : `a ${typeof value}`;
}
