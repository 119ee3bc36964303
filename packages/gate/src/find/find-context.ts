import { isGateError } from '../error.ts';
import type { PositionOf, TextSpan } from '../text/place.ts';
import {
  type FileKind,
  type FindProblemCode,
  type FoundImage,
  type ImageExtras,
  imageAt,
  placeOf,
  problemAt,
} from './found-image.ts';
import type { LookUp } from './expand-variables.ts';
import { lineStarts, positionsIn } from '../text/place.ts';

/** A file that another one names. */
export interface NeighbourFile {
  readonly file: string;
  readonly text: string;
}

/** Reads a file that `from` names, or a file of the top folder if `from` is empty; `undefined` if it doesn't exist. @throws GateError if it exists and can't or may not be read */
export type ReadNeighbour = (from: string, path: string) => NeighbourFile | undefined;

/** How a file is read. */
export interface FindOptions {
  /** Its name: for places, and to tell what it is. */
  readonly file?: string | undefined;
  /** What it is; told by its name and its contents otherwise. */
  readonly kind?: FileKind | undefined;
  /** The variables that Compose fills in. Those of the `.env` beside a Compose file are under them. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Names of variables that are set where Compose runs, and that files may not fill in: those of a job can be secrets, and a filled-in image is shown and asked for. Such
   * a place is a problem, never another value. `environment` comes first.
   */
  readonly withheld?: readonly string[] | undefined;
  /** Whether the `.env` beside this file counts. Compose leaves it out where it is given another one. Default: true. */
  readonly dotEnv?: boolean | undefined;
  /** The values of `docker build --build-arg`. */
  readonly buildArguments?: Readonly<Record<string, string | undefined>> | undefined;
  /** For `extends`, `include`, `build` and the files that a devcontainer names. Without it they are reported as problems. */
  readonly readNeighbour?: ReadNeighbour | undefined;
}

/** Arguments of a build, by name: each a text, or why it can't be told. */
export type BuildArguments = Readonly<Record<string, ReturnType<LookUp>>>;

/** One file while it is read. */
export interface FindContext {
  readonly file: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly positionOf: PositionOf;
  readonly readNeighbour?: ReadNeighbour | undefined;
  /** Whether the `.env` beside the given file counts. */
  readonly readsDotEnv: boolean;
  /** The variables of Compose. */
  readonly variables: LookUp;
  /** What a build is given for the `ARG`s of a Dockerfile. */
  readonly buildArguments: BuildArguments;
  /** Names that a build takes from elsewhere, whatever images are called so. */
  readonly namedContexts: ReadonlySet<string>;
  /** The files that led here. */
  readonly trail: readonly string[];
  /** Files read so far, in all. */
  readonly budget: { files: number };
}

/** Begins to read a file. */
export function contextOf(text: string, kind: FileKind, options: FindOptions): FindContext {
  const { file = 'text', buildArguments = {}, dotEnv = true, readNeighbour } = options;
  return {
    file,
    kind,
    text,
    positionOf: positionsIn(text),
    readNeighbour,
    readsDotEnv: dotEnv,
    variables: variablesOf(options),
    buildArguments,
    namedContexts: new Set(),
    trail: [file],
    budget: { files: 0 },
  };
}

function variablesOf({ environment = {}, withheld = [] }: FindOptions): LookUp {
  const names = new Set(withheld);
  return (name) => {
    if (Object.hasOwn(environment, name) && environment[name] !== undefined) return environment[name];
    // Compose sets it by itself, from the folder or the file, before it fills anything in.
    if (name === 'COMPOSE_PROJECT_NAME')
      return {
        problem: 'unsupported-expression',
        message: `${name} is set by docker compose itself: give its value with --env`,
      };
    if (!names.has(name)) return undefined;
    return {
      problem: 'withheld-variable',
      message: `${name} is set here, but withheld from files: give its value if they may have it`,
    };
  };
}

/** The same for a file that this one names. */
export function neighbourContext(context: FindContext, { file, text }: NeighbourFile, kind: FileKind): FindContext {
  return { ...context, file, kind, text, positionOf: positionsIn(text), trail: [...context.trail, file] };
}

/** An image by its text in the file. */
export function foundAt(
  context: FindContext,
  path: string,
  span: TextSpan,
  named: string,
  extras: ImageExtras = {},
): FoundImage {
  const isElsewhere = context.trail.length > 1;
  return imageAt(placeOf(context, path, span), named, {
    ...extras,
    ...(isElsewhere ? { unpinnable: 'comes-from-elsewhere' as const } : {}),
  });
}

/** What can't be told, at its place. */
export function problemFound(
  context: FindContext,
  path: string,
  span: TextSpan,
  problem: FindProblemCode,
  message: string,
): FoundImage {
  return problemAt(placeOf(context, path, span), problem, message);
}

/** What is built from other files, at its place. */
export function builtFound(context: FindContext, path: string, span: TextSpan, message: string): FoundImage {
  return { ...placeOf(context, path, span), outcome: 'built', message };
}

const MAX_FILES = 200;
const MAX_TRAIL = 16;

/** Reads a file that this one names, or says at its place why not. */
export function readNamedFile(
  context: FindContext,
  path: string,
  span: TextSpan,
  name: string,
): NeighbourFile | FoundImage {
  if (context.budget.files >= MAX_FILES || context.trail.length >= MAX_TRAIL)
    return problemFound(
      context,
      path,
      span,
      'too-many-files',
      `more files lead to ${JSON.stringify(name)} than are read`,
    );
  context.budget.files += 1;
  try {
    const neighbour = context.readNeighbour?.(context.file, name);
    return (
      neighbour ??
      problemFound(context, path, span, 'unreadable-file', `${JSON.stringify(name)} can't be read from here`)
    );
  } catch (error) {
    if (!isGateError(error)) throw error;
    return problemFound(context, path, span, 'unreadable-file', error.message);
  }
}

/** A JSON Pointer with one more step (RFC 6901). */
export function under(path: string, step: string | number): string {
  return `${path}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The first line of a text, for what concerns all of it. */
export function firstLine(text: string): TextSpan {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const [, next = text.length] = lineStarts(text);
  return { start, end: Math.max(start, text.slice(0, next).trimEnd().length) };
}
