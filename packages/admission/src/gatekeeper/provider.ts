import { z } from 'zod';
import { AdmissionError } from '../error.ts';
import { type Finding, type AskImage, findImages } from '../judge/findings.ts';
import { wholeName } from '../judge/judge-image.ts';
import { parseBody } from '../review/admission-review.ts';
import { describeFinding } from '../review/answer.ts';
import type { Layer } from '../scope/scope.ts';

const API_VERSION = 'externaldata.gatekeeper.sh/v1beta1';

const REQUEST = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('ProviderRequest'),
  request: z.object({ keys: z.array(z.string().max(4096)).max(1000) }),
});

/** One answer to Gatekeeper: a value, or an error about this key alone. */
export interface ProviderItem {
  readonly key: string;
  /** The image with the digest that was verified; the key itself where a map lets it pass unverified. */
  readonly value?: string;
  readonly error?: string;
}

/** The images that a request of Gatekeeper asks about. @throws AdmissionError `invalid-review` */
export function parseProviderRequest(body: Uint8Array): readonly string[] {
  const parsed = REQUEST.safeParse(parseBody(body));
  if (parsed.success) return parsed.data.request.keys;
  const [issue] = parsed.error.issues;
  throw new AdmissionError(
    'invalid-review',
    `not a ProviderRequest of ${API_VERSION}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** Judges every key by itself: one image that is refused, or a registry that is down, says nothing about the others. */
export async function answerKeys(
  keys: readonly string[],
  layer: Layer,
  ask: AskImage,
  now: Date,
): Promise<{ readonly items: readonly ProviderItem[]; readonly findings: readonly Finding[] }> {
  const images = [...new Set(keys)].map((image) => ({ name: 'image', image, path: '' }));
  const findings = await findImages(undefined, images, [layer], ask, now);
  return { items: findings.map(toItem), findings };
}

function toItem(finding: Finding): ProviderItem {
  const { image, result, reference, digest } = finding;
  const key = image.image;
  if (result === 'refused') return { key, error: describeFinding(finding) };
  return { key, value: reference === undefined || digest === undefined ? key : wholeName(reference, digest) };
}

/** The JSON text of an answer. An image that has its digest keeps it, so that asking again changes nothing: Gatekeeper needs that of a mutation. */
export function writeProviderResponse(items: readonly ProviderItem[]): string {
  return JSON.stringify({ apiVersion: API_VERSION, kind: 'ProviderResponse', response: { idempotent: true, items } });
}

/** The answer to a request that can't be answered at all. */
export function writeSystemError(message: string): string {
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: 'ProviderResponse',
    response: { idempotent: true, items: [], systemError: message },
  });
}
