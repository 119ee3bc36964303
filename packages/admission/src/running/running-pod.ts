import { z } from 'zod';
import { AdmissionError } from '../error.ts';
import { type CONTAINER_LISTS, imageName } from '../review/workload.ts';

/** A Pod of a list, and the object that a review reads: its images are those that run. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly object: object;
  /** The containers and volumes, as `container app`, whose images have a tag while the status has no digest. */
  readonly unknown: readonly string[];
}

const STATUSES = z.array(z.object({ name: z.string(), imageID: z.string() })).nullish();
const CONTAINERS = z.array(z.object({ name: z.string(), image: z.string().nullish() })).nullish();
const VOLUME = z.object({ name: z.string(), image: z.object({ reference: z.string().nullish() }).nullish() });
const POD = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string() }),
  // What a review reads, and no more: a whole cluster is kept in memory, without the values of its variables.
  spec: z.object({
    serviceAccountName: z.unknown().optional(),
    nodeSelector: z.unknown().optional(),
    imagePullSecrets: z.unknown().optional(),
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    ephemeralContainers: CONTAINERS,
    volumes: z.array(VOLUME).nullish(),
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      containerStatuses: STATUSES,
      initContainerStatuses: STATUSES,
      ephemeralContainerStatuses: STATUSES,
    })
    .nullish(),
});
const LIST = z.object({ items: z.array(POD), metadata: z.object({ continue: z.string().nullish() }).nullish() });

/** One page of `/api/v1/pods`, without the Pods that have ended. @throws AdmissionError `cluster` */
export function readPodList(list: unknown): { readonly pods: readonly RunningPod[]; readonly next: string } {
  const parsed = LIST.safeParse(list);
  if (!parsed.success) throw new AdmissionError('cluster', 'the API server’s list of Pods can’t be read');
  const { items, metadata } = parsed.data;
  const pods = items.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').map(readPod);
  return { pods, next: metadata?.continue ?? '' };
}

function readPod({ metadata: { namespace, name }, spec, status }: z.infer<typeof POD>): RunningPod {
  const containers = asTheyRun('containers', spec.containers, status?.containerStatuses);
  const initContainers = asTheyRun('initContainers', spec.initContainers, status?.initContainerStatuses);
  const ephemeralContainers = asTheyRun(
    'ephemeralContainers',
    spec.ephemeralContainers,
    status?.ephemeralContainerStatuses,
  );
  // No status tells what a volume was filled from.
  const volumes = (spec.volumes ?? []).filter(({ image }) => isTagged(image?.reference));
  return {
    namespace,
    name,
    object: {
      spec: {
        ...spec,
        containers: containers.map(({ container }) => container),
        initContainers: initContainers.map(({ container }) => container),
        ephemeralContainers: ephemeralContainers.map(({ container }) => container),
      },
    },
    unknown: [
      ...[...containers, ...initContainers, ...ephemeralContainers].flatMap(({ unknown }) => unknown),
      ...volumes.map((volume) => imageName('volumes', volume.name)),
    ],
  };
}

interface ContainerAsItRuns {
  readonly container: object;
  readonly unknown: readonly string[];
}

/**
 * A container runs what its tag named when it was pulled: the digest in its status counts. Of an image that was loaded into the node by hand, the status has only a
 * configuration, which no registry signs for; before a container is pulled, it has nothing, and the tag decides.
 */
function asTheyRun(
  list: keyof typeof CONTAINER_LISTS,
  containers: z.infer<typeof CONTAINERS>,
  statuses: z.infer<typeof STATUSES>,
): readonly ContainerAsItRuns[] {
  return (containers ?? []).map((container) => {
    const { name, image } = container;
    const imageID = statuses?.find((one) => one.name === name)?.imageID ?? '';
    if (imageID === '' || !isTagged(image)) return { container, unknown: [] };
    // `ghcr.io/acme/app@sha256:…`, with `docker-pullable://` before it where Docker runs it.
    const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(imageID) ?? [];
    if (digest === undefined) return { container, unknown: [imageName(list, name)] };
    return { container: { ...container, image: `${image}@${digest}` }, unknown: [] };
  });
}

function isTagged(image: string | null | undefined): image is string {
  return image !== undefined && image !== null && image !== '' && !image.includes('@');
}
