import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const WORDS: readonly (readonly [pattern: RegExp, format: Format])[] = [
  [/^(?:VERIFIED|ACCEPTED|PROVEN|HOLDS)(?= )/, ['bold', 'green']],
  [/^(?:REJECTED|REFUSED|UNPROVEN|DOES NOT HOLD)(?= )/, ['bold', 'red']],
  [/^(?:INDETERMINATE|UNDECIDED|ASSERTED)(?= )/, ['bold', 'yellow']],
  [/^warning:/, 'yellow'],
  [/^note:/, 'dim'],
  [/^sigtrail:/, 'red'],
  [/(?<=^ *)✓(?= )/, 'green'],
  [/(?<=^ *)✗(?= )/, 'red'],
  [/(?<=^ *)\?(?= )/, 'yellow'],
  // The name of a row.
  [/(?<=^ {2})(?=[a-z])[a-z ]{11}(?= \S)/, 'dim'],
];

/** Colours the words of a text that say what it means. The text is escaped already: no colour of a stranger's comes through. */
export function paint(text: string): string {
  return text.replaceAll(/[^\n]+/g, paintLine);
}

function paintLine(line: string): string {
  const found = WORDS.find(([pattern]) => pattern.test(line));
  if (found === undefined) return line;
  const [pattern, format] = found;
  return line.replace(pattern, (word) => styleText(format, word, { validateStream: false }));
}

/** Breaks lines that a terminal has no room for, at spaces, below the text that they go on with. A word is never broken: it may be a digest or an address to copy. */
export function fit(text: string, columns: number): string {
  return text.replaceAll(/[^\n]+/g, (line) => (line.length <= columns ? line : fitLine(line, columns)));
}

function fitLine(line: string, columns: number): string {
  const [start = ''] = /^(?: {2}[a-z ]{11} | *(?:[✓✗?–] )?)/.exec(line) ?? [];
  const indent = ' '.repeat(Math.min(start.length || 2, Math.floor(columns / 2)));
  const lines: string[] = [];
  let current = start;
  let isEmpty = true;
  for (const word of line.slice(start.length).split(' ')) {
    if (!isEmpty && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = isEmpty ? `${current}${word}` : `${current} ${word}`;
    isEmpty = false;
  }
  return [...lines, current].join('\n');
}
