import { parse, YAMLError } from 'yaml';
import { isGateError, parsePolicyMap, type PolicyMap } from '@sigtrail/gate';
import { z } from 'zod';
import { AdmissionError, isAdmissionError } from '../error.ts';
import type { ImageMap, Layer } from '../scope/scope.ts';
import { toAnswer } from '../settings/image-map.ts';
import { type ApiReader, objectName } from './read-api.ts';

/** On a Namespace, never on what runs in it: who creates a Pod must not excuse it. */
export const EXCEPTIONS_ANNOTATION = 'sigtrail.dev/exceptions';

const NAMESPACE = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }),
});

/**
 * Applies a Namespace's exceptions before the map of its row; maps of service accounts apply unchanged. Exceptions that can't be read don't apply, and the messages
 * say so.
 */
export async function excuseByNamespace(
  api: ApiReader,
  [first, ...accounts]: readonly [Layer, ...Layer[]],
  namespace: string,
  deadline: Date,
): Promise<readonly [Layer, ...Layer[]]> {
  try {
    const exceptions = await readExceptions(api, namespace, deadline);
    if (exceptions === undefined) return [first, ...accounts];
    return [{ ...first, map: withExceptions(first.map, exceptions) }, ...accounts];
  } catch (error) {
    if (!isAdmissionError(error)) throw error;
    return [{ ...first, of: `${first.of}, whose exceptions count for nothing: ${error.message}` }, ...accounts];
  }
}

/** @throws AdmissionError `cluster` */
async function readExceptions(api: ApiReader, namespace: string, deadline: Date): Promise<PolicyMap | undefined> {
  const found = NAMESPACE.safeParse(await api.get(`/api/v1/namespaces/${objectName(namespace)}`, deadline));
  const text = found.data?.metadata.annotations?.[EXCEPTIONS_ANNOTATION];
  if (text === undefined) return undefined;
  const file = `the annotation ${EXCEPTIONS_ANNOTATION}`;
  try {
    const exceptions: unknown = parse(text, { maxAliasCount: 0, logLevel: 'error' });
    return parsePolicyMap(JSON.stringify({ version: 1, images: [], exceptions }), { file });
  } catch (cause) {
    // The library throws a ReferenceError for aliases.
    if (!isGateError(cause) && !(cause instanceof YAMLError) && !(cause instanceof ReferenceError)) throw cause;
    throw new AdmissionError('cluster', `${file}: ${cause.message}`, { cause });
  }
}

function withExceptions({ file, policyFor }: ImageMap, exceptions: PolicyMap): ImageMap {
  return {
    file,
    policyFor: (reference, now) => {
      const answer = toAnswer(exceptions.policyFor(reference, now));
      return answer.kind === 'exception'
        ? { ...answer, from: 'the Namespace’s annotation' }
        : policyFor(reference, now);
    },
  };
}
