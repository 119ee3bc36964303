import { formatReference, isOciError, parseReference, type Reference, repositoryName } from 'oci-client-lite';
import { type ImagePolicy, isSigtrailError, type Verifier } from 'sigtrail';

/** The question about one image. */
export interface ImageQuestion {
  /** As it was parsed; text of a Pod never reaches the verifier, which also reads layouts from disk. */
  readonly reference: Reference;
  readonly policy: ImagePolicy;
  /** Where the Pod can only run on one platform. */
  readonly platform?: `${string}/${string}` | undefined;
  readonly deadline: Date;
}

/** What came of it. */
export type ImageVerdict =
  | {
      readonly kind: 'verified';
      /** The digest that a kubelet may be given; missing where only some manifests of an index were accepted, and which of them runs isn't fixed. */
      readonly digest?: string;
    }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  /** Something could not be read in time, or at all. */
  | { readonly kind: 'undecided'; readonly code: string; readonly message: string };

type Verify = Pick<Verifier, 'verify'>;

/**
 * Verifies what a reference names. An index that isn't signed itself counts where everything in it that could run was accepted: on the one platform that the Pod can run on,
 * or else on any.
 */
export async function judgeImage(verifier: Verify, question: ImageQuestion): Promise<ImageVerdict> {
  const { reference, policy, deadline } = question;
  try {
    const { digest } = await verifier.verify(formatReference(reference), policy, { deadline });
    return { kind: 'verified', digest };
  } catch (error) {
    const index = unsignedIndex(error);
    return index === undefined ? verdictOf(error) : judgeEntries(verifier, question, index);
  }
}

const INDEX_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** The digest of an index that was read whole and that the policy doesn't accept by itself. */
function unsignedIndex(error: unknown): string | undefined {
  if (!isSigtrailError(error) || error.report?.verdict !== 'rejected') return undefined;
  const { mediaType, digest } = error.report;
  return INDEX_TYPES.has(mediaType) ? digest : undefined;
}

async function judgeEntries(verifier: Verify, question: ImageQuestion, index: string): Promise<ImageVerdict> {
  const { reference, policy, platform, deadline } = question;
  const platforms = platform === undefined ? 'each' : [platform];
  try {
    const verified = await verifier.verify(`${repositoryName(reference)}@${index}`, policy, { deadline, platforms });
    if (verified.index !== undefined) return { kind: 'verified', digest: digestOf(verified.index) };
    if (platform === undefined) return notAllJudged(reference);
    const [first, ...more] = verified.images;
    // Where several manifests fit the platform, all were accepted, and which of them runs is the kubelet's choice.
    return more.length > 0 ? { kind: 'verified' } : { kind: 'verified', digest: first.digest };
  } catch (error) {
    return verdictOf(error);
  }
}

function notAllJudged(reference: Reference): ImageVerdict {
  const message = `${formatReference(reference)} is an index that isn’t signed itself and lists manifests that were not judged; sign the index too (cosign sign --recursive), or fix the platform by the node selectors kubernetes.io/os and kubernetes.io/arch`;
  return { kind: 'rejected', code: 'index-not-signed', message };
}

function digestOf(pinned: string): string {
  return pinned.slice(pinned.indexOf('@') + 1);
}

/** @throws what isn't an error about the image: a fault of this program */
function verdictOf(error: unknown): ImageVerdict {
  if (!isSigtrailError(error)) throw error;
  const { code, message, report } = error;
  switch (code) {
    case 'unsigned':
    case 'only-attestations':
    case 'no-attestation':
    case 'no-match':
      return { kind: 'rejected', code, message };
    case 'image-not-found':
    case 'invalid-reference':
      return { kind: 'rejected', code, message };
    case 'overloaded':
      return {
        kind: 'undecided',
        code,
        message: 'it was not asked about: as many images as there is room for are being verified',
      };
    default: {
      const [first, ...more] = report?.verdict === 'indeterminate' ? report.problems : [];
      if (first === undefined) return { kind: 'undecided', code, message };
      const others = more.length === 0 ? '' : ` (and ${String(more.length)} more)`;
      return { kind: 'undecided', code: first.code, message: `it could not be decided: ${first.message}${others}` };
    }
  }
}

/** What the text of an object names, or why it names no image. */
export function tryRead(image: string): Reference | { readonly refusal: string } {
  try {
    return parseReference(image);
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { refusal: error.message };
  }
}

/** What to write into the Pod: the whole name, since a short one means another registry to some runtimes, and the tag for people to read. */
export function wholeName({ registry, repository, tag }: Reference, digest: string | undefined): string {
  // What the runtimes call it; our name for it is the one that cosign's signatures carry.
  const host = registry === 'index.docker.io' ? 'docker.io' : registry;
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
