import { readFile } from 'node:fs/promises';
import { createHttp, type Http, isHttpError } from '@sigtrail/http';
import { AdmissionError } from '../error.ts';
import { MAX_REVIEW_BYTES, parseBody } from '../review/admission-review.ts';
import type { ClusterSettings } from '../settings/settings.ts';

/** Reads objects from the API server, with the rights of this Pod's service account. */
export interface ApiReader {
  /**
   * The object, or the list, at a path of the API.
   *
   * @throws AdmissionError `cluster`, with nothing of the object
   */
  get(path: string, deadline: Date): Promise<unknown>;
  close(): Promise<void>;
}

/** Of a page of Pods; what else is read is far smaller. */
const MAX_BYTES = MAX_REVIEW_BYTES;
/** What the API server may take at most while it waits for a review itself: the registry needs the rest of that time. */
const MAX_WAIT_MS = 2_000;

/** Opens the API server; the host is chosen by the settings. */
export async function openApiReader(
  { server, tokenFile, caFile }: ClusterSettings,
  maxWaitMs: number = MAX_WAIT_MS,
): Promise<ApiReader> {
  const ca = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new AdmissionError('invalid-settings', `cluster.caFile names ${caFile}, which can’t be read`, { cause });
  });
  const http = createHttp({ ca, retries: 1, maxRedirects: 0, userAgent: 'sigtrail-admission' });
  return {
    get: async (path, deadline) => get(http, { url: `${server}${path}`, path, tokenFile, deadline, maxWaitMs }),
    close: async () => http.close(),
  };
}

interface Request {
  readonly url: string;
  readonly path: string;
  readonly tokenFile: string;
  readonly deadline: Date;
  readonly maxWaitMs: number;
}

async function get(http: Http, { url, path, tokenFile, deadline, maxWaitMs }: Request): Promise<unknown> {
  const left = deadline.getTime() - Date.now();
  try {
    // The kubelet renews the token in the file every hour or so.
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const { status, body } = await http.request({
      url,
      headers: { accept: 'application/json' },
      secretHeaders: { authorization: `Bearer ${token}` },
      maxBytes: MAX_BYTES,
      timeoutMs: Math.max(1, Math.min(maxWaitMs, left / 2)),
    });
    if (status === 200) return parseBody(body);
    throw new AdmissionError('cluster', `the API server answered ${String(status)} to ${path}${WHY[status] ?? ''}`);
  } catch (cause) {
    if (isHttpError(cause))
      throw new AdmissionError('cluster', `the API server did not answer about ${path} (${cause.code})`, { cause });
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause)
      throw new AdmissionError('cluster', `cluster.tokenFile names ${tokenFile}, which can’t be read`, { cause });
    throw cause;
  }
}

/**
 * A name as a step of a path. The mutating hook sees objects before the API server has checked their names: `..` must not lead to another object.
 *
 * @throws AdmissionError `cluster`
 */
export function objectName(name: string): string {
  if (name.length <= 253 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(name)) return name;
  throw new AdmissionError('cluster', `${JSON.stringify(name.slice(0, 253))} can’t be the name of an object`);
}

const WHY: Readonly<Record<number, string>> = {
  401: ': it doesn’t know the token of this Pod',
  403: ': the service account of this Pod may not read it; bind it to a role that may',
  404: ': there is no such object',
};
