/** Where something stands in a text, counted from 1; a column is a UTF-16 code unit, as editors and SARIF count. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A part of a text, by the offsets of its code units: from `start` up to, and without, `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** A file as it begins a line of text: a name can't pass for a command to the runner of GitHub Actions, which looks behind blanks, too. */
export function shownFile(file: string): string {
  return /^\s*(?:::|##\[)/.test(file) ? `./${file}` : file;
}

/** A line of text without what the runner of GitHub Actions takes for a command wherever it stands in a line. */
export function withoutCommands(line: string): string {
  return line.replaceAll('##[', '## [');
}

/** Finds the place of an offset. */
export type PositionOf = (offset: number) => TextPosition;

/** Reads where the lines of a text begin, once, and finds the place of any offset in it. Lines end with LF or CRLF. */
export function positionsIn(text: string): PositionOf {
  const starts = lineStarts(text);
  return (offset) => {
    const line = lineOf(starts, offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** The offset at which each line begins. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
