import type { Dockerfile, Instruction } from 'dockerfile-ast';
import { lineStarts, type TextSpan } from '../../text/place.ts';
import { spanIn } from './sources.ts';

const TAKES_HEREDOCS: ReadonlySet<string> = new Set(['ADD', 'COPY', 'RUN', 'ONBUILD']);
/** A word that every reader takes for the beginning of a heredoc. */
const PLAIN = /^<<(-?)(?:[A-Za-z_][\w.-]*|"[A-Za-z_][\w.-]*"|'[A-Za-z_][\w.-]*')$/;
/** Signs of a heredoc that begin a word for those who split at every blank. */
const SIGNS = /(?:^|[\s\u0085])\d*<<(?!<)/;

/**
 * Instructions that begin a heredoc for one reader and not for another. BuildKit splits at blanks outside quotes and escapes, the parser used here at
 * every blank: in `RUN echo "a <<b"` it would take the lines below for a heredoc's text, and a `FROM` among them would be lost.
 */
export function doubtfulHeredocs(dockerfile: Dockerfile, text: string): readonly TextSpan[] {
  const starts = lineStarts(text);
  const escape = dockerfile.getEscapeCharacter();
  return dockerfile
    .getInstructions()
    .filter((instruction) => TAKES_HEREDOCS.has(instruction.getKeyword()))
    .map((instruction: Instruction) => spanIn(instruction.getRange(), starts, 0))
    .filter(({ start, end }) => isDoubtful(text.slice(start, end), escape));
}

function isDoubtful(instruction: string, escape: string): boolean {
  if (!SIGNS.test(instruction)) return false;
  // A list in JSON, a substitution, and a line that begins with the signs behind one that goes on.
  if (/^(?:ONBUILD\s+)?\w+\s+(?:--\S+\s+)*\[|\$\{(?!\w+\})|\n[ \t]*\d*<</i.test(instruction)) return true;
  const beginning = wordsOf(instruction.replaceAll(/\n[ \t]*#[^\n]*/g, '\n'), escape).filter((word) =>
    SIGNS.test(word),
  );
  const dashes = new Set(beginning.map((word) => PLAIN.exec(word)?.[1]));
  return dashes.size > 1 || dashes.has(undefined);
}

/** As BuildKit splits them: quotes, and a blank behind an escape, don't end a word; the end of a line that goes on does. */
function wordsOf(instruction: string, escape: string): readonly string[] {
  const sign = escape === '`' ? '`' : '\\\\';
  const joined = instruction.replaceAll(new RegExp(`${sign}[ \\t]*\\r?\\n`, 'g'), ' ');
  const word = new RegExp(`(?:"(?:[^"${sign}]|${sign}[^])*"?|'[^']*'?|${sign}[^]|[^ \\t\\r\\n"'${sign}])+`, 'g');
  return joined.match(word) ?? [];
}
