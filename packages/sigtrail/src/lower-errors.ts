import { isRekorError, type RekorError } from '@sigtrail/rekor/formats';
import { isClaimsError } from '@sigtrail/fulcio-claims/names';
import { isOciError, type OciError } from 'oci-client-lite/names';
import { SigtrailError, type SigtrailErrorCode, withCause } from './error.ts';
import type { Problem } from './report/report.ts';

// What an error of a lower package becomes, and the only place that says so. An error of no lower package is a mistake in code, this package's or a
// caller's: it is thrown as it is, and never told as the state of the world.

/**
 * The error of a registry, of a certificate or of the keys of logs, as this package throws it; its cause is kept. `what` names what could not be done, and `reference` the image
 * that was asked for, for the message.
 *
 * @throws the error itself, where it comes from none of the lower packages
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
 * The failure of a registry or of a log, as a report names it. `causeOf` gives the failure back.
 *
 * @throws the error itself, where it comes from none of the lower packages
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
      return code;
    default:
      return 'registry';
  }
}
