import type { Dockerfile } from 'dockerfile-ast';
import type { TextSpan } from '../../text/place.ts';
import { doubtfulHeredocs } from './doubtful-heredocs.ts';

/** A line that BuildKit reads in another way than other readers do, so that a `FROM` could hide behind it. */
export interface DoubtfulLine {
  readonly span: TextSpan;
  readonly message: string;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/** Instructions that are unknown, and lines of which readers differ in where they end. */
export function doubtfulLines(dockerfile: Dockerfile, text: string): readonly DoubtfulLine[] {
  const heredocs = doubtfulHeredocs(dockerfile, text).map((span) => ({ span, message: HEREDOC }));
  return [...heredocs, ...doubtfulEnds(dockerfile, text)];
}

const HEREDOC = 'readers differ in whether << begins a heredoc here: write it otherwise';

function doubtfulEnds(dockerfile: Dockerfile, text: string): readonly DoubtfulLine[] {
  const escape = dockerfile.getEscapeCharacter() === '`' ? '`' : '\\\\';
  // Newer versions of BuildKit continue a line only after a single escape, and escaped signs don't begin a heredoc.
  const doubtful = new RegExp(`(?:${escape}){2}[ \\t]*$|${escape}<<`);
  const unknown = new Set(
    dockerfile
      .getInstructions()
      .filter((instruction) => !KEYWORDS.has(instruction.getKeyword()))
      .map((instruction) => instruction.getRange().start.line),
  );
  let at = 0;
  return text.split('\n').flatMap((whole, index): readonly DoubtfulLine[] => {
    const line = whole.replace(/\r$/, '');
    const span = { start: at, end: at + line.length };
    at += whole.length + 1;
    if (unknown.has(index)) return [{ span, message: 'this line begins with no instruction that is known here' }];
    if (/^[ \t]*#/.test(line) || !doubtful.test(line)) return [];
    return [
      { span, message: 'readers differ in whether the instruction goes on behind this line: write it otherwise' },
    ];
  });
}
