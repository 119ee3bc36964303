import type { Deadline } from './deadline.ts';
import { HttpError, isHttpError } from './error.ts';
import { redactUrl } from './redact-url.ts';
import { isBrokenInstallation, reasonOf } from './failure-reason.ts';
import { whatTlsSays } from './tls-failure.ts';

/** Where an exchange failed, and its time budget. */
export interface FailedExchange {
  readonly url: URL;
  readonly deadline: Deadline;
}

/** The failure of a connection as an {@link HttpError}. @throws any other failure: code that could not be loaded */
export function toHttpError(error: unknown, { url: address, deadline }: FailedExchange): HttpError {
  const url = redactUrl(address);
  if (deadline.signal.aborted) {
    const why = deadline.error(error);
    return new HttpError(why.code, why.message, { url, cause: why.cause });
  }
  const ours = findHttpError(error);
  if (ours !== undefined)
    return ours.url === undefined
      ? new HttpError(ours.code, ours.message, { url, reason: ours.reason, cause: error })
      : ours;
  const reason = reasonOf(error);
  if (isBrokenInstallation(reason)) throw error;
  if (reason?.endsWith('_TIMEOUT') === true)
    return new HttpError('timeout', `${address.host} did not answer in time`, { url, reason, cause: error });
  const code = reason === undefined ? '' : ` (${reason})`;
  const did = whatTlsSays(reason);
  const what = did === undefined ? `no answer from ${address.host}` : `${address.host} ${did}`;
  return new HttpError('network', `${what}${code}`, { url, reason, cause: error });
}

function findHttpError(error: unknown): HttpError | undefined {
  for (
    let current: unknown = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth += 1
  ) {
    if (isHttpError(current)) return current;
  }
  return undefined;
}
