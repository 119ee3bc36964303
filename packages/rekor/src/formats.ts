// The names of log keys: this entry point loads no schema and nothing that can open a connection.
export type { LogEvidence } from './proof/log-evidence.ts';
export { isRekorError, RekorError } from './error.ts';
export type { RekorErrorCode, RekorErrorDetails } from './error.ts';
export { importPublicKey, rsaFault } from './note/import-public-key.ts';
export { logIdOf, noteKeyId } from './note/log-key.ts';
