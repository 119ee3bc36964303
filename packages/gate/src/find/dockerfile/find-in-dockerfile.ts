import dockerfileAst, { type Dockerfile, type From, type Instruction } from 'dockerfile-ast';
import { GateError } from '../../error.ts';
import { lineStarts, type TextSpan } from '../../text/place.ts';
import { contextName } from '../context-name.ts';
import { expandVariables, type LookUp } from '../expand-variables.ts';
import { type FindContext, firstLine, foundAt, problemFound } from '../find-context.ts';
import type { FoundImage, UnpinnableCode } from '../found-image.ts';
import { doubtfulLines } from './doubtful-lines.ts';
import { globalArguments } from './global-arguments.ts';
import { type NamedSource, sourcesOf, spanIn } from './sources.ts';

const MAX_CHARACTERS = 2 * 1024 * 1024;

/**
 * The images that a Dockerfile builds from: of `FROM`, `COPY --from`, `RUN --mount=from=` and its `# syntax` directive. Stages and `scratch` are not images.
 *
 * @throws GateError
 */
export function findInDockerfile(context: FindContext): readonly FoundImage[] {
  const { text, file, positionOf } = context;
  if (text.length > MAX_CHARACTERS)
    throw new GateError('too-large', `has more than ${MAX_CHARACTERS} characters`, { file });
  const loneReturn = /\r(?!\n)/.exec(text);
  if (loneReturn !== null)
    throw new GateError(
      'not-text',
      'has a carriage return without a line feed: readers differ in where the line ends',
      {
        file,
        position: positionOf(loneReturn.index),
      },
    );
  // A byte-order mark is not part of the first instruction.
  const shift = text.startsWith('\uFEFF') ? 1 : 0;
  const dockerfile = dockerfileAst.DockerfileParser.parse(text.slice(shift));
  const source: DockerfileSource = { context, dockerfile, starts: lineStarts(text.slice(shift)), shift };
  const doubts = doubtfulLines(dockerfile, text.slice(shift)).map(({ span, message }) =>
    problemFound(context, '', { start: span.start + shift, end: span.end + shift }, 'unsupported-expression', message),
  );
  const found = [...findSyntax(source), ...findInInstructions(source), ...doubts];
  if (dockerfile.getFROMs().length > 0) return found;
  return [...found, problemFound(context, '', firstLine(text), 'unknown-document', 'this Dockerfile has no FROM')];
}

interface DockerfileSource {
  readonly context: FindContext;
  readonly dockerfile: Dockerfile;
  readonly starts: readonly number[];
  readonly shift: number;
}

/** The frontend that BuildKit fetches and runs before it reads anything else of the file. */
function findSyntax({ context, dockerfile, starts, shift }: DockerfileSource): readonly FoundImage[] {
  const argument = context.buildArguments['BUILDKIT_SYNTAX'];
  if (argument !== undefined) return [syntaxArgument(context, argument)];
  return [...otherSyntax(context), ...hashSyntax(context, dockerfile, starts, shift)];
}

/** The argument of a build that takes the place of what the file says. */
function syntaxArgument(context: FindContext, argument: NonNullable<ReturnType<LookUp>>): FoundImage {
  const span = firstLine(context.text);
  if (typeof argument === 'object') return problemFound(context, '/syntax', span, argument.problem, argument.message);
  const [image = ''] = argument.trim().split(' ');
  return foundAt(context, '/syntax', span, image, { unpinnable: 'interpolated' });
}

/** BuildKit looks for its frontend behind `//`, in JSON and behind a `#!` line, too. */
function otherSyntax(context: FindContext): readonly FoundImage[] {
  const found =
    /^\uFEFF?(?:#![^\n]*\n)?\s*(?:\/\/\s*syntax\s*=|\{[^]*?"syntax"\s*:|(?<=#![^\n]*\n\s*)#\s*syntax\s*=)[^\n]*/i.exec(
      context.text,
    );
  if (found === null) return [];
  const span = { start: 0, end: found[0].length };
  return [
    problemFound(
      context,
      '/syntax',
      span,
      'unsupported-expression',
      'this names a frontend in a way that is not read here: write # syntax=… on the first line',
    ),
  ];
}

function hashSyntax(
  context: FindContext,
  dockerfile: Dockerfile,
  starts: readonly number[],
  shift: number,
): readonly FoundImage[] {
  return dockerfile
    .getDirectives()
    .filter((directive) => directive.getName().toLowerCase() === 'syntax')
    .map((directive) => {
      const span = spanIn(directive.getValueRange(), starts, shift);
      return foundAt(context, '/syntax', span, context.text.slice(span.start, span.end));
    });
}

function findInInstructions(source: DockerfileSource): readonly FoundImage[] {
  const stages: string[] = [];
  let count = 0;
  const lookUp = globalArguments(source.dockerfile, source.context.buildArguments);
  return source.dockerfile.getInstructions().flatMap((instruction, index): readonly FoundImage[] => {
    if (isFrom(instruction)) {
      const found = findFrom(source, instruction, `/${index}/FROM`, lookUp, stages);
      const name = instruction.getBuildStage();
      if (name !== null) stages.push(name.toLowerCase());
      count += 1;
      return found;
    }
    return sourcesOf(instruction).flatMap((named) =>
      findSource(source, named, `/${index}/${instruction.getKeyword()}`, stages, count),
    );
  });
}

function isFrom(instruction: Instruction): instruction is From {
  return instruction.getKeyword() === 'FROM';
}

function findFrom(
  { context, dockerfile, starts, shift }: DockerfileSource,
  from: From,
  path: string,
  lookUp: LookUp,
  stages: readonly string[],
): readonly FoundImage[] {
  const range = from.getImageRange();
  if (range === null)
    return [
      problemFound(context, path, spanIn(from.getRange(), starts, shift), 'no-image', 'this FROM names no image'),
    ];
  const span = spanIn(range, starts, shift);
  const escape = dockerfile.getEscapeCharacter();
  const written = withoutContinuations(context.text.slice(span.start, span.end), escape);
  const expanded = expandVariables(written, lookUp, escape);
  if ('problem' in expanded) return [problemFound(context, path, span, expanded.problem, expanded.message)];
  const { value, variables } = expanded;
  if (value === 'scratch' || stages.includes(value.toLowerCase()) || isNamedContext(context, value)) return [];
  if (value === '') return [problemFound(context, path, span, 'no-image', `${written} is empty`)];
  const unpinnable = whyNotPinned(context, span, written, value);
  return [
    foundAt(context, path, span, value, {
      ...(variables.length === 0 ? {} : { variables }),
      ...(unpinnable === undefined ? {} : { unpinnable }),
    }),
  ];
}

/** The text of an instruction that goes on behind the ends of its lines, and over comments between them. */
function withoutContinuations(text: string, escape: string): string {
  return text.includes('\n') ? text.replaceAll(escape === '`' ? BACKTICK_END : BACKSLASH_END, '') : text;
}

const BACKTICK_END = /`[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*/g;
const BACKSLASH_END = /\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*/g;

/** Whether the build takes what is called so from elsewhere. */
function isNamedContext({ namedContexts }: FindContext, name: string): boolean {
  return namedContexts.size > 0 && namedContexts.has(contextName(name));
}

function whyNotPinned(
  { text }: FindContext,
  span: TextSpan,
  written: string,
  value: string,
): UnpinnableCode | undefined {
  if (value !== written) return written.includes('$') ? 'interpolated' : 'escaped';
  return text.slice(span.start, span.end) === value ? undefined : 'several-lines';
}

function findSource(
  { context, starts, shift }: DockerfileSource,
  { name, range, isQuoted }: NamedSource,
  path: string,
  stages: readonly string[],
  count: number,
): readonly FoundImage[] {
  const span = spanIn(range, starts, shift);
  if (name.includes('$') || isQuoted)
    return [
      problemFound(
        context,
        path,
        span,
        'unsupported-expression',
        `${JSON.stringify(name)}: BuildKit fills no variables in here, and quotes are not read; name a stage`,
      ),
    ];
  const isStage = stages.includes(name.toLowerCase()) || (/^\d+$/.test(name) && Number(name) < count);
  if (isStage || name === 'scratch' || name === '' || isNamedContext(context, name)) return [];
  const isWhole = context.text.slice(span.start, span.end) === name;
  return [foundAt(context, path, span, name, isWhole ? {} : { unpinnable: 'several-lines' })];
}
