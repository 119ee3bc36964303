import { readVariables } from '../../files/environment-file.ts';
import type { FindContext, NeighbourFile } from '../find-context.ts';

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
