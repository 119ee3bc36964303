// What an HTTP service answers about an image: shared by the gates for Fastify, Express and Hono.
import { isSigtrailError, type ImagePolicy, type Verifier } from 'sigtrail';

export interface ImageAnswer {
  readonly status: 200 | 400 | 403 | 404 | 503 | 504;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly deploy: string } | { readonly code: string; readonly reason: string };
}

/** The digest to deploy, or why not. 403 refuses; 503 and 504 are no answer yet: ask again. */
export async function answerFor(
  verifier: Verifier,
  image: string,
  policy: ImagePolicy,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<ImageAnswer> {
  try {
    const deadline = new Date(Date.now() + deadlineMs); // the wait for a turn counts
    const { reference } = await verifier.verify(image, policy, {
      deadline,
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: 200, headers: {}, body: { deploy: reference } };
  } catch (error) {
    if (!isSigtrailError(error)) throw error; // a mistake in the code: 500
    const { code, message: reason, report } = error;
    const retryAfterMs = report?.problems.find((problem) => problem.retryAfterMs !== undefined)?.retryAfterMs;
    const isLate = report?.problems.some((problem) => problem.code === 'deadline') === true;
    const headers: Record<string, string> =
      retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
    return { status: isLate ? 504 : statusOf(code), headers, body: { code, reason } };
  }
}

function statusOf(code: string): 400 | 403 | 404 | 503 {
  if (code === 'invalid-reference') return 400;
  if (code === 'image-not-found') return 404;
  return ['unsigned', 'only-attestations', 'no-match'].includes(code) ? 403 : 503;
}
