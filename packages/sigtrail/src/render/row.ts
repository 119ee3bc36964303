import { shownText } from './safe-text.ts';

/** A name and the text under it; without a name, it continues the text before. */
export type Row = readonly [name: string, text: string];

export function row(name: string, text: string): Row {
  return [name, text];
}

/** The row as a line of a summary, with text of strangers escaped. */
export function rowToLine([name, text]: Row): string {
  return `  ${name.padEnd(11)} ${shownText(text)}`;
}
