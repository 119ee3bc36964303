import type { ImageResult } from './image-result.ts';

/** The line that makes a runner show a result at its place in a file. What is fine needs none. */
export function annotationOf({ decision, reference, message, place }: ImageResult): string | undefined {
  if (decision === 'verified' || decision === 'built') return undefined;
  const level = decision === 'warned' ? 'warning' : decision === 'excepted' ? 'notice' : 'error';
  const where =
    place === undefined
      ? []
      : [
          ['file', place.file],
          ['line', String(place.line)],
          ['endLine', String(place.endLine)],
          ['col', String(place.column)],
          ['endColumn', String(place.endColumn)],
        ];
  const properties = [...where, ['title', `${decision}: ${reference}`]]
    .map(([name, value = '']) => `${name}=${escapeProperty(value)}`)
    .join(',');
  return `::${level} ${properties}::${escapeData(message)}`;
}

/** A line that fails the step. */
export function errorLine(message: string): string {
  return `::error ::${escapeData(message)}`;
}

// As `@actions/core` escapes them: a line break in the text of a stranger would otherwise begin a command of the stranger's.
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
