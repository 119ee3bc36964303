import { isRekorError, type RekorError } from '@sigtrail/rekor/formats';
import { isClaimsError } from '@sigtrail/fulcio-claims/names';
import { isOciError, type OciError } from 'oci-client-lite/names';
import { SigtrailError, type SigtrailErrorCode, withCause } from './error.ts';
import type { Problem } from './report/report.ts';

// The only place that says what an error of a lower package becomes. Any other error is a mistake in code, this package's or a
// caller's: it is thrown unchanged, and never reported as the state of the world.

/**
 * Turns an error about a registry, a certificate or a log's keys into this package's, and keeps it as the cause. For the message, `what` names what could not be done, and
 * `reference` the image that was asked for.
 *
 * @throws the error itself, if it does not come from a lower package
 */
export function toSigtrailError(error: unknown, what: string, reference?: string): SigtrailError {
  if (isClaimsError(error)) return new SigtrailError('invalid-certificate', error.message, { cause: error });
  if (isRekorError(error) && error.code === 'invalid-key') {
    const { message, path } = error;
    return new SigtrailError('invalid-trusted-root', message, {
      cause: error,
      ...(path === undefined ? {} : { path }),
    });
  }
  if (!isOciError(error)) throw error;
  const code = codeOf(error.code);
  const message = code === 'invalid-reference' ? error.message : sentenceOf(error, what, reference);
  return new SigtrailError(code, message, { cause: error });
}

/**
 * Turns the failure of a registry or a log into a problem of a report. `causeOf` gives the failure back.
 *
 * @throws the error itself, if it does not come from a lower package
 */
export function toProblem(error: unknown, what: string, reference?: string): Problem {
  if (!isOciError(error) && !isRekorError(error)) throw error;
  const { retryAfterMs } = error;
  const code = isOciError(error) && error.code === 'not-found' ? 'image-not-found' : error.code;
  const message = sentenceOf(error, what, reference);
  return withCause({ code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }, error);
}

function sentenceOf(error: OciError | RekorError, what: string, reference: string | undefined): string {
  if (reference === undefined || !isOciError(error) || error.code !== 'not-found') return `${what}: ${error.message}`;
  const { status, registryCodes = [], message } = error;
  const why = status === undefined ? message : `the registry answered ${[status, ...registryCodes].join(' ')}`;
  return `${reference} is not there (${why}); check the repository and the tag or digest`;
}

/** A malformed reference is the caller's mistake; an image that is not there is told apart from one that could not be read. */
function codeOf(code: string): SigtrailErrorCode {
  switch (code) {
    case 'invalid-reference':
    case 'invalid-digest':
    case 'invalid-layout':
      return 'invalid-reference';
    case 'not-found':
      return 'image-not-found';
    case 'timeout':
      return code;
    default:
      return 'registry';
  }
}
