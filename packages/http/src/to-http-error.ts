import type { Deadline } from './deadline.ts';
import { HttpError, isHttpError } from './error.ts';
import { redactUrl } from './redact-url.ts';

/** Where something failed, and within which budget. */
export interface FailedExchange {
  readonly url: URL;
  readonly deadline: Deadline;
}

/** The failure of a connection as an {@link HttpError}. */
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
  if (reason?.endsWith('_TIMEOUT') === true)
    return new HttpError('timeout', `${address.host} did not answer in time`, { url, reason, cause: error });
  const said = reason === undefined ? '' : ` (${reason})`;
  return new HttpError('network', `no answer from ${address.host}${said}`, { url, reason, cause: error });
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

// Happy Eyeballs wraps the failures of all addresses in an AggregateError.
function reasonOf(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    // undici tells what a proxy said in words only.
    const [, proxyStatus] =
      /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/
        .exec(current.message)
        ?.filter((part) => part !== undefined) ?? [];
    if (proxyStatus !== undefined) return `PROXY_${proxyStatus}`;
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}
