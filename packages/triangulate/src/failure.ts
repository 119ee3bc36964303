import { isOciError } from 'oci-client-lite';

/** Why something could not be read, as plain data. */
export interface Failure {
  /** `OciErrorCode`. */
  readonly code: string;
  readonly message: string;
  /** How long the registry asked us to wait. */
  readonly retryAfterMs?: number;
}

/** The failure that an error of the client stands for. A programmer's mistake is rethrown. */
export function failureOf(error: unknown): Failure {
  if (!isOciError(error)) throw error;
  const { code, message, retryAfterMs } = error;
  return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
