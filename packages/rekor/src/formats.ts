// The names of log keys: this entry loads nothing that can open a connection, and no schema.
export { isRekorError, RekorError } from './error.ts';
export type { RekorErrorCode, RekorErrorDetails } from './error.ts';
export { logIdOf, noteKeyId } from './note/log-key.ts';
