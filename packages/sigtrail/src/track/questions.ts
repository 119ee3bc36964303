import type { EntriesQuestion } from '@sigtrail/rekor';
import type { HashQuestion } from './ask-log.ts';
import { candidatePayloads } from './candidate-payloads.ts';
import type { TrackedDigest, TrackQuestion } from './image-track.ts';
import type { RegistrySignature } from './registry-signatures.ts';

/** The digests that an index is asked for: of the images, of the payloads in the registry, of those that cosign would sign. */
export function hashQuestions(
  digests: readonly TrackedDigest[],
  signatures: readonly RegistrySignature[],
  repository: string,
): readonly HashQuestion[] {
  const questions = [
    ...digests.map(({ digest, platform }) => ({
      hash: digest,
      because: platform === undefined ? 'digest of the image' : `digest of the platform ${platform}`,
      about: [digest],
    })),
    ...signatures.flatMap(({ id, digest, payload }) =>
      // A statement is found by its subject.
      payload?.kind === 'simple-signing'
        ? payload.hashes.slice(0, 1).map((hash) => ({ hash, because: `payload of ${id}`, about: [digest] }))
        : [],
    ),
    ...digests.flatMap(({ digest }) =>
      candidatePayloads(digest, repository)
        .filter(({ kind }) => kind === 'simple-signing')
        .flatMap(({ hashes }) => hashes.slice(0, 1))
        .map((hash) => ({ hash, because: `payload that cosign 1 and 2 sign for ${digest}`, about: [digest] })),
    ),
  ];
  const byHash = new Map<string, HashQuestion>();
  for (const question of questions) if (!byHash.has(question.hash)) byHash.set(question.hash, question);
  return [...byHash.values()];
}

/** The entries that the registry's signatures name, or that their content names, in this log. */
export function namedQuestions(
  signatures: readonly RegistrySignature[],
  logIds: ReadonlySet<string>,
): readonly { readonly question: EntriesQuestion; readonly because: string }[] {
  const byIndex = new Map<number, string>();
  for (const { id, carried } of signatures)
    for (const { logId, logIndex } of carried) if (logIds.has(logId)) byIndex.set(logIndex, `index named by ${id}`);
  return [
    ...[...byIndex].map(([logIndex, because]) => ({ question: { logIndex }, because })),
    ...signatures.flatMap(({ id, proposed }) =>
      proposed === undefined ? [] : [{ question: { proposed }, because: `content of ${id}` }],
    ),
  ];
}

/** All questions, for people. */
export function questionsOf(
  hashes: readonly HashQuestion[],
  signatures: readonly RegistrySignature[],
): readonly TrackQuestion[] {
  return [
    ...hashes.map(({ hash, because }) => ({ kind: 'hash', value: hash, because }) as const),
    ...signatures.flatMap(({ id, carried, proposed }) => [
      ...carried.map(
        ({ logIndex }) => ({ kind: 'index', value: String(logIndex), because: `index named by ${id}` }) as const,
      ),
      ...(proposed === undefined
        ? []
        : [{ kind: 'entry', value: `${proposed.kind} ${proposed.apiVersion}`, because: `content of ${id}` } as const]),
    ]),
  ];
}
