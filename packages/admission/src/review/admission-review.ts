import { isEncodingError, parseJsonStrict } from '@sigtrail/encoding';
import { z } from 'zod';
import { AdmissionError } from '../error.ts';

/** The fields of an AdmissionReview request that decide anything. The objects keep every field they came with. */
export interface AdmissionRequest {
  /** Echoed in the answer. */
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** `ephemeralcontainers`, `resize`, `status` … */
  readonly subResource?: string | undefined;
  readonly operation: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Who asks the API server; for the log only: what decides is the service account that the Pod runs as. */
  readonly userInfo?: { readonly username?: string | undefined } | undefined;
  readonly dryRun?: boolean | undefined;
  readonly object?: unknown;
  readonly oldObject?: unknown;
}

/** The answer, as `admission.k8s.io/v1` wants it. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly patchType?: 'JSONPatch';
  /** Base64 of the JSON of the operations. */
  readonly patch?: string;
}

const REQUEST: z.ZodType<AdmissionRequest> = z.object({
  uid: z.string().min(1).max(256),
  kind: z.object({ group: z.string(), version: z.string(), kind: z.string() }),
  subResource: z.string().optional(),
  operation: z.string(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  userInfo: z.object({ username: z.string().optional() }).optional(),
  dryRun: z.boolean().optional(),
  object: z.unknown(),
  oldObject: z.unknown(),
});

const REVIEW = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: REQUEST,
});

/** Both objects of an update, each up to the 1.5 MiB that etcd takes, and what JSON adds to them. */
export const MAX_REVIEW_BYTES: number = 8 * 1024 * 1024;

/** Reads the body of a request of the API server. @throws AdmissionError `invalid-review` */
export function parseAdmissionReview(body: Uint8Array): AdmissionRequest {
  const parsed = REVIEW.safeParse(parseBody(body));
  if (parsed.success) return parsed.data.request;
  const [issue] = parsed.error.issues;
  throw new AdmissionError(
    'invalid-review',
    `not an AdmissionReview of admission.k8s.io/v1: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** Strict JSON from the network, within bounds. @throws AdmissionError `invalid-review` */
export function parseBody(body: Uint8Array): unknown {
  try {
    // What a template of a Pod holds is nested a few levels deeper than the Pod; custom resources can't reach this webhook.
    return parseJsonStrict(body, { maxBytes: MAX_REVIEW_BYTES, maxDepth: 100 });
  } catch (cause) {
    if (!isEncodingError(cause)) throw cause;
    throw new AdmissionError('invalid-review', `the request body can’t be read: ${cause.message}`, { cause });
  }
}

/** The JSON text of an answer. */
export function writeAdmissionReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}
