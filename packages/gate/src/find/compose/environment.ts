import { resolve } from 'node:path';
import { isGateError } from '../../error.ts';
import { readVariables } from '../../files/environment-file.ts';
import { type FindContext, neighbourContext, type NeighbourFile, problemFound } from '../find-context.ts';
import type { LookUp } from '../expand-variables.ts';
import type { FoundImage } from '../found-image.ts';

/** Puts the variables of the `.env` beside a Compose file under those that are known. @throws GateError */
export function withDotEnv(context: FindContext): FindContext {
  const beside = context.readNeighbour?.(context.file, '.env');
  return beside === undefined ? context : withEnvironmentFile(context, beside);
}

/** Puts the variables of an environment file under those that are known. @throws GateError */
export function withEnvironmentFile(context: FindContext, { file, text }: NeighbourFile): FindContext {
  const variables = readVariables(text, file, context.variables);
  return { ...context, variables: (name) => context.variables(name) ?? variables.get(name) };
}

/** The `.env` that Compose reads where it is started in the top folder, and not beside the file. @throws GateError */
export function dotEnvOfTop(context: FindContext): NeighbourFile | undefined {
  const top = context.readNeighbour?.('', '.env');
  const beside = context.readNeighbour?.(context.file, '.env');
  return top !== undefined && beside !== undefined && resolve(top.file) === resolve(beside.file) ? undefined : top;
}

/** The variables of a project. One that depends on the folder in which Compose is started can't be told. @throws GateError */
export function withDotEnvs(context: FindContext, top: NeighbourFile | undefined): FindContext {
  const startedBeside = withDotEnv(context);
  if (top === undefined) return startedBeside;
  const above = variablesFromAbove(context, top);
  return {
    ...context,
    variables: (name) => {
      const beside = startedBeside.variables(name);
      const other = above(name);
      if (typeof beside === 'object' || beside === other) return beside;
      if (typeof other === 'object') return other;
      const message = `${name} has another value where docker compose is started beside ${top.file}: set it with --env`;
      return { problem: 'unsupported-expression', message };
    },
  };
}

/** The variables where Compose is started in the top folder. A file that can't be read matters only where a variable is used that it may set. @throws GateError for the `.env` beside the file */
function variablesFromAbove(context: FindContext, top: NeighbourFile): LookUp {
  let started: FindContext;
  try {
    started = withEnvironmentFile(context, top);
  } catch (error) {
    if (!isGateError(error)) throw error;
    return (name) =>
      context.variables(name) ?? { problem: 'invalid-file', message: `${name} may be set here: ${error.message}` };
  }
  return withDotEnv(started).variables;
}

/** A `.env` that makes Compose read other files than those it would find, unless the environment says which. */
export function findOtherFiles(context: FindContext, { file, text }: NeighbourFile): readonly FoundImage[] {
  const line = /^[ \t\uFEFF]*(?:export[ \t]+)?COMPOSE_FILE[ \t]*[=:][ \t]*\S.*$/m.exec(text);
  if (line === null || typeof context.variables('COMPOSE_FILE') === 'string') return [];
  const message =
    'docker compose reads the files that COMPOSE_FILE names: give these files to the gate, and set it with --env';
  const span = { start: line.index, end: line.index + line[0].length };
  return [
    problemFound(neighbourContext(context, { file, text }, 'compose'), '', span, 'unsupported-expression', message),
  ];
}
