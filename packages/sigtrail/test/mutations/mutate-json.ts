import { mutateBytes, mutateDer } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** A document with one thing changed, and a word for what. */
export interface MutatedText {
  readonly text: string;
  readonly what: string;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

/** A change to the value at one place: other values, other spellings of the same, or other text around it. */
type Change = (value: Json, random: Random, root: Json) => { readonly printed: string; readonly what: string };

/** Changes a JSON document at one place, as one who knows what its strings hold would. */
export function mutateJsonText(text: string, random: Random): MutatedText {
  const root = JSON.parse(text) as Json;
  const places = [...pathsOf(root, [])];
  const path = random.pick(places);
  const change = random.pick<Change>([
    changeValue,
    changeValue,
    changeValue,
    changeValue,
    changeSpelling,
    changeMembers,
    changeMembers,
    transplant,
  ]);
  if (random.below(40) === 0) return changeOutside(text, random);
  const { printed, what } = change(valueAt(root, path), random, root);
  return { text: print(root, [], path, printed), what: `${what} at ${path.join('.')}` };
}

function changeOutside(text: string, random: Random): MutatedText {
  const [what, changed] = random.pick([
    ['byte order mark', `\uFEFF${text}`],
    ['second document', `${text}${text}`],
    ['trailing text', `${text}x`],
    ['white space', ` \n\t${text}\r\n`],
    ['in a list', `[${text}]`],
    ['cut off', text.slice(0, random.below(text.length))],
  ] as const);
  return { text: changed, what };
}

const changeValue: Change = (value, random) => {
  if (typeof value === 'string') return changeString(value, random);
  if (typeof value === 'number') {
    const number = random.pick([
      value + 1,
      value - 1,
      -value,
      0,
      value + 0.5,
      value * 2,
      2 ** 53,
      value + 2 ** 32,
      Math.floor(value / 2),
    ]);
    return { printed: String(number), what: 'number changed' };
  }
  const other = random.pick<Json>([null, true, false, 0, 1, '', 'x', [], {}, [value], { value }]);
  return { printed: JSON.stringify(other), what: 'value replaced' };
};

const changeSpelling: Change = (value, random) => {
  const printed = JSON.stringify(value);
  if (typeof value === 'number') {
    const spelled = random.pick([
      `${value}.0`,
      `${value}e0`,
      `0${value}`,
      `+${value}`,
      `"${value}"`,
      `${value}n`,
      '-0',
    ]);
    return { printed: spelled, what: 'number spelled otherwise' };
  }
  if (typeof value === 'string') {
    const spelled = random.pick([
      `"${escaped(value)}"`,
      `'${value}'`,
      printed.replaceAll('/', String.raw`\/`),
      `${printed.slice(0, -1)}\\u0000"`,
      `${printed.slice(0, -1)} "`,
      `" ${printed.slice(1)}`,
      JSON.stringify(value.toUpperCase()),
      /^\d+$/.test(value) ? value : printed,
    ]);
    return { printed: spelled, what: 'string spelled otherwise' };
  }
  return {
    printed: random.pick([`${printed}/* */`, ` ${printed} `, `(${printed})`, printed.replace('}', ',}')]),
    what: 'spelled otherwise',
  };
};

function escaped(text: string): string {
  return Array.from(text, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
}

const changeMembers: Change = (value, random, root) => {
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => JSON.stringify(item));
    const at = random.below(Math.max(items.length, 1));
    const [what, changed] = random.pick([
      ['item doubled', [...items, ...items.slice(at, at + 1)]],
      ['item dropped', items.toSpliced(at, 1)],
      ['items reversed', items.toReversed()],
      ['item added', [...items, random.pick(['null', '{}', '""', '0'])]],
      ['many items', Array.from({ length: 40 }, () => items[at] ?? '{}')],
    ] as const);
    return { printed: `[${changed.join(',')}]`, what };
  }
  if (typeof value !== 'object' || value === null) return changeValue(value, random, root);
  const members = Object.entries(value).map(([key, member]) => [JSON.stringify(key), JSON.stringify(member)] as const);
  const [key, member] = members.length === 0 ? ['"x"', '1'] : random.pick(members);
  const other = random.pick(['null', '{}', '[]', '""', '0', '"AAAA"', member]);
  const [what, changed] = random.pick([
    ['member dropped', members.filter(([name]) => name !== key)],
    ['member doubled', [...members, [key, other] as const]],
    ['member doubled before', [[key, other] as const, ...members]],
    ['unknown member', [...members, ['"somethingElse"', other] as const]],
    ['__proto__', [...members, ['"__proto__"', `{${key}:${member}}`] as const]],
    ['member in other case', members.map((one) => (one[0] === key ? ([key.toUpperCase(), one[1]] as const) : one))],
    ['members reversed', members.toReversed()],
    ['member null', members.map((one) => (one[0] === key ? ([key, 'null'] as const) : one))],
    [
      'key escaped',
      members.map((one) =>
        one[0] === key ? ([`"\\u00${key.charCodeAt(1).toString(16)}${key.slice(2)}`, one[1]] as const) : one,
      ),
    ],
  ] as const);
  return { printed: `{${changed.map(([name, text]) => `${name}:${text}`).join(',')}}`, what };
};

/** The value of another place of the same document: a certificate for a signature, one log entry's proof for another's. */
const transplant: Change = (value, random, root) => {
  const others = [...pathsOf(root, [])]
    .map((path) => valueAt(root, path))
    .filter((other) => typeof other === typeof value);
  return { printed: JSON.stringify(random.pick(others)), what: 'value of another place' };
};

function changeString(text: string, random: Random): { readonly printed: string; readonly what: string } {
  const { value, what } = changeMeaning(text, random);
  return { printed: JSON.stringify(value), what };
}

function changeMeaning(text: string, random: Random): { readonly value: string; readonly what: string } {
  if (text.startsWith('-----BEGIN')) return changePem(text, random);
  if (isJsonObject(text)) {
    const inner = mutateJsonText(text, random);
    return { value: inner.text, what: `JSON inside: ${inner.what}` };
  }
  if (text.includes('\n\n— ')) return changeNote(text, random);
  if (/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text) && text.length % 4 === 0 && !/^[0-9a-f]+$/.test(text))
    return changeBase64(text, random);
  return changeCharacters(text, random);
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{') || text.length < 20) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // bytes that happen to start with a brace
  }
}

function changeBase64(text: string, random: Random): { readonly value: string; readonly what: string } {
  const bytes = Buffer.from(text, 'base64');
  if (random.below(6) === 0) {
    const spelled = random.pick([
      text.replace(/=+$/, ''),
      `${text}=`,
      text.replaceAll('+', '-').replaceAll('/', '_'),
      `${text.slice(0, 4)}\n${text.slice(4)}`,
      `${text} `,
      // The bits behind the last byte carry nothing: another spelling of the same bytes.
      text.endsWith('=') ? text.replace(/[A-Za-z0-9+/](?==*$)/, (last) => nextInAlphabet(last)) : `${text}AA==`,
    ]);
    return { value: spelled, what: 'base64 spelled otherwise' };
  }
  if (bytes[0] === 0x30) {
    const inner = mutateDer(bytes, random);
    return { value: inner.bytes.toString('base64'), what: inner.what };
  }
  if (isJsonObject(bytes.toString('utf8'))) {
    const inner = mutateJsonText(bytes.toString('utf8'), random);
    return { value: Buffer.from(inner.text).toString('base64'), what: `JSON inside: ${inner.what}` };
  }
  if (bytes.subarray(0, 5).toString() === '-----') {
    const inner = changePem(bytes.toString('utf8'), random);
    return { value: Buffer.from(inner.value).toString('base64'), what: inner.what };
  }
  const inner = mutateBytes(bytes, random);
  return { value: inner.bytes.toString('base64'), what: inner.what };
}

function nextInAlphabet(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[(alphabet.indexOf(character) + 1) % 64] ?? 'A';
}

function changePem(text: string, random: Random): { readonly value: string; readonly what: string } {
  const body = /-----BEGIN ([A-Z ]+)-----\n([\s\S]*?)\n-----END/.exec(text);
  if (body === null || random.below(3) === 0) {
    const spelled = random.pick([
      `${text}${text}`,
      text.trimEnd(),
      `x\n${text}`,
      text.replaceAll('\n', '\r\n'),
      text.replace('CERTIFICATE', 'PUBLIC KEY'),
      text.replace('-----END', '----END'),
      `${text}x`,
    ]);
    return { value: spelled, what: 'PEM spelled otherwise' };
  }
  const inner = mutateDer(Buffer.from(body[2] ?? '', 'base64'), random);
  const lines = inner.bytes.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n');
  return { value: `-----BEGIN ${body[1]}-----\n${lines}\n-----END ${body[1]}-----\n`, what: `PEM: ${inner.what}` };
}

/** A signed note (C2SP): lines of text, a blank line, signature lines. */
function changeNote(text: string, random: Random): { readonly value: string; readonly what: string } {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at] ?? '';
  const [what, changed] = random.pick([
    ['note line dropped', lines.toSpliced(at, 1)],
    ['note line doubled', lines.toSpliced(at, 0, line)],
    ['note line changed', lines.with(at, changeCharacters(line, random).value)],
    ['note lines swapped', lines.with(at, lines[(at + 1) % lines.length] ?? '').with((at + 1) % lines.length, line)],
    ['note extended', [...lines, line]],
    ['note line with white space', lines.with(at, `${line} `)],
  ] as const);
  return { value: changed.join('\n'), what };
}

function changeCharacters(text: string, random: Random): { readonly value: string; readonly what: string } {
  const at = random.below(text.length + 1);
  const [what, value] = random.pick([
    [
      'character changed',
      `${text.slice(0, at)}${random.pick(['0', 'a', '/', '.', '\u0000', 'é', ' '])}${text.slice(at + 1)}`,
    ],
    ['character inserted', `${text.slice(0, at)}${random.pick(['0', 'a', '/', '.', '\n'])}${text.slice(at)}`],
    ['cut off', text.slice(0, at)],
    ['empty', ''],
    ['doubled', `${text}${text}`],
    ['in other case', text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()],
  ] as const);
  return { value, what };
}

function* pathsOf(value: Json, path: Path): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value))
    yield* pathsOf(member, [...path, Array.isArray(value) ? Number(key) : key]);
}

function valueAt(value: Json, path: Path): Json {
  let at: Json = value;
  for (const key of path) at = (at as Readonly<Record<string | number, Json>>)[key] ?? null;
  return at;
}

function print(value: Json, here: Path, target: Path, printed: string): string {
  if (here.length === target.length && here.every((key, index) => key === target[index])) return printed;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((item: Json, index) => print(item, [...here, index], target, printed)).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${print(member, [...here, key], target, printed)}`)
    .join(',')}}`;
}
