import { isAdmissionError } from '../error.ts';
import { groupBy } from '../group-by.ts';
import { type AskImage, consequence, type Finding, findImages } from '../judge/findings.ts';
import { wholeName } from '../judge/judge-image.ts';
import { type Layer, layersFor, type NamespaceRow } from '../scope/scope.ts';
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts';
import { answerFindings, refuse } from './answer.ts';
import { patchMembers, type PatchOperation } from './pin-patch.ts';
import { changedImages, readWorkload, type Workload, type WorkloadImage } from './workload.ts';

/** What a review needs to know. */
export interface ReviewContext {
  readonly rows: readonly NamespaceRow[];
  /** Changes the maps by what the cluster says of the namespace: its exceptions. */
  readonly excuse?: (layers: readonly [Layer, ...Layer[]], namespace: string) => Promise<readonly [Layer, ...Layer[]]>;
  /** Answers about the images of one object. */
  readonly ask: (request: Pick<AdmissionRequest, 'namespace'>, workload: Workload | undefined) => AskImage;
  readonly now: () => Date;
}

/** An answer, and what it came of, for the log and the metrics. */
export interface Reviewed {
  readonly response: AdmissionResponse;
  readonly findings: readonly Finding[];
}

/** `/validate`: whether what is in the object may run. This is the hook that refuses; it sees the object that will be stored. */
export async function validateObject(request: AdmissionRequest, context: ReviewContext): Promise<Reviewed> {
  return reviewObject(request, context, unlessUnpinned);
}

/** Whether what a Pod runs already might be created now. What it pulled is known by its digest: a tag is no fault of it. */
export async function judgeRunning(request: AdmissionRequest, context: ReviewContext): Promise<Reviewed> {
  return reviewObject(request, context, (finding) => finding);
}

async function reviewObject(
  request: AdmissionRequest,
  context: ReviewContext,
  revise: (finding: Finding, workload: Workload) => Finding,
): Promise<Reviewed> {
  const { uid } = request;
  try {
    const subject = await subjectOf(request, context);
    if (subject.kind === 'nothing') return { response: { uid, allowed: true }, findings: [] };
    if (subject.kind === 'refused') return { response: refuse(uid, subject.code, subject.message), findings: [] };
    const findings = (await judge(request, subject, context)).map((finding) => revise(finding, subject.workload));
    return { response: answerFindings(uid, findings), findings };
  } catch (error) {
    if (!isAdmissionError(error)) throw error;
    return { response: refuse(uid, error.code, error.message), findings: [] };
  }
}

/**
 * `/mutate`: writes the digest that was verified into Pods, so that the kubelet can't pull anything else. It refuses nothing: another webhook may still change the image, and
 * the validating hook judges what comes of that. Workloads stay as they are, so that GitOps sees no drift.
 */
export async function pinObject(request: AdmissionRequest, context: ReviewContext): Promise<Reviewed> {
  const { uid } = request;
  try {
    const subject = await subjectOf(request, context);
    if (subject.kind !== 'images' || !subject.workload.isPod) return { response: { uid, allowed: true }, findings: [] };
    const findings = await judge(request, subject, context);
    const operations = groupBy(findings, ({ image }) => image).flatMap(pinOf);
    return { response: { uid, allowed: true, ...patchMembers(operations) }, findings };
  } catch (error) {
    if (!isAdmissionError(error)) throw error;
    return { response: { uid, allowed: true }, findings: [] };
  }
}

type Subject =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'images';
      readonly workload: Workload;
      readonly images: readonly WorkloadImage[];
      readonly layers: readonly [Layer, ...Layer[]];
    };

/** @throws AdmissionError `unknown-kind`, `invalid-review`, `cluster` */
async function subjectOf(request: AdmissionRequest, { rows, excuse }: ReviewContext): Promise<Subject> {
  const { operation, kind, namespace = '' } = request;
  if (operation === 'DELETE' || operation === 'CONNECT') return { kind: 'nothing' };
  if (operation !== 'CREATE' && operation !== 'UPDATE')
    return {
      kind: 'refused',
      code: 'invalid-review',
      message: `sigtrail doesn’t know the operation ${operation}`,
    };
  const workload = readWorkload(kind, request.object);
  // Without the object from before, everything counts as new.
  const hasBefore = operation === 'UPDATE' && request.oldObject !== null && request.oldObject !== undefined;
  const images = changedImages(workload, hasBefore ? readWorkload(kind, request.oldObject) : undefined);
  if (images.length === 0) return { kind: 'nothing' };
  const layers = layersFor(rows, namespace, workload.serviceAccount);
  if (layers === undefined)
    return {
      kind: 'refused',
      code: 'no-row',
      message: `sigtrail’s settings have no row for the namespace ${namespace}; add one, or a last row for "*"`,
    };
  return { kind: 'images', workload, images, layers: excuse === undefined ? layers : await excuse(layers, namespace) };
}

async function judge(
  request: AdmissionRequest,
  { workload, images, layers }: Extract<Subject, { readonly kind: 'images' }>,
  { ask, now }: ReviewContext,
): Promise<readonly Finding[]> {
  return findImages(workload, images, layers, ask(request, workload), now());
}

/** A tag that is verified now is another image when the kubelet pulls it: a Pod that still has one wasn't pinned. */
function unlessUnpinned(finding: Finding, { isPod }: Workload): Finding {
  const { code, mode, reference } = finding;
  if (!isPod || code !== 'verified' || mode !== 'enforce' || reference?.digest !== undefined) return finding;
  const { digest: _, ...rest } = finding;
  return { ...rest, ...consequence(mode), code: 'not-pinned', message: NOT_PINNED };
}

const NOT_PINNED =
  'it is verified, and named by a tag, which may name another image when the kubelet pulls it; let sigtrail’s mutating webhook pin it, or name its digest';

/**
 * The patch of one image: the digest, where every map that asks for signatures accepted the same one. An image that is only excused gets its whole name: a short one means
 * another registry to some runtimes than the one that the exception is for.
 */
function pinOf(findings: readonly [Finding, ...Finding[]]): readonly PatchOperation[] {
  const [{ image, reference }] = findings;
  const verified = findings.filter(({ code }) => code === 'verified');
  const isAllowed = findings.every(({ code }) => code === 'verified' || code === 'exception');
  const isTrial = findings.every(({ mode }) => mode === 'audit');
  if (reference === undefined || !isAllowed || isTrial) return [];
  const [digest, ...others] = new Set(verified.map((finding) => finding.digest));
  // The maps disagree, or which manifest runs isn't fixed: the validating hook says so.
  if (others.length > 0 || (verified.length > 0 && digest === undefined)) return [];
  // The index may be named by digest already while the platform's own manifest is what was verified.
  const value = wholeName(reference, digest ?? reference.digest);
  const isSame = digest === undefined ? value === image.image : reference.digest === digest;
  return isSame ? [] : [{ op: 'replace', path: image.path, value }];
}
