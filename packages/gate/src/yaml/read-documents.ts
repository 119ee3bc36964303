import { type Document, isScalar, Lexer, parseAllDocuments } from 'yaml';
import { GateError } from '../error.ts';
import { refuseOddLines } from '../text/refuse-odd-lines.ts';
import type { YamlSource } from './yaml-source.ts';

const MAX_DOCUMENTS = 10_000;
// The composer calls itself for each level: a bound keeps hostile input from exhausting the stack. A block's depth is at most its column.
const MAX_FLOW_DEPTH = 100;
const MAX_COLUMN = 500;
const LARGE = 4096;

/**
 * The documents of YAML 1.2 text, JSON included; ones that are empty are left out. Whether keys are unique is left to {@link entriesOf}.
 *
 * @throws GateError `too-deep`, `too-many-documents`, `invalid-yaml`, each with its place
 */
export function readDocuments(source: YamlSource): readonly Document.Parsed[] {
  const { text, file, positionOf } = source;
  refuseOddLines(source);
  refuseDeep(source);
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  // For a text without any document, it returns something other than a list.
  if (!Array.isArray(documents)) return [];
  const [tooMany] = documents.slice(MAX_DOCUMENTS);
  if (tooMany !== undefined)
    throw new GateError('too-many-documents', `has more than ${MAX_DOCUMENTS} documents`, {
      file,
      position: positionOf(tooMany.range[0]),
    });
  for (const { errors } of documents) {
    const [error] = errors;
    if (error !== undefined)
      throw new GateError('invalid-yaml', `not YAML or JSON: ${error.message.replace(/; please use .*$/s, '')}`, {
        file,
        position: positionOf(error.pos[0]),
        cause: error,
      });
  }
  return documents.filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null));
}

/** The lexer keeps no stack, so that it reads what would be too deep to parse. */
function refuseDeep({ text, file, positionOf }: YamlSource): void {
  if (text.length < LARGE && !/[[{-]{2}|\[ |\{ |- -/.test(text)) return;
  let offset = 0;
  let lineStart = 0;
  let flowDepth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '\u0002' || lexeme === '\u0018' || lexeme === '\u001f') continue;
    if (lexeme === '[' || lexeme === '{') flowDepth += 1;
    else if (lexeme === ']' || lexeme === '}') flowDepth = Math.max(0, flowDepth - 1);
    const isTooDeep =
      flowDepth > MAX_FLOW_DEPTH || ((lexeme === '-' || lexeme === '?') && offset - lineStart > MAX_COLUMN);
    const isTooFarIn = /^ +$/.test(lexeme) && offset === lineStart && lexeme.length > MAX_COLUMN && flowDepth === 0;
    if (isTooDeep || isTooFarIn)
      throw new GateError('too-deep', 'is nested too deeply to be read', { file, position: positionOf(offset) });
    const lineEnd = lexeme.lastIndexOf('\n');
    if (lineEnd >= 0) lineStart = offset + lineEnd + 1;
    offset += lexeme.length;
  }
}
