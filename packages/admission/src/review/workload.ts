import { z } from 'zod';
import { AdmissionError } from '../error.ts';
import type { AdmissionRequest } from './admission-review.ts';

/** The parts of a Pod, or of the template that Pods are made from, that decide what runs. */
export interface Workload {
  /** A template's Pods come by later, and are pinned then. */
  readonly isPod: boolean;
  /** JSON pointer to the Pod's spec inside the object. */
  readonly path: string;
  readonly spec: PodSpec;
  /** What the Pod runs as. */
  readonly serviceAccount: string;
  readonly images: readonly WorkloadImage[];
}

/** One image that the kubelet would pull. */
export interface WorkloadImage {
  /** The container, as people know it: `container app`, `init container setup`, `volume model`. */
  readonly name: string;
  /** As written in the object. */
  readonly image: string;
  /** JSON pointer to the image. */
  readonly path: string;
}

interface Container {
  readonly name: string;
  readonly image?: string | undefined;
}

interface PodSpec {
  readonly serviceAccountName?: string | undefined;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly imagePullSecrets?: readonly { readonly name?: string | undefined }[] | undefined;
  readonly containers?: readonly Container[] | undefined;
  readonly initContainers?: readonly Container[] | undefined;
  readonly ephemeralContainers?: readonly Container[] | undefined;
  readonly volumes?: readonly Volume[] | undefined;
}

interface Volume {
  readonly name: string;
  readonly image?: { readonly reference?: string | undefined } | undefined;
}

// The API server writes an absent list as `null` where a client did.
const nullish = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  schema.nullish().transform((value) => value ?? undefined);

const CONTAINERS: z.ZodType<readonly Container[] | undefined> = nullish(
  z.array(z.object({ name: z.string(), image: nullish(z.string()) })),
);
const SPEC: z.ZodType<PodSpec> = z.object({
  serviceAccountName: nullish(z.string()),
  nodeSelector: nullish(z.record(z.string(), z.string())),
  imagePullSecrets: nullish(z.array(z.object({ name: nullish(z.string()) }))),
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  ephemeralContainers: CONTAINERS,
  volumes: nullish(
    z.array(z.object({ name: z.string(), image: nullish(z.object({ reference: nullish(z.string()) })) })),
  ),
});

/** Where each kind keeps the Pod's spec. A kind that isn't here is refused by name: no image may slip by in a kind that we don't know. */
const SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  '/Pod': ['spec'],
  '/PodTemplate': ['template', 'spec'],
  '/ReplicationController': ['spec', 'template', 'spec'],
  'apps/DaemonSet': ['spec', 'template', 'spec'],
  'apps/Deployment': ['spec', 'template', 'spec'],
  'apps/ReplicaSet': ['spec', 'template', 'spec'],
  'apps/StatefulSet': ['spec', 'template', 'spec'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  'batch/Job': ['spec', 'template', 'spec'],
};

/** A ReplicationController may have no template, and then runs nothing. */
const MAY_BE_EMPTY = '/ReplicationController';

/**
 * Reads what would run from an object of the API.
 *
 * @throws AdmissionError `unknown-kind`, `invalid-review`
 */
export function readWorkload({ group, kind }: AdmissionRequest['kind'], object: unknown): Workload {
  const type = `${group}/${kind}`;
  const steps = Object.hasOwn(SPEC_PATHS, type) ? SPEC_PATHS[type] : undefined;
  if (steps === undefined)
    throw new AdmissionError(
      'unknown-kind',
      `sigtrail doesn’t know where ${kind}${group === '' ? '' : ` of ${group}`} names images; take the resource out of the rules of the webhook configuration`,
    );
  const found = steps.reduce<unknown>((value, step) => memberOf(value, step), object);
  if ((found === undefined || found === null) && type !== MAY_BE_EMPTY)
    throw new AdmissionError('invalid-review', `${kind}: ${steps.join('.')} is missing`);
  const parsed = SPEC.safeParse(found ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = [...steps, ...(issue?.path ?? [])].join('.');
    throw new AdmissionError('invalid-review', `${kind}: ${place}: ${issue?.message ?? 'can’t be read'}`);
  }
  const { data: spec } = parsed;
  const path = `/${steps.join('/')}`;
  const { serviceAccountName } = spec;
  return {
    isPod: group === '' && kind === 'Pod',
    path,
    spec,
    // The API server's own plug-in fills it in for Pods, before webhooks are asked; in templates it may be left out.
    serviceAccount: serviceAccountName === undefined || serviceAccountName === '' ? 'default' : serviceAccountName,
    images: imagesOf(spec, path),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** The lists of containers in a Pod, and what a container of each is called. */
export const CONTAINER_LISTS = {
  initContainers: 'init container',
  containers: 'container',
  ephemeralContainers: 'ephemeral container',
} as const;

/** What an image is called in reports: by the list that its container or volume stands in, and the name there. */
export function imageName(list: keyof typeof CONTAINER_LISTS | 'volumes', name: string): string {
  return `${list === 'volumes' ? 'volume' : CONTAINER_LISTS[list]} ${name}`;
}

/** Every image, in the order of the object. A container of a template may leave its image to others, who write it before there is a Pod. */
function imagesOf(spec: PodSpec, path: string): readonly WorkloadImage[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
  const ofContainers = lists.flatMap((list) =>
    (spec[list] ?? []).map(({ name, image }, index) => ({
      name: imageName(list, name),
      image,
      path: `${path}/${list}/${String(index)}/image`,
    })),
  );
  const ofVolumes = (spec.volumes ?? []).map(({ name, image }, index) => ({
    name: imageName('volumes', name),
    image: image?.reference,
    path: `${path}/volumes/${String(index)}/image/reference`,
  }));
  return [...ofContainers, ...ofVolumes].flatMap(({ image, ...rest }) =>
    image === undefined || image === '' ? [] : [{ ...rest, image }],
  );
}

/**
 * The images that this request brings: all of them where the object is new, those that differ from before where it is changed. What runs already was judged when it came;
 * asking again on every change of a label would make each of them fail while a registry is down.
 */
export function changedImages(workload: Workload, before: Workload | undefined): readonly WorkloadImage[] {
  const old = new Map(before?.images.map(({ name, image }) => [name, image]));
  return workload.images.filter(({ name, image }) => old.get(name) !== image);
}

/** `linux/amd64`, where the node selector lets the Pod run on nothing else. */
export function fixedPlatform({ nodeSelector = {} }: PodSpec): `${string}/${string}` | undefined {
  const os = nodeSelector['kubernetes.io/os'];
  const architecture = nodeSelector['kubernetes.io/arch'];
  const isName = (text: string | undefined): text is string => text !== undefined && /^[a-z0-9]+$/.test(text);
  return isName(os) && isName(architecture) ? `${os}/${architecture}` : undefined;
}
