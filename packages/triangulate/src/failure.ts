import { isOciError, type OciErrorCode } from 'oci-client-lite';

/** Why a place, or something found in it, could not be read. Open: a later version may have more. */
export type FailureCode = OciErrorCode | (string & {});

/** Why something could not be read, as plain data. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** How long the registry asked us to wait. */
  readonly retryAfterMs?: number;
}

/** Turns an error of the client into a failure. A programmer's mistake is rethrown. */
export function failureOf(error: unknown): Failure {
  if (!isOciError(error)) throw error;
  const { code, message, retryAfterMs } = error;
  return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
