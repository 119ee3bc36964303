import type { FilledVariable, FindProblemCode } from './found-image.ts';

/** A text with its variables filled in, or why they can't be. */
export type Expanded =
  | { readonly value: string; readonly variables: readonly FilledVariable[] }
  | { readonly problem: FindProblemCode; readonly message: string };

/** The value of a variable, or why it has none that is known. */
export type LookUp = (
  name: string,
) => string | undefined | { readonly problem: FindProblemCode; readonly message: string };

class Unexpandable extends Error {
  readonly problem: FindProblemCode;
  constructor(problem: FindProblemCode, message: string) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Fills in `$NAME`, `${NAME}`, and `${NAME:-default}`, `-`, `:?`, `?`, `:+`, `+`, as Compose and Docker do. A variable that is not set and has no
 * default is a problem, never an empty text: the reference would be another one than the one that runs. A Dockerfile has quotes and an escape character;
 * Compose has neither, and doubles the dollar sign.
 */
export function expandVariables(text: string, lookUp: LookUp, escape?: string): Expanded {
  const variables: FilledVariable[] = [];
  try {
    const reader = { text, at: 0, lookUp, escape, variables, depth: 0 };
    return { value: expandUntil(reader, ''), variables };
  } catch (error) {
    if (error instanceof Unexpandable) return { problem: error.problem, message: error.message };
    throw error;
  }
}

interface Reader {
  readonly text: string;
  at: number;
  readonly lookUp: LookUp;
  /** That of a Dockerfile; none for Compose. */
  readonly escape: string | undefined;
  readonly variables: FilledVariable[];
  depth: number;
}

/** Reads up to the closing brace or quote, or to the end. */
function expandUntil(reader: Reader, closing: '' | '}' | '"'): string {
  const { text, escape } = reader;
  const parts: string[] = [];
  while (reader.at < text.length) {
    const character = text[reader.at] ?? '';
    if (character === closing) return parts.join('');
    if (character === '$') parts.push(readDollar(reader));
    else if (character === escape) parts.push(readEscaped(reader, closing === '"'));
    else if (escape !== undefined && closing !== '"' && (character === '"' || character === "'"))
      parts.push(readQuoted(reader, character));
    else {
      parts.push(character);
      reader.at += 1;
    }
  }
  if (closing !== '')
    throw new Unexpandable(
      'unsupported-expression',
      `${JSON.stringify(text)} does not close its ${closing === '}' ? 'brace' : 'quote'}`,
    );
  return parts.join('');
}

/** Within quotes, an escape before an ordinary character is one itself. */
function readEscaped(reader: Reader, isQuoted: boolean): string {
  const { text, at, escape = '' } = reader;
  const next = text[at + 1] ?? '';
  const isEscape = !isQuoted || next === '"' || next === '$' || next === escape;
  reader.at += isEscape ? 2 : 1;
  return isEscape ? next : escape;
}

function readQuoted(reader: Reader, quote: '"' | "'"): string {
  reader.at += 1;
  if (quote === '"') {
    const inner = expandUntil(reader, quote);
    reader.at += 1;
    return inner;
  }
  const end = reader.text.indexOf(quote, reader.at);
  if (end < 0)
    throw new Unexpandable('unsupported-expression', `${JSON.stringify(reader.text)} does not close its quote`);
  const inner = reader.text.slice(reader.at, end);
  reader.at = end + 1;
  return inner;
}

function readDollar(reader: Reader): string {
  const { text, escape } = reader;
  const rest = text.slice(reader.at);
  if (escape === undefined && rest.startsWith('$$')) {
    reader.at += 2;
    return '$';
  }
  const bare = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(rest);
  if (bare?.[1] !== undefined) {
    reader.at += bare[0].length;
    return valueOf(reader, bare[1]);
  }
  const braced = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+]|\})/.exec(rest);
  const [whole = '', name = '', operator = ''] = braced ?? [];
  if (braced === null)
    throw new Unexpandable(
      'unsupported-expression',
      `${JSON.stringify(rest.slice(0, 80))} is not an expression that is understood here`,
    );
  reader.at += whole.length;
  if (operator === '}') return valueOf(reader, name);
  return readOperand(reader, name, operator);
}

function readOperand(reader: Reader, name: string, operator: string): string {
  reader.depth += 1;
  if (reader.depth > 16) throw new Unexpandable('unsupported-expression', 'its expressions are nested too deeply');
  const known = reader.lookUp(name);
  if (typeof known === 'object') throw new Unexpandable(known.problem, known.message);
  const isSet = known !== undefined && (known !== '' || !operator.startsWith(':'));
  // The alternative that is not chosen is read too, to find its end; an unset variable in it doesn’t matter.
  const isChosen = operator.endsWith('+') ? isSet : !isSet;
  const branch = isChosen ? reader : { ...reader, lookUp: () => '', variables: [] };
  const operand = expandUntil(branch, '}');
  reader.at = branch.at + 1;
  reader.depth -= 1;
  if (operator.endsWith('?')) {
    if (!isSet)
      throw new Unexpandable(
        'unset-variable',
        `${name} is not set${operand === '' ? '' : `: ${operand.slice(0, 200)}`}`,
      );
    return filled(reader, name, known ?? '', 'given');
  }
  if (operator.endsWith('+')) return filled(reader, name, isSet ? operand : '', isSet ? 'given' : 'default');
  return isSet ? filled(reader, name, known ?? '', 'given') : filled(reader, name, operand, 'default');
}

function valueOf(reader: Reader, name: string): string {
  const known = reader.lookUp(name);
  if (typeof known === 'object') throw new Unexpandable(known.problem, known.message);
  if (known === undefined) throw new Unexpandable('unset-variable', `${name} is not set, and has no default`);
  return filled(reader, name, known, 'given');
}

function filled({ variables }: Reader, name: string, value: string, from: FilledVariable['from']): string {
  if (!variables.some((one) => one.name === name)) variables.push({ name, from });
  return value;
}
