import { isRekorError } from '@sigtrail/rekor/formats';
import { isClaimsError } from '@sigtrail/fulcio-claims/extensions';
import { isOciError } from 'oci-client-lite/names';
import { SigtrailError, type SigtrailErrorCode } from './error.ts';
import type { Problem } from './report/report.ts';

// What an error of a lower package becomes, and the only place that says so. An error of no lower package is a mistake in code, this package's or a
// caller's: it is thrown as it is, and never told as the state of the world.

/**
 * The error of a registry or of a certificate, as this package throws it; its cause is kept. `what` names what could not be done, for the message.
 *
 * @throws the error itself, where it is of no lower package
 */
export function toSigtrailError(error: unknown, what: string): SigtrailError {
  if (isClaimsError(error)) return new SigtrailError('invalid-certificate', error.message, { cause: error });
  if (!isOciError(error)) throw error;
  const code = codeOf(error.code);
  const message = code === 'invalid-reference' ? error.message : `${what}: ${error.message}`;
  return new SigtrailError(code, message, { cause: error });
}

/**
 * The failure of a registry or of a log, as a report names it.
 *
 * @throws the error itself, where it is of no lower package
 */
export function toProblem(error: unknown, what: string): Problem {
  if (!isOciError(error) && !isRekorError(error)) throw error;
  const { message, retryAfterMs } = error;
  const code = isOciError(error) && error.code === 'not-found' ? 'image-not-found' : error.code;
  return { code, message: `${what}: ${message}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Of a registry: what cannot be a reference is the caller's, what is not there is told apart from what could not be read. */
function codeOf(code: string): SigtrailErrorCode {
  switch (code) {
    case 'invalid-reference':
    case 'invalid-digest':
    case 'invalid-layout':
      return 'invalid-reference';
    case 'not-found':
      return 'image-not-found';
    case 'timeout':
    case 'aborted':
      return code;
    default:
      return 'registry';
  }
}
