import { type ImageResult, overall } from './image-result.ts';

// The summary of a step takes one mebibyte, and none of a longer text.
const MAX_CHARACTERS = 240 * 1024;

/** The page of the step: a line for each image. Text of strangers can't leave its cell. */
export function summaryOf(results: readonly ImageResult[]): string {
  let characters = 0;
  const rows = results.map(({ decision, reference, message, verified, place }) => {
    const where = place === undefined ? '' : `${place.file}:${place.line}`;
    return `| ${[decision, code(reference), code(verified ?? ''), code(where), escape(message)].join(' | ')} |`;
  });
  const shown = rows.filter((row) => (characters += row.length + 1) <= MAX_CHARACTERS);
  return [
    `### Sigtrail: ${overall(results)}`,
    '',
    '| decision | image | deploy | named in | why |',
    '|---|---|---|---|---|',
    ...shown,
    ...(shown.length < rows.length ? ['', `${rows.length - shown.length} more images are left out.`] : []),
    '',
  ].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `<code>${escape(text)}</code>`;
}

/** Only what has a meaning in a cell of GitHub's Markdown, and characters that can't be seen. */
function escape(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replaceAll(/[&<>|\\`*_[\]~@#!]/g, (one) => `&#${one.codePointAt(0)};`);
}
