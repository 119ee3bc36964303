import { type ImageResult, overall } from './image-result.ts';

/** The page of the step: a line for each image. Text of strangers can't leave its cell. */
export function summaryOf(results: readonly ImageResult[]): string {
  const rows = results.map(({ decision, reference, message, verified, place }) => {
    const where = place === undefined ? '' : `${place.file}:${place.line}`;
    return `| ${[decision, code(reference), code(verified ?? ''), code(where), escape(message)].join(' | ')} |`;
  });
  return [
    `### Sigtrail: ${overall(results)}`,
    '',
    '| decision | image | deploy | named in | why |',
    '|---|---|---|---|---|',
    ...rows,
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
