import { z } from 'zod';
import { AdmissionError } from '../error.ts';

/** A Pod of a list, and the object that a review reads: its images are those that run. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly object: object;
}

const STATUSES = z.array(z.object({ name: z.string(), imageID: z.string() })).nullish();
const CONTAINERS = z.array(z.looseObject({ name: z.string(), image: z.string().nullish() })).nullish();
const POD = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string() }),
  spec: z.looseObject({ containers: CONTAINERS, initContainers: CONTAINERS, ephemeralContainers: CONTAINERS }),
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
  const pods = items
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .map(({ metadata: { namespace, name }, spec, status }) => ({
      namespace,
      name,
      object: {
        spec: {
          ...spec,
          containers: asTheyRun(spec.containers, status?.containerStatuses),
          initContainers: asTheyRun(spec.initContainers, status?.initContainerStatuses),
          ephemeralContainers: asTheyRun(spec.ephemeralContainers, status?.ephemeralContainerStatuses),
        },
      },
    }));
  return { pods, next: metadata?.continue ?? '' };
}

/** A container runs what its tag named when it was pulled: the digest in its status counts, where there is one. */
function asTheyRun(containers: z.infer<typeof CONTAINERS>, statuses: z.infer<typeof STATUSES>): readonly object[] {
  return (containers ?? []).map((container) => {
    const { name, image } = container;
    // `ghcr.io/acme/app@sha256:…`, with `docker-pullable://` before it where Docker runs it.
    const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(statuses?.find((one) => one.name === name)?.imageID ?? '') ?? [];
    if (digest === undefined || image === undefined || image === null || image.includes('@')) return container;
    return { ...container, image: `${image}@${digest}` };
  });
}
