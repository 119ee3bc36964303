import { type HttpResponse, isHttpError } from '@sigtrail/http';
import type { Location } from '@sigtrail/triangulate';
import type { OciErrorCode } from 'oci-client-lite';

/** Why GitHub could not be read. */
export class Refusal extends Error {
  readonly code: OciErrorCode;
  readonly retryAfterMs: number | undefined;
  constructor(code: OciErrorCode, message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Why an answer that is neither a list nor “none” could not be used. */
export function refusalOf({ status, headers, retryAfterMs }: HttpResponse): Refusal {
  const isLimited =
    status === 429 || (status === 403 && (retryAfterMs !== undefined || headers['x-ratelimit-remaining']?.[0] === '0'));
  if (!isLimited)
    return new Refusal(
      codeOf(status),
      `GitHub answered ${status}${status === 401 ? ': is the token still good?' : ''}`,
    );
  const reset = Number(headers['x-ratelimit-reset']?.[0]);
  const message = `GitHub answers no more requests for now (${status}); with a token it answers more`;
  const untilResetMs = Number.isSafeInteger(reset) && reset > 0 ? Math.max(0, reset * 1000 - Date.now()) : undefined;
  return new Refusal('rate-limited', message, retryAfterMs ?? untilResetMs);
}

/** The code of a status. */
export function codeOf(status: number): OciErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  return status >= 500 ? 'server-error' : 'invalid-response';
}

/** A place that could not be read, which is never an absent one. Throws what is not the state of the world. */
export function toUnknown(error: unknown, name: string): Location {
  if (error instanceof Refusal) {
    const { code, message, retryAfterMs } = error;
    return {
      kind: 'github-attestations',
      name,
      answer: 'unknown',
      code,
      message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  if (!isHttpError(error)) throw error;
  const code: OciErrorCode = ['timeout', 'aborted', 'too-large', 'network', 'proxy', 'insecure-http'].includes(
    error.code,
  )
    ? (error.code as OciErrorCode)
    : 'network';
  return { kind: 'github-attestations', name, answer: 'unknown', code, message: error.message };
}
