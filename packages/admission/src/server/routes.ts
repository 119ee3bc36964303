import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAdmissionError } from '../error.ts';
import type { Finding } from '../judge/findings.ts';
import {
  type AdmissionRequest,
  MAX_REVIEW_BYTES,
  parseAdmissionReview,
  writeAdmissionReview,
} from '../review/admission-review.ts';
import { pinObject, type ReviewContext, type Reviewed, validateObject } from '../review/review.ts';
import type { Layer } from '../scope/scope.ts';
import type { Settings } from '../settings/settings.ts';
import { answerKeys, parseProviderRequest, writeProviderResponse, writeSystemError } from '../gatekeeper/provider.ts';
import { answerBy, RESERVE_MS } from './deadline.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { readRequestBody } from './read-body.ts';

/** What the routes answer from. */
export interface Routed {
  readonly review: <T>(deadline: Date, work: (context: ReviewContext) => Promise<T>) => Promise<T>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => Date;
  /** Why this replica must get no requests now; nothing where it may. */
  readonly notReady: () => Promise<string | undefined>;
  readonly metricsText: () => Promise<string>;
  readonly settings: () => Settings;
  /** Whether connections are to end after their answer. */
  readonly isDraining: () => boolean;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const HOOKS: Readonly<Record<string, (request: AdmissionRequest, context: ReviewContext) => Promise<Reviewed>>> = {
  '/validate': validateObject,
  '/mutate': pinObject,
};

/** Answers one request. It never rejects: what goes wrong is a status, which the API server counts as a failed webhook. */
export async function answerRequest(request: IncomingMessage, response: ServerResponse, routed: Routed): Promise<void> {
  // A client that goes away before its answer ends it too, and nothing says so afterwards.
  const closed = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  const answer = await answerOf(request, routed);
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
    ...(routed.isDraining() ? { connection: 'close' } : {}),
  });
  response.end(answer.body);
  await closed;
}

async function answerOf(request: IncomingMessage, routed: Routed): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'https://webhook');
  const path = url?.pathname ?? '/';
  try {
    if (request.method === 'GET') return await operations(path, routed);
    const hook = Object.hasOwn(HOOKS, path) ? HOOKS[path] : undefined;
    const gatekeeper = path === '/gatekeeper' ? routed.settings().gatekeeper : undefined;
    if (request.method !== 'POST' || (hook === undefined && gatekeeper === undefined))
      return plain(404, 'nothing is answered here');
    if (routed.settings().tls.clientAuthority !== undefined && !isAuthorized(request))
      return plain(401, 'a client certificate is needed');
    if (hook !== undefined)
      return await review({ request, path, hook, query: url?.searchParams ?? new URLSearchParams() }, routed);
    return gatekeeper === undefined
      ? plain(404, 'nothing is answered here')
      : await provide(request, gatekeeper, routed);
  } catch (error) {
    if (isAdmissionError(error)) return plain(400, error.message);
    routed.log('error', 'failed', { path, error: describeError(error) });
    return plain(500, 'sigtrail failed; its log says why');
  }
}

async function operations(path: string, { notReady, metrics, metricsText }: Routed): Promise<Answer> {
  if (path === '/healthz') return plain(200, 'ok');
  if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metricsText() };
  if (path !== '/readyz') return plain(404, 'nothing is answered here');
  const why = await notReady();
  return why === undefined ? plain(200, 'ok') : plain(503, why);
}

interface Review {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly hook: (request: AdmissionRequest, context: ReviewContext) => Promise<Reviewed>;
  readonly query: URLSearchParams;
}

async function review({ request, path, hook, query }: Review, routed: Routed): Promise<Answer> {
  const { metrics, log, now } = routed;
  const began = performance.now();
  const deadline = answerBy(query, now());
  const name = path.slice(1);
  try {
    const asked = parseAdmissionReview(await readRequestBody(request, MAX_REVIEW_BYTES));
    const { response, findings } = await routed.review(deadline, async (context) => hook(asked, context));
    const seconds = (performance.now() - began) / 1000;
    metrics.review(name, response.allowed ? 'allowed' : 'refused', seconds, findings);
    log(response.allowed ? 'info' : 'warn', name, { ...about(asked), ...outcome(response.allowed, findings), seconds });
    return { status: 200, type: 'application/json', body: writeAdmissionReview(response) };
  } catch (error) {
    metrics.review(name, 'failed', (performance.now() - began) / 1000, []);
    throw error;
  }
}

/** Gatekeeper waits for the `timeout` of its Provider, and tells it nowhere: the settings do. */
async function provide(
  request: IncomingMessage,
  { map, timeoutMs }: NonNullable<Settings['gatekeeper']>,
  { metrics, log, now, review: work }: Routed,
): Promise<Answer> {
  const began = performance.now();
  const deadline = new Date(now().getTime() + Math.max(timeoutMs - RESERVE_MS, timeoutMs / 2));
  const layer: Layer = { map, mode: 'enforce', undecided: 'refuse', of: 'Gatekeeper' };
  const seconds = (): number => (performance.now() - began) / 1000;
  try {
    const keys = parseProviderRequest(await readRequestBody(request, MAX_REVIEW_BYTES));
    const { items, findings } = await work(deadline, async ({ ask }) =>
      answerKeys(keys, layer, ask({}, undefined), now()),
    );
    const isGood = items.every(({ error }) => error === undefined);
    metrics.review('gatekeeper', isGood ? 'allowed' : 'refused', seconds(), findings);
    log(isGood ? 'info' : 'warn', 'gatekeeper', { ...outcome(isGood, findings), seconds: seconds() });
    return { status: 200, type: 'application/json', body: writeProviderResponse(items) };
  } catch (error) {
    metrics.review('gatekeeper', 'failed', seconds(), []);
    if (!isAdmissionError(error)) throw error;
    return { status: 200, type: 'application/json', body: writeSystemError(error.message) };
  }
}

function about({
  uid,
  kind,
  namespace,
  name,
  operation,
  userInfo,
  dryRun,
}: AdmissionRequest): Record<string, string | boolean | undefined> {
  return { uid, operation, kind: kind.kind, namespace, name, user: userInfo?.username, dryRun };
}

function outcome(allowed: boolean, findings: readonly Finding[]): Record<string, boolean | readonly string[]> {
  return {
    allowed,
    images: findings.map(({ image, code, result }) => `${image.name} ${image.image} ${result} ${code}`),
  };
}

function isAuthorized({ socket }: IncomingMessage): boolean {
  return 'authorized' in socket && socket.authorized === true;
}

/** Of our own faults, name and message; never what an error carries. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
