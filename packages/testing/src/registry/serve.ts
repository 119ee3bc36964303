import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { admit } from './access.ts';
import { type Answer, problem } from './answer.ts';
import type { RegistryBehaviour } from './behaviour.ts';
import type { RepositoryContent } from './content.ts';
import { type CountedRule, strike } from './fault-rule.ts';
import { readAnswer } from './read-api.ts';
import { type OpenRecord, openRecord } from './request-record.ts';
import { type Target, targetOf } from './route.ts';
import { send } from './send.ts';
import { spoil } from './spoil.ts';
import { tokenAnswer } from './token-endpoint.ts';
import type { TokenIssuer } from './tokens.ts';

/** All that a running registry is made of. */
export interface RegistryState {
  behaviour: RegistryBehaviour;
  host: string;
  readonly scheme: 'http' | 'https';
  rules: CountedRule[];
  readonly repositories: Map<string, RepositoryContent>;
  readonly requests: OpenRecord[];
  readonly issuer: TokenIssuer;
  /** Stops listening and resets every connection. */
  refuse(): void;
}

/** The most a POST to the token endpoint may send. */
const MAX_FORM_BYTES = 65_536;

/** Answers one request: record it, wait, judge access, let a fault strike, send. */
export async function serve(state: RegistryState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Put together, not resolved: a path such as `//[` must not become another host, nor an error.
  const path = request.url?.startsWith('/') === true ? request.url : '/';
  const url = new URL(`${state.scheme}://${state.host}${path}`);
  const target = targetOf(url.pathname);
  const record = openRecord(request, url, target);
  state.requests.push(record);
  const gone = new AbortController();
  response.once('close', () => {
    record.endedAt ??= performance.now();
    gone.abort();
  });
  const form = await readForm(request);
  if (!(await waited(state.behaviour, record, gone.signal))) return;
  const admission = admit(
    state.behaviour.access,
    state.issuer,
    target,
    request.headers.authorization,
    `${state.scheme}://${state.host}`,
  );
  record.authorized = admission.allowed;
  const answer = admission.allowed
    ? (throttledAnswer(state.behaviour, target) ?? answerOf(state, request, url, target, form))
    : admission.answer;
  const fault = strike(state.rules, record);
  if (fault === undefined) return send(response, record, { answer, manner: { kind: 'plain' } });
  record.fault = fault.kind;
  if (fault.kind === 'refuse') return state.refuse();
  send(response, record, spoil(answer, fault, url.pathname + url.search));
}

/** What a read gets from a registry that has had enough. Access is another matter: tokens are still given. */
function throttledAnswer({ throttled = false }: RegistryBehaviour, { route }: Target): Answer | undefined {
  if (throttled === false || route === 'ping' || route === 'token') return undefined;
  const { retryAfter = 60 } = throttled === true ? {} : throttled;
  return problem(429, 'TOOMANYREQUESTS', { 'retry-after': String(retryAfter) });
}

function answerOf(
  { behaviour, issuer, repositories }: RegistryState,
  { method = 'GET', headers }: IncomingMessage,
  url: URL,
  target: Target,
  form: URLSearchParams,
): Answer {
  if (target.route === 'token') {
    const { authorization } = headers;
    return tokenAnswer(behaviour.access, issuer, { method, query: url.searchParams, authorization, form });
  }
  // Content is put in process; over the network this registry is read-only.
  if (method !== 'GET' && method !== 'HEAD') return problem(405, 'UNSUPPORTED');
  const content = repositories.get(target.repository ?? '');
  return readAnswer(content, { target, url, accept: headers.accept, range: headers.range }, behaviour);
}

/** Waits as long as this registry takes; `false` when the client went away meanwhile. */
async function waited({ delayMs = 0 }: RegistryBehaviour, record: OpenRecord, signal: AbortSignal): Promise<boolean> {
  const ms = typeof delayMs === 'function' ? delayMs(record) : delayMs;
  try {
    if (ms > 0) await delay(ms, undefined, { signal });
  } catch {
    return false; // aborted, the only way this timer fails
  }
  return !signal.aborted;
}

/** The form of a POST; bytes past the cap are dropped, and so is everything from a client that hangs up. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (request.method !== 'POST') return new URLSearchParams();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_FORM_BYTES) chunks.push(chunk);
    }
  } catch {
    return new URLSearchParams(); // the client went away; the answer has no reader
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
