import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isAdmissionError } from '../error.ts';
import { parseBody } from '../review/admission-review.ts';
import { tryRead } from '../judge/judge-image.ts';
import type { Workload, WorkloadImage } from '../review/workload.ts';
import { type ApiReader, objectName } from './read-api.ts';
import { forHosts } from './registry-patterns.ts';

/** Credentials that a Pod brings. */
export interface PullCredentials {
  /** Equal for equal credentials; empty for none. Tells nothing of them. */
  readonly scope: string;
  /** As a Docker configuration with nothing but `auths`: a secret must not name a program to run. */
  readonly config: { readonly auths: Readonly<Record<string, unknown>> };
  /** Why some could not be read, for the message about an image that then could not be read either. */
  readonly problems: readonly string[];
}

const SECRET = z.object({ type: z.string(), data: z.record(z.string(), z.string()).optional() });
const ACCOUNT = z.object({ imagePullSecrets: z.array(z.object({ name: z.string().optional() })).nullish() });
const AUTHS = z.record(z.string(), z.unknown());
const CONFIG = z.object({ auths: AUTHS });

/** No Pod has more in practice; each is a request. */
const MAX_SECRETS = 16;

/**
 * Reads the pull secrets of a Pod, or of the service account that it runs as where it names none, as the API server fills them in. One that can't be read is left out, as the
 * kubelet leaves it out.
 */
export async function readPullSecrets(
  api: ApiReader,
  namespace: string,
  { spec, serviceAccount, images }: Workload,
  deadline: Date,
): Promise<PullCredentials> {
  const problems: string[] = [];
  const noting = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isAdmissionError(error)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
  const get = async (kind: 'secrets' | 'serviceaccounts', name: string): Promise<unknown> =>
    api.get(`/api/v1/namespaces/${objectName(namespace)}/${kind}/${objectName(name)}`, deadline);
  const own = namesOf(spec.imagePullSecrets);
  const names =
    own.length > 0
      ? own
      : await noting(async () => {
          const account = ACCOUNT.safeParse(await get('serviceaccounts', serviceAccount));
          return namesOf(account.data?.imagePullSecrets ?? undefined);
        }, []);
  const read = await Promise.all(
    names.slice(0, MAX_SECRETS).map(async (name) =>
      noting(async () => {
        const auths = authsOf(await get('secrets', name));
        if (auths === undefined) problems.push(`the secret ${name} is not a pull secret`);
        return auths ?? {};
      }, {}),
    ),
  );
  // Of two secrets for one registry, the first counts; the kubelet would try both.
  const first: Readonly<Record<string, unknown>> = Object.fromEntries(read.toReversed().flatMap(Object.entries));
  const auths = forHosts(first, images.flatMap(registryOf));
  return { scope: scopeOf(auths), config: { auths }, problems };
}

function namesOf(list: readonly { readonly name?: string | undefined }[] = []): readonly string[] {
  return list.flatMap(({ name }) => (name === undefined || name === '' ? [] : [name]));
}

/** The credentials in a secret of either type. */
function authsOf(secret: unknown): Readonly<Record<string, unknown>> | undefined {
  const { type, data = {} } = SECRET.safeParse(secret).data ?? { type: '' };
  if (type === 'kubernetes.io/dockerconfigjson')
    return CONFIG.safeParse(contentOf(data['.dockerconfigjson'])).data?.auths;
  if (type === 'kubernetes.io/dockercfg') return AUTHS.safeParse(contentOf(data['.dockercfg'])).data;
  return undefined;
}

/** The registry of an image that can be read; a message about any other comes from elsewhere. */
function registryOf({ image }: WorkloadImage): readonly string[] {
  const reference = tryRead(image);
  return 'refusal' in reference ? [] : [reference.registry];
}

function contentOf(base64: string | undefined): unknown {
  try {
    return parseBody(Buffer.from(base64 ?? '', 'base64'));
  } catch (error) {
    if (!isAdmissionError(error)) throw error;
    return undefined; // Said by its name; nothing of its content.
  }
}

function scopeOf(auths: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(auths).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? '' : createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
