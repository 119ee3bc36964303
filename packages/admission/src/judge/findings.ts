import type { ImagePolicy } from 'sigtrail';
import { type Reference, formatReference } from 'oci-client-lite';
import { type Layer, milder, type Mode } from '../scope/scope.ts';
import { fixedPlatform, type Workload, type WorkloadImage } from '../review/workload.ts';
import { type ImageVerdict, tryRead } from './judge-image.ts';

/** What one map makes of one image of an object. */
export interface Finding {
  readonly image: WorkloadImage;
  /** Parsed; missing where it can't be. */
  readonly reference?: Reference;
  /** `allowed`: verified, or excused. Anything else is not, and the mode says what comes of it. */
  readonly result: 'allowed' | 'refused' | 'warned' | 'noted';
  /** `verified`, `exception`, or why not. */
  readonly code: string;
  /** A whole sentence. */
  readonly message: string;
  readonly mode: Mode;
  /** `rule ghcr.io/acme/** of maps/production.yaml`. */
  readonly by: string;
  /** The digest that may be written into a Pod. */
  readonly digest?: string;
}

/** Answers the question about one image; several images ask at the same time. */
export type AskImage = (question: {
  readonly reference: Reference;
  readonly policy: ImagePolicy;
  readonly platform: `${string}/${string}` | undefined;
}) => Promise<ImageVerdict>;

/** Every image of a list under every map that holds for it. */
export async function findImages(
  workload: Workload | undefined,
  images: readonly WorkloadImage[],
  layers: readonly Layer[],
  ask: AskImage,
  now: Date,
): Promise<readonly Finding[]> {
  const platform = workload === undefined ? undefined : fixedPlatform(workload.spec);
  const asked = images.flatMap((image) =>
    layers.map(async (layer) =>
      findImage(image, layer, async (reference, policy) => ask({ reference, policy, platform }), now),
    ),
  );
  return Promise.all(asked);
}

async function findImage(
  image: WorkloadImage,
  layer: Layer,
  ask: (reference: Reference, policy: ImagePolicy) => Promise<ImageVerdict>,
  now: Date,
): Promise<Finding> {
  const { map, of } = layer;
  const about = { image, by: `${map.file}, for ${of}` };
  const reference = tryRead(image.image);
  if ('refusal' in reference) {
    const message = `it names no image that could be read: ${reference.refusal}`;
    return { ...about, ...consequence(layer.mode), code: 'invalid-reference', message, mode: layer.mode };
  }
  const answer = map.policyFor(formatReference(reference), now);
  if (answer.kind === 'none')
    return {
      ...about,
      reference,
      ...consequence(layer.mode),
      code: answer.code,
      message: answer.message,
      mode: layer.mode,
    };
  const from = answer.kind === 'exception' ? (answer.from ?? map.file) : map.file;
  const by = `rule ${answer.rule} of ${from}, for ${of}`;
  if (answer.kind === 'exception') {
    const message = `it is excused until ${answer.until}: ${answer.reason}`;
    return { image, by, reference, result: 'allowed', code: 'exception', message, mode: layer.mode };
  }
  const mode = milder(layer.mode, answer.mode);
  const verdict = await ask(reference, answer.policy);
  switch (verdict.kind) {
    case 'verified': {
      const digest = verdict.digest === undefined ? {} : { digest: verdict.digest };
      return { image, by, reference, result: 'allowed', code: 'verified', message: 'it is verified', mode, ...digest };
    }
    case 'rejected':
      return { image, by, reference, ...consequence(mode), ...said(verdict), mode };
    case 'undecided': {
      const milderMode = layer.undecided === 'allow' ? milder(mode, 'warn') : mode;
      return { image, by, reference, ...consequence(milderMode), ...said(verdict), mode: milderMode };
    }
  }
}

function said({
  code,
  message,
}: Exclude<ImageVerdict, { readonly kind: 'verified' }>): Pick<Finding, 'code' | 'message'> {
  return { code, message };
}

/** What a mode makes of an image that isn't verified. */
export function consequence(mode: Mode): Pick<Finding, 'result'> {
  return { result: ({ enforce: 'refused', warn: 'warned', audit: 'noted' } as const)[mode] };
}
