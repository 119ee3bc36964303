import {
  type HttpErrorCode,
  type HttpResponse,
  isHttpError,
  isUntrusted,
  proxyAdvice,
  readRateLimit,
  redactUrl,
} from '@sigtrail/http';
import type { CredentialFailure, FoundCredentials } from '../auth/credential-source.ts';
import type { Credentials } from '../auth/credentials.ts';
import { OciError, type OciErrorCode } from '../error.ts';
import { harmless } from '../harmless.ts';
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

/** Turns an error of the transport into ours; anything else stays as it is. */
export function toOciError(error: unknown, method?: string): unknown {
  if (!isHttpError(error)) return error;
  const advice =
    error.code === 'proxy'
      ? `; ${proxyAdvice(error.reason)}`
      : error.code === 'network' && isUntrusted(error.reason)
        ? untrustedAdvice(error.reason)
        : '';
  return new OciError(codes[error.code], `${error.message}${advice}`, {
    method,
    url: error.url,
    status: error.status,
    actual: error.reason,
    cause: error,
  });
}

// Trusting a further authority does not fix a wrong name or date.
function untrustedAdvice(reason: string | undefined): string {
  return /ALTNAME|EXPIRED|NOT_YET/.test(reason ?? '')
    ? ''
    : '; where an authority of your own has issued it, give that in the option "ca", in SSL_CERT_FILE or in NODE_EXTRA_CA_CERTS';
}

/** The credentials that a request was made with. */
export type Asked = Pick<FoundCredentials, 'credentials' | 'from' | 'problem'>;

/** The error for a status (distribution-spec "Error Codes"). */
export function statusError(
  response: HttpResponse & { readonly asked?: Asked | undefined; readonly method?: string | undefined },
  what: string,
): OciError {
  const { status, retryAfterMs, asked, method, url } = response;
  const registryCodes = readRegistryCodes(response.body);
  const webPage = isWebPage(response);
  const code = statusCode(status, registryCodes, webPage);
  const codes = registryCodes.length === 0 ? '' : ` ${registryCodes.join(', ')}`;
  const words = webPage ? undefined : readWords(response.body, asked?.credentials);
  const quoted = words === undefined ? '' : ` (“${words}”)`;
  const page = webPage ? ' with a web page, which comes from a proxy or a portal in between' : '';
  const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
  const isAboutAccess = code === 'unauthorized' || code === 'denied';
  const credentials = asked === undefined || !isAboutAccess ? '' : explainCredentials(url.host, asked);
  return new OciError(code, `${what}: ${url.host} answered ${status}${codes}${quoted}${page}${wait}${credentials}`, {
    status,
    registryCodes,
    retryAfterMs,
    rateLimit: readRateLimit(response.headers),
    method: method ?? 'GET',
    url: redactUrl(url),
  });
}

/** Says whether credentials were sent, and where they came from: the thing to look at if they were refused. */
export function explainCredentials(registry: string, { credentials, from, problem }: Asked): string {
  const sent =
    credentials !== undefined
      ? `; it was asked with the credentials from ${from ?? 'the configuration'}`
      : `; it was asked without credentials${from === undefined ? '' : `: ${from} has none for ${registry} (“docker login ${registry}” adds them)`}`;
  return `${sent}${problem === undefined ? '' : `; ${problem}`}`;
}

/** Adds to a token server's refusal which credentials it was asked with. */
export function explainRefusal(error: OciError, registry: string, found: FoundCredentials): OciError {
  if (found.failure !== undefined) return withoutCredentials(found.failure, error.message);
  const { code, message, status, registryCodes, method, url } = error;
  const details = { status, registryCodes, method, url, cause: error };
  return new OciError(code, `${message}${explainCredentials(registry, found)}`, details);
}

/** The error for a refused request whose credentials could not be found. */
export function withoutCredentials({ code, message, actual }: CredentialFailure, answer: string): OciError {
  return new OciError(code, `${message}; without credentials ${answer}`, { actual });
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
 * A 404 is the registry's positive "not here" unless its body says otherwise: some registries hide what the caller may not see, and a web page comes
 * from a proxy or a portal in between, which doesn't know the registry's content.
 */
function absenceCode(registryCodes: readonly string[], webPage: boolean): OciErrorCode {
  if (webPage) return 'invalid-response';
  if (registryCodes.includes('UNAUTHORIZED')) return 'unauthorized';
  if (registryCodes.includes('DENIED')) return 'denied';
  return registryCodes.includes('TOOMANYREQUESTS') ? 'rate-limited' : 'not-found';
}

/** The error for a web page that came with a good status in place of content. */
export function webPageError({ status, url }: HttpResponse, what: string, cause: OciError): OciError {
  return new OciError(
    cause.code,
    `${what}: ${url.host} answered ${status} with a web page, such as a sign-in page or that of a proxy in between, and no registry content`,
    { status, url: redactUrl(url), expected: cause.expected, actual: cause.actual, cause },
  );
}

/** Whether an answer is a web page, which no registry sends: it comes from something in between. */
export function isWebPage({ headers, body }: HttpResponse): boolean {
  const type = baseMediaType(headers['content-type']?.[0]);
  if (type === 'text/html' || type === 'application/xhtml+xml') return true;
  return /^\s*<(?:!doctype\s+html|html)[\s>]/i.test(new TextDecoder().decode(body.subarray(0, 256)));
}

/** The words of an error body that are meant for people, made harmless: the messages of a registry or a token server, or a short text. */
export function readWords(body: Uint8Array, credentials?: Credentials): string | undefined {
  const secrets = credentials === undefined ? [] : Object.values(credentials).filter((one) => typeof one === 'string');
  const text = new TextDecoder().decode(body.subarray(0, 16 * 1024));
  let words: unknown = text;
  try {
    const parsed = JSON.parse(text) as unknown;
    const { errors, message, details, error_description: description } = isRecord(parsed) ? parsed : {};
    const first = Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined;
    words = (isRecord(first) ? first['message'] : undefined) ?? description ?? details ?? message;
  } catch {
    if (!/^[\p{L}\p{N}]/u.test(text) || text.length > 500) return undefined; // XML, a long text, or nothing: not meant for people
  }
  const shown = typeof words === 'string' ? harmless(words, secrets) : '';
  return shown === '' ? undefined : shown;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `errors[].code` of an error body, or the `error` of an OAuth 2 answer (RFC 6749 §5.2); any other body is never a reason
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
