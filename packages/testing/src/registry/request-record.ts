import type { IncomingMessage } from 'node:http';
import type { Fault } from './fault.ts';
import type { Route, Target } from './route.ts';

/** One request as the registry saw it. No credential is ever kept, so a record may be printed. */
export interface RequestRecord {
  readonly method: string;
  /** Path and query as requested, with the values of query keys that carry secrets replaced. */
  readonly path: string;
  readonly route: Route;
  readonly repository?: string;
  /** Tag or digest asked for. */
  readonly name?: string;
  /** `accept`, `accept-encoding`, `range`, `user-agent`, `host` and `content-type`, where sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** The names of all headers sent, sorted: shows a header that leaked without showing its value. */
  readonly headerNames: readonly string[];
  /** The scheme of the `Authorization` header, never its value. */
  readonly authorization: 'none' | 'basic' | 'bearer' | 'other';
  /** Whether access was granted. */
  readonly authorized: boolean;
  /** Status sent, 0 while none was (and for ever where the connection was reset before). */
  readonly status: number;
  /** Bytes of body handed to the socket so far. */
  readonly bytes: number;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** When the last byte was handed over, or the connection ended; absent while the answer is under way. */
  readonly endedAt?: number;
  /** The fault that struck this request. */
  readonly fault?: Fault['kind'];
}

/** The record while the registry is still writing it. */
export type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] };

const SHOWN = ['accept', 'accept-encoding', 'range', 'user-agent', 'host', 'content-type'] as const;
const SECRET_KEY = /token|secret|password|signature|credential|authorization/i;

/** Opens the record of a request. */
export function openRecord(request: IncomingMessage, url: URL, { route, repository, name }: Target): OpenRecord {
  const headers: Record<string, string> = {};
  for (const key of SHOWN) {
    const value = request.headers[key];
    if (value !== undefined) headers[key] = value;
  }
  return {
    method: request.method ?? 'GET',
    path: shownPath(url),
    route,
    ...(repository === undefined ? {} : { repository }),
    ...(name === undefined ? {} : { name }),
    headers,
    headerNames: Object.keys(request.headers).toSorted(),
    authorization: schemeOf(request.headers.authorization),
    authorized: false,
    status: 0,
    bytes: 0,
    startedAt: performance.now(),
  };
}

/** One line for people: `GET /v2/acme/app/manifests/v1 bearer → 200, 401 bytes, 2 ms`. */
export function recordLine({
  method,
  path,
  authorization,
  status,
  bytes,
  startedAt,
  endedAt,
  fault,
}: RequestRecord): string {
  const who = authorization === 'none' ? '' : ` ${authorization}`;
  const time = endedAt === undefined ? 'under way' : `${Math.round(endedAt - startedAt)} ms`;
  return `${method} ${path}${who} → ${status || 'no answer'}, ${bytes} bytes, ${time}${fault === undefined ? '' : `, fault: ${fault}`}`;
}

function shownPath({ pathname, searchParams, search }: URL): string {
  if (![...searchParams.keys()].some((key) => SECRET_KEY.test(key))) return pathname + search;
  const shown = new URLSearchParams();
  for (const [key, value] of searchParams) shown.append(key, SECRET_KEY.test(key) ? 'REDACTED' : value);
  return `${pathname}?${shown.toString()}`;
}

function schemeOf(authorization: string | undefined): RequestRecord['authorization'] {
  if (authorization === undefined) return 'none';
  const scheme = authorization.split(' ', 1)[0]?.toLowerCase();
  return scheme === 'basic' || scheme === 'bearer' ? scheme : 'other';
}
