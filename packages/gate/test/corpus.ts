import { readFileSync } from 'node:fs';

/** The kinds of files in the corpus. */
export const CORPUS_KINDS = ['kubernetes', 'rendered', 'compose', 'dockerfile', 'workflow', 'devcontainer'] as const;

/** A file of the corpus. */
export interface CorpusFile {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** The files of one kind. `(crlf)` and `(bom)` in a heading say how a file is written. */
export function corpusOf(kind: (typeof CORPUS_KINDS)[number]): readonly CorpusFile[] {
  const whole = readFileSync(new URL(`corpus/${kind}.txt`, import.meta.url), 'utf8');
  return whole
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      const heading = section.slice(0, end);
      const body = section.slice(end + 1);
      const lines = heading.includes('(crlf)') ? body.replaceAll('\n', '\r\n') : body;
      return {
        name: /^\S+/.exec(heading)?.[0].replace(/:$/, '') ?? '',
        title: heading,
        text: `${heading.includes('(bom)') ? '\uFEFF' : ''}${lines}`,
      };
    });
}
