import { requireText } from '@sigtrail/encoding';
import { GateError } from '../error.ts';

/**
 * The variables of a `.env` file, as Compose reads them: `NAME=value`, `export` in front, quotes, comments. Variables inside values are not filled in:
 * a value that has one is refused.
 *
 * @throws GateError `invalid-environment-file` with its line
 */
export function parseEnvironmentFile(text: string, file = '.env'): Readonly<Record<string, string>> {
  requireText(text, 'parseEnvironmentFile', 'text');
  requireText(file, 'parseEnvironmentFile', 'file');
  const entries = text
    .replace('\uFEFF', '')
    .split(/\r?\n/)
    .flatMap((line, index): readonly (readonly [string, string])[] => {
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return [];
      const [, name, rest] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:[=:]\s*(.*))?$/.exec(trimmed) ?? [];
      const fault = (message: string): GateError =>
        new GateError('invalid-environment-file', message, { file, position: { line: index + 1, column: 1 } });
      if (name === undefined) throw fault('expected NAME=value');
      // A name alone passes on what the environment has.
      if (rest === undefined) return [];
      return [[name, valueOf(rest, fault)]];
    });
  return Object.fromEntries(entries);
}

function valueOf(text: string, fault: (message: string) => GateError): string {
  const [quote = ''] = text;
  if (quote === "'" || quote === '"') {
    const end = text.indexOf(quote, 1);
    const behind = text.slice(end + 1).trim();
    if (end < 0 || (behind !== '' && !behind.startsWith('#')))
      throw fault('a quoted value ends on its line, with nothing but a comment behind it');
    const inner = text.slice(1, end);
    if (quote === '"' && /[\\$]/.test(inner))
      throw fault('escapes and variables in a value are not read: write it out in single quotes');
    return inner;
  }
  const value = text.replace(/\s+#.*$/, '').trim();
  if (value.includes('$')) throw fault('variables in a value are not filled in: write it out');
  return value;
}
