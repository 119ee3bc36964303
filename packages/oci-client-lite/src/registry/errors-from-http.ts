import { type HttpErrorCode, type HttpResponse, isHttpError, readRateLimit, redactUrl } from '@sigtrail/http';
import { OciError, type OciErrorCode } from '../error.ts';
import { baseMediaType } from '../content/media-types.ts';

const codes: Readonly<Record<HttpErrorCode, OciErrorCode>> = {
  network: 'network',
  proxy: 'proxy',
  timeout: 'timeout',
  aborted: 'aborted',
  'too-large': 'too-large',
  'insecure-http': 'insecure-http',
  'blocked-redirect': 'blocked-redirect',
  'blocked-address': 'blocked-redirect',
  'invalid-response': 'invalid-response',
  'invalid-proxy': 'invalid-config',
};

/** An error of the transport as ours; anything else as it is. */
export function toOciError(error: unknown, method?: string): unknown {
  if (!isHttpError(error)) return error;
  return new OciError(codes[error.code], error.message, {
    method,
    url: error.url,
    status: error.status,
    actual: error.reason,
    cause: error,
  });
}

/** The error that a status stands for (distribution-spec "Error Codes"). */
export function statusError(
  response: HttpResponse & { readonly problem?: string | undefined; readonly method?: string | undefined },
  what: string,
): OciError {
  const { status, retryAfterMs, problem, method } = response;
  const registryCodes = readRegistryCodes(response.body);
  const webPage = isWebPage(response);
  const said = registryCodes.length === 0 ? '' : ` ${registryCodes.join(', ')}`;
  const why = problem !== undefined && (status === 401 || status === 403) ? `; ${problem}` : '';
  const code = statusCode(status, registryCodes, webPage);
  const page = webPage ? ' with a web page' : '';
  return new OciError(code, `${what}: the registry answered ${status}${said}${page}${why}`, {
    status,
    registryCodes,
    retryAfterMs,
    rateLimit: readRateLimit(response.headers),
    method: method ?? 'GET',
    url: redactUrl(response.url),
  });
}

function statusCode(status: number, registryCodes: readonly string[], webPage: boolean): OciErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return registryCodes.includes('UNAUTHORIZED') ? 'unauthorized' : 'denied';
  if (status === 404 || status === 410) return absenceCode(registryCodes, webPage);
  if (status === 429) return 'rate-limited';
  if (status >= 500) return 'server-error';
  return registryCodes.includes('TOOMANYREQUESTS') ? 'rate-limited' : 'invalid-response';
}

/**
 * A 404 is the registry's positive "not here" unless its body says otherwise: some hide what one may not see, and a page for people comes
 * from a proxy or a portal in between, which knows nothing of the registry's content.
 */
function absenceCode(registryCodes: readonly string[], webPage: boolean): OciErrorCode {
  if (webPage) return 'invalid-response';
  if (registryCodes.includes('UNAUTHORIZED')) return 'unauthorized';
  if (registryCodes.includes('DENIED')) return 'denied';
  return registryCodes.includes('TOOMANYREQUESTS') ? 'rate-limited' : 'not-found';
}

/** Whether an answer is a page for people, which no registry sends: it comes from somebody in between. */
export function isWebPage({ headers, body }: HttpResponse): boolean {
  const type = baseMediaType(headers['content-type']?.[0]);
  if (type === 'text/html' || type === 'application/xhtml+xml') return true;
  return /^\s*<(?:!doctype\s+html|html)[\s>]/i.test(new TextDecoder().decode(body.subarray(0, 256)));
}

/**
 * `errors[].code` of an error body, or the `error` of an OAuth 2 answer (RFC 6749 §5.2); whatever else the body is, it is never a reason
 * to fail.
 */
export function readRegistryCodes(body: Uint8Array): readonly string[] {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(body)) as unknown;
    if (typeof parsed !== 'object' || parsed === null) return [];
    if ('error' in parsed && typeof parsed.error === 'string' && /^[a-z_]{1,64}$/.test(parsed.error))
      return [parsed.error];
    const errors = 'errors' in parsed && Array.isArray(parsed.errors) ? (parsed.errors as readonly unknown[]) : [];
    return errors
      .slice(0, 8)
      .map((error) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined))
      .filter((code): code is string => typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code));
  } catch {
    return []; // HTML, text, nothing: the status is the answer
  }
}
