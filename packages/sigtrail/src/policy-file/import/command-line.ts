import { optionError } from '@sigtrail/encoding';

/** The values of each flag, in order. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** The flags that a command has. */
export interface KnownFlags {
  /** Its name in errors. */
  readonly command: string;
  readonly known: ReadonlySet<string>;
  /** The flags without a value. */
  readonly booleans: ReadonlySet<string>;
  readonly short: Readonly<Record<string, string>>;
}

/** The words of a command line, which is given as a text or as words. */
export function wordsOf(command: string | readonly string[]): string[] {
  return (typeof command === 'string' ? splitWords(command) : [...command]).filter((word) => word !== '');
}

/** Separates flags from operands. @throws TypeError `invalid-command` for flags that the command doesn't have */
export function readFlags(
  words: readonly string[],
  { command, known, booleans, short }: KnownFlags,
): { readonly flags: Flags; readonly operands: readonly string[] } {
  const flags = new Map<string, string[]>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    const [, dashes, given = '', inline] = /^(--?)([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === undefined) {
      operands.push(word);
      continue;
    }
    const name = dashes === '-' ? (short[given] ?? '') : given;
    if (!known.has(name))
      throw optionError('invalid-command', `${word} is not a flag of ${command} that can be imported`);
    const value = inline ?? (booleans.has(name) ? 'true' : words[++at]);
    if (value === undefined) throw optionError('invalid-command', `${word} has no value`);
    flags.set(name, [...(flags.get(name) ?? []), value]);
  }
  return { flags, operands };
}

/** Whether a flag without a value was given, unless as `=false`. */
export function isOn(flags: Flags, name: string): boolean {
  const value = flags.get(name)?.at(-1);
  return value !== undefined && /^(?:1|t|true)$/i.test(value);
}

/** The words of a shell line: quotes and backslashes, nothing that a shell would expand. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, spaced] of line
    .replaceAll(/\\\r?\n/g, ' ')
    .matchAll(/((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/gs)) {
    words.push(
      (spaced ?? '').replaceAll(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
        (_, double?: string, single?: string, escaped?: string) =>
          double === undefined ? (single ?? escaped ?? '') : double.replaceAll(/\\(["\\$`])/g, '$1'),
      ),
    );
  }
  return words;
}
