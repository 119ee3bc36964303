import { type HttpErrorCode, type HttpResponse, isHttpError, redactUrl } from '@sigtrail/http';
import { OciError, type OciErrorCode } from './error.ts';

const codes: Readonly<Record<HttpErrorCode, OciErrorCode>> = {
  network: 'network',
  timeout: 'timeout',
  aborted: 'aborted',
  'too-large': 'too-large',
  'insecure-http': 'insecure-http',
  'blocked-redirect': 'blocked-redirect',
  'blocked-address': 'blocked-redirect',
  'invalid-response': 'invalid-response',
};

/** An error of the transport as ours; anything else as it is. */
export function toOciError(error: unknown): unknown {
  if (!isHttpError(error)) return error;
  return new OciError(codes[error.code], error.message, {
    url: error.url,
    status: error.status,
    actual: error.reason,
    cause: error,
  });
}

/** The error that a status stands for (distribution-spec "Error Codes"). */
export function statusError(response: HttpResponse, what: string): OciError {
  const { status, retryAfterMs } = response;
  const registryCodes = readRegistryCodes(response.body);
  const said = registryCodes.length === 0 ? '' : ` ${registryCodes.join(', ')}`;
  return new OciError(statusCode(status, registryCodes), `${what}: the registry answered ${status}${said}`, {
    status,
    registryCodes,
    retryAfterMs,
    url: redactUrl(response.url),
  });
}

function statusCode(status: number, registryCodes: readonly string[]): OciErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return registryCodes.includes('UNAUTHORIZED') ? 'unauthorized' : 'denied';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 429) return 'rate-limited';
  if (status >= 500) return 'server-error';
  return registryCodes.includes('TOOMANYREQUESTS') ? 'rate-limited' : 'invalid-response';
}

/** `errors[].code` of an error body; whatever else the body is, it is never a reason to fail. */
export function readRegistryCodes(body: Uint8Array): readonly string[] {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(body)) as unknown;
    const errors =
      typeof parsed === 'object' && parsed !== null && 'errors' in parsed && Array.isArray(parsed.errors)
        ? (parsed.errors as readonly unknown[])
        : [];
    return errors
      .slice(0, 8)
      .map((error) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined))
      .filter((code): code is string => typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code));
  } catch {
    return []; // HTML, text, nothing: the status is the answer
  }
}
