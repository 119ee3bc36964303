import { requireText } from '@sigtrail/encoding';
import { GateError } from '../error.ts';
import { expandVariables, type LookUp } from '../find/expand-variables.ts';

/**
 * The variables of a `.env` file, as Compose reads them: `NAME=value`, `export` in front, quotes, comments. Variables inside values are not filled in:
 * a value that has one is refused.
 *
 * @throws GateError `invalid-environment-file` with its line
 */
export function parseEnvironmentFile(text: string, file = '.env'): Readonly<Record<string, string>> {
  requireText(text, 'parseEnvironmentFile', 'text');
  requireText(file, 'parseEnvironmentFile', 'file');
  const entries = linesOf(text, file).map(({ name, value, isLiteral, fault }) => {
    if (!isLiteral && value.includes('$')) throw fault('variables in a value are not filled in: write it out');
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The variables of a `.env` file with those in their values filled in: from what is known already, else from the lines above. One that can't be told is
 * a problem only where it is used.
 *
 * @throws GateError `invalid-environment-file` with its line
 */
export function readVariables(text: string, file: string, known: LookUp): ReadonlyMap<string, ReturnType<LookUp>> {
  const values = new Map<string, ReturnType<LookUp>>();
  const lookUp: LookUp = (name) => known(name) ?? values.get(name);
  for (const { name, value, isLiteral } of linesOf(text, file)) {
    const expanded = isLiteral ? { value } : expandVariables(value, lookUp);
    values.set(
      name,
      'problem' in expanded ? { ...expanded, message: `${name} in ${file}: ${expanded.message}` } : expanded.value,
    );
  }
  return values;
}

interface EnvironmentLine {
  readonly name: string;
  readonly value: string;
  /** Written in single quotes: a dollar sign is one. */
  readonly isLiteral: boolean;
  readonly fault: (message: string) => GateError;
}

function linesOf(text: string, file: string): readonly EnvironmentLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index): readonly EnvironmentLine[] => {
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return [];
      const [, name, rest] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:[=:]\s*(.*))?$/.exec(trimmed) ?? [];
      const fault = (message: string): GateError =>
        new GateError('invalid-environment-file', message, { file, position: { line: index + 1, column: 1 } });
      if (ODD.test(line)) throw fault('has a character that readers take for a blank, or for a part of the value');
      if (name === undefined || name === 'export') throw fault('expected NAME=value');
      // A name alone passes on what the environment has.
      if (rest === undefined) return [];
      return [{ name, value: valueOf(rest, fault), isLiteral: rest.startsWith("'"), fault }];
    });
}

// Control characters but tabs, and blanks that are no ASCII.
const ODD = /[^\P{Cc}\t]|[\u00a0\u2028\u2029\ufeff]|(?! )\p{Zs}/u;

function valueOf(text: string, fault: (message: string) => GateError): string {
  const [quote = ''] = text;
  if (quote !== "'" && quote !== '"') return text.replace(/\s+#.*$/, '').trim();
  const end = text.indexOf(quote, 1);
  const behind = text.slice(end + 1).trim();
  if (end < 0 || (behind !== '' && !behind.startsWith('#')))
    throw fault('a quoted value ends on its line, with nothing but a comment behind it');
  const inner = text.slice(1, end);
  if (quote === '"' && inner.includes('\\'))
    throw fault('escapes in a value are not read: write it out in single quotes');
  return inner;
}
