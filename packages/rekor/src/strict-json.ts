import { RekorError } from './error.ts';

/** Bounds of `parseJsonStrict`. */
export interface StrictJsonOptions {
  /** Refused above this many UTF-8 bytes. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Refused when arrays and objects nest deeper. Default 64. */
  readonly maxDepth?: number;
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const DEFAULT_MAX_DEPTH = 64;

/**
 * Parses JSON that everybody reads alike: valid UTF-8 without a byte order mark, no key twice in one object, bounded size and depth.
 * With a key twice, one reader sees the first value and the next reader the last one: a signature would cover both
 * (RFC 8259 §4 leaves it open, RFC 7493 §2.3 forbids it).
 *
 * @throws RekorError `invalid-json` with the path of a duplicate; `too-large`
 * @example parseJsonStrict('{"kind":"dsse","kind":"rekord"}') // throws invalid-json
 */
export function parseJsonStrict(json: Uint8Array | string, options: StrictJsonOptions = {}): unknown {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const size = typeof json === 'string' ? Buffer.byteLength(json) : json.byteLength;
  if (size > maxBytes) {
    throw new RekorError('too-large', `JSON of ${String(size)} bytes is over the limit of ${String(maxBytes)}`);
  }
  const text = typeof json === 'string' ? json : decodeUtf8(json);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the input, which may be a secret or a whole body.
    throw new RekorError('invalid-json', 'not well-formed JSON');
  }
  refuseDuplicateKeys(text, options.maxDepth ?? DEFAULT_MAX_DEPTH);
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RekorError('invalid-json', 'JSON is not valid UTF-8', { cause });
  }
}

/** One open object or array. `keys` is absent for an array. */
interface Level {
  readonly keys?: Set<string>;
  /** The key or index we are in, for the path. */
  at: string | number;
  expectsKey: boolean;
}

/** Walks text that `JSON.parse` accepted: only strings, brackets and commas matter. */
function refuseDuplicateKeys(text: string, maxDepth: number): void {
  const levels: Level[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const level = levels.at(-1);
    switch (text.charCodeAt(index)) {
      case 0x22 /* " */:
        {
          const end = endOfString(text, index);
          if (level?.keys !== undefined && level.expectsKey) enterKey(levels, level.keys, text.slice(index, end + 1));
          index = end;
          break;
        }
      case 0x7b /* { */:
      case 0x5b /* [ */:
        {
          if (levels.length >= maxDepth) {
            throw new RekorError('invalid-json', `JSON nests deeper than ${String(maxDepth)}`, {
              path: pathOf(levels),
            });
          }
          const isObject = text.charCodeAt(index) === 0x7b;
          levels.push(isObject ? { keys: new Set(), at: '', expectsKey: true } : { at: 0, expectsKey: false });
          break;
        }
      case 0x7d /* } */:
      case 0x5d /* ] */:
        levels.pop();
        break;
      case 0x2c /* , */:
        if (level?.keys !== undefined) level.expectsKey = true;
        else if (level !== undefined && typeof level.at === 'number') level.at += 1;
        break;
      default:
    }
  }
}

function enterKey(levels: readonly Level[], keys: Set<string>, quoted: string): void {
  const level = levels.at(-1);
  if (level === undefined) return;
  // "kind" and "\u006bind" are the same key: compare what they decode to.
  const key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  level.at = key;
  level.expectsKey = false;
  if (keys.has(key)) {
    throw new RekorError('invalid-json', `key occurs twice in one object at "${pathOf(levels)}"`, {
      path: pathOf(levels),
    });
  }
  keys.add(key);
}

/** Most of a bundle is a few long strings: they are passed over at the speed of a search, not character by character. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
  return slashes % 2 === 1;
}

function pathOf(levels: readonly Level[]): string {
  // Keys come from the attacker, and paths are printed: short, and without control or formatting characters.
  return levels
    .map(({ at }, depth) =>
      typeof at === 'number' ? `[${String(at)}]` : `${depth === 0 ? '' : '.'}${at.slice(0, 64)}`,
    )
    .join('')
    .slice(0, 256)
    .replaceAll(/\p{C}/gu, '?');
}
