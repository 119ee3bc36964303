import { requireText } from './options.ts';

/**
 * The documents of JSON lines, if a text has more than one line and each begins and ends an object. Any other text is a single document, whatever its layout.
 * Nothing is parsed: the reader of each document checks it.
 */
export function splitJsonLines(text: string): readonly string[] {
  requireText(text, 'splitJsonLines', 'text');
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length > 1 && lines.every((line) => line.startsWith('{') && line.endsWith('}')) ? lines : [text];
}
