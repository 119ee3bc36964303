import { checkOptions, expecting, type OptionTable, requireDocument, requireText } from './options.ts';
import { EncodingError } from './error.ts';

/** Bounds of `parseJsonStrict`. All of them hold while the text is scanned, before anything is built from it. */
export interface StrictJsonOptions {
  /** Refused above this many UTF-8 bytes. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Refused when arrays and objects nest deeper. Default 64. */
  readonly maxDepth?: number;
  /** Refused above this many members of objects and elements of arrays in total; an empty object or array counts as one. Default 1,000,000: about 100 MB once they are built. */
  readonly maxMembers?: number;
  /**
   * Refused above this many different keys in the whole text. Default 50,000: each is kept once, and looked up among the others, which takes ten times as
   * long as for a repeated key.
   */
  readonly maxNames?: number;
  /** Keys that a reader in Go looks for. A different key that Go would take for one of them is refused. */
  readonly knownKeys?: KnownKeys;
}

/** The members that a reader knows, to refuse keys that only look like them: `manifeſts`, `Digest`. */
export interface KnownKeys {
  readonly names: readonly string[];
  /** Other spellings that some readers accept for a name, such as protobuf's `tlog_entries` for `tlogEntries`: refused, too. */
  readonly otherSpellings?: Readonly<Record<string, string>>;
  /** Members whose objects are checked like the root. Below any other member, such as `annotations`, keys are free. */
  readonly within: readonly string[];
}

const LIMIT = expecting('a whole number', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const OPTIONS: OptionTable<StrictJsonOptions> = {
  maxBytes: LIMIT,
  maxDepth: LIMIT,
  maxMembers: LIMIT,
  maxNames: LIMIT,
  knownKeys: expecting('the keys that are known', (value) => typeof value === 'object' && value !== null),
};

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_MAX_MEMBERS = 1_000_000;
const DEFAULT_MAX_NAMES = 50_000;

/**
 * Parses JSON that every reader understands in the same way: valid UTF-8 without a byte order mark, no key twice in an object, bounded size, depth and number of
 * members. If a key is repeated, one reader sees the first value and another the last, and a signature covers both
 * (RFC 8259 §4 leaves it open, RFC 7493 §2.3 forbids it).
 *
 * @throws EncodingError `invalid-json` with the path of a duplicate, a look-alike or the depth; `too-large`
 * @example parseJsonStrict('{"kind":"dsse","kind":"rekord"}') // throws invalid-json
 */
export function parseJsonStrict(json: Uint8Array | string, options: StrictJsonOptions = {}): unknown {
  requireDocument(json, 'parseJsonStrict', 'json');
  checkOptions(options, OPTIONS, 'parseJsonStrict');
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  const size = typeof json === 'string' ? Buffer.byteLength(json) : json.byteLength;
  if (size > maxBytes)
    throw new EncodingError('too-large', `JSON of ${String(size)} bytes is over the limit of ${String(maxBytes)}`);
  const text = typeof json === 'string' ? json : decodeUtf8(json);
  scan(text, options);
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

/** The parser's own error quotes the input, so it is not kept as the cause. */
function malformed(): EncodingError {
  return new EncodingError('invalid-json', 'not well-formed JSON');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new EncodingError('invalid-json', 'JSON is not valid UTF-8', { cause });
  }
}

/** An open object or array. */
interface Level {
  readonly isObject: boolean;
  /** Whether its keys are free text. */
  readonly isFree: boolean;
  /** The bits of the known names that it has. */
  seen: number;
  /** Its other keys, once there is one. */
  others?: Set<string>;
  /** The current key or index, for the path. */
  at: string | number;
  expectsKey: boolean;
}

/** Only strings, brackets and commas matter; `JSON.parse` finds everything else that is wrong with the text. */
function scan(
  text: string,
  {
    maxDepth = DEFAULT_MAX_DEPTH,
    maxMembers = DEFAULT_MAX_MEMBERS,
    maxNames = DEFAULT_MAX_NAMES,
    knownKeys,
  }: StrictJsonOptions,
): void {
  const spellings = knownKeys === undefined ? undefined : spellingsOf(knownKeys);
  const levels: Level[] = [];
  const names = new Set<string>();
  let level: Level | undefined;
  let members = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22 /* " */:
        {
          const end = endOfString(text, index);
          if (level?.isObject === true && level.expectsKey) {
            enterKey(levels, level, text.slice(index + 1, end), spellings, names);
            if (names.size > maxNames) throw tooMany(maxNames, 'different keys', levels);
          }
          index = end;
          break;
        }
      case 0x7b /* { */:
      case 0x5b /* [ */:
        {
          if (levels.length >= maxDepth) throw refusal(`JSON nests deeper than ${String(maxDepth)}`, levels);
          // A bracket opens the first element, and each comma a further one. An empty array or object counts as one, too, since it is built as well.
          members += 1;
          if (members > maxMembers) throw tooMany(maxMembers, 'members', levels);
          const isFree: boolean =
            level !== undefined &&
            (level.isFree || (typeof level.at === 'string' && knownKeys?.within.includes(level.at) !== true));
          const isObject = text.charCodeAt(index) === 0x7b;
          level = { isObject, isFree, seen: 0, at: isObject ? '' : 0, expectsKey: isObject };
          levels.push(level);
          break;
        }
      case 0x7d /* } */:
      case 0x5d /* ] */:
        levels.pop();
        level = levels.at(-1);
        break;
      case 0x2c /* , */:
        members += 1;
        if (members > maxMembers) throw tooMany(maxMembers, 'members', levels);
        if (level?.isObject === true) level.expectsKey = true;
        else if (typeof level?.at === 'number') level.at += 1;
        break;
      default:
    }
  }
}

/** Adds a key, as written between its quotes, to its object and to the different keys of the text. */
function enterKey(
  levels: readonly Level[],
  level: Level,
  written: string,
  spellings: Spellings | undefined,
  names: Set<string>,
): void {
  // "kind" and "\u006bind" are the same key: compare what they decode to.
  const key = written.includes('\\') ? decodeString(`"${written}"`) : written;
  level.at = key;
  level.expectsKey = false;
  names.add(key);
  const isFree = spellings === undefined || level.isFree;
  const bit = isFree ? undefined : spellings.bits.get(key);
  if (bit !== undefined) {
    // Most keys are written as they should be. A different spelling does not get past the check below.
    if ((level.seen & bit) !== 0) throw twice(levels, isFree);
    level.seen |= bit;
    return;
  }
  const folded = isFree ? key : foldKey(key);
  const alike = isFree ? undefined : spellings.alike.get(folded);
  if (alike !== undefined && !alike.includes(key))
    throw refusal(`key that other readers take for "${alike[0]}"`, levels, 'at');
  level.others ??= new Set();
  if (level.others.has(folded)) throw twice(levels, isFree);
  level.others.add(folded);
}

function twice(levels: readonly Level[], isFree: boolean): EncodingError {
  return refusal(`key occurs twice in one object${isFree ? '' : ', if only in another case'}`, levels, 'at');
}

function refusal(why: string, levels: readonly Level[], where?: 'at'): EncodingError {
  const path = pathOf(levels);
  return new EncodingError('invalid-json', where === undefined ? why : `${why} at "${path}"`, { path });
}

function tooMany(most: number, what: string, levels: readonly Level[]): EncodingError {
  return new EncodingError('too-large', `JSON has more than ${String(most)} ${what}`, { path: pathOf(levels) });
}

/** The names of a list, prepared for looking up each key of a text. */
interface Spellings {
  /** The names by what they fold to. */
  readonly alike: ReadonlyMap<string, readonly string[]>;
  /** A bit for each folded name, as far as the bits of a number go: an object whose keys are all known needs no set. */
  readonly bits: ReadonlyMap<string, number>;
}

const SPELLINGS = new WeakMap<KnownKeys, Spellings>();

/**
 * The names by their folded spelling, computed once for each list, since a format's list is a constant. Two names may fold to the same: `keyId` and `keyid`
 * are members of different objects.
 */
function spellingsOf(known: KnownKeys): Spellings {
  const found = SPELLINGS.get(known);
  if (found !== undefined) return found;
  const { names, otherSpellings = {} } = known;
  const alike = new Map<string, string[]>();
  for (const name of names) alike.set(foldKey(name), [...(alike.get(foldKey(name)) ?? []), name]);
  for (const [other, name] of Object.entries(otherSpellings)) alike.set(foldKey(other), [name]);
  const bits = [...alike]
    .map(([folded, same]) => same.filter((name) => foldKey(name) === folded))
    .slice(0, 31)
    .flatMap((same, at) => same.map((name) => [name, 1 << at] as const));
  const spellings = { alike, bits: new Map(bits) };
  SPELLINGS.set(known, spellings);
  return spellings;
}

function decodeString(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw malformed();
  }
}

/** Most of a bundle is a few long strings, which are skipped at the speed of a search rather than character by character. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end === -1) throw malformed();
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
  return slashes % 2 === 1;
}

function pathOf(levels: readonly Level[]): string {
  // Keys come from the attacker and paths are printed, so they are shortened and lose control and formatting characters.
  return levels
    .map(({ at }, depth) =>
      typeof at === 'number' ? `[${String(at)}]` : `${depth === 0 ? '' : '.'}${at.slice(0, 64)}`,
    )
    .join('')
    .slice(0, 256)
    .replaceAll(/\p{C}/gu, '?');
}

/**
 * The spelling under which Go's `encoding/json` finds a member of a struct: case-insensitive by Unicode's simple folding, so that Go reads `Digest` and
 * `manifeſts` as `digest` and `manifests`. Folds slightly more than Go, which can only make two keys look alike: to Go, `dıgest`
 * is a key of its own, since the dotless `ı` has no simple folding, but here it counts as `digest`.
 */
export function foldKey(key: string): string {
  requireText(key, 'foldKey', 'key');
  if (ASCII.test(key)) return key.toLowerCase();
  // Code point by code point: a letter that grows when its case changes (ß, İ) has no simple folding and stays as it is.
  return Array.from(key, (letter) => {
    const upper = letter.toUpperCase();
    const folded = (upper.length === letter.length ? upper : letter).toLowerCase();
    return folded.length === letter.length ? folded : letter;
  }).join('');
}

const ASCII = /^[\0-\x7f]*$/;
