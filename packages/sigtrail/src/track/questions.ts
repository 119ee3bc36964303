import { type EntriesQuestion, searchKeys, trackKeys, type TrackPlan } from '@sigtrail/rekor';
import type { HashQuestion } from './ask-log.ts';
import type { TrackedDigest, TrackQuestion } from './image-track.ts';
import type { RegistrySignature } from './registry-signatures.ts';

/** The questions to a log about a digest. */
interface DigestPlan extends TrackPlan {
  readonly digest: TrackedDigest;
}

/** All questions to the logs. They are the same for each log, except the indexes, which belong to one log. */
export interface Questions {
  readonly hashes: readonly HashQuestion[];
  /** Entries by content. */
  readonly proposed: readonly { readonly question: EntriesQuestion; readonly because: string }[];
}

/** Plans the questions for an image and its platforms, each with the signatures that the registry has for it. */
export function planQuestions(
  digests: readonly TrackedDigest[],
  signatures: readonly RegistrySignature[],
  repository: string,
): Questions {
  const plans = digests.map((digest): DigestPlan => {
    const own = signatures.filter((signature) => signature.digest === digest.digest);
    const signedPayloads = own.flatMap(({ signed }) => (signed === undefined ? [] : [signed]));
    return { digest, ...trackKeys(searchKeys({ digests: [digest.digest], repository, signatures: signedPayloads })) };
  });
  const hashes = plans.flatMap(({ digest, searches }) =>
    searches.flatMap(({ query: { hash }, because }) =>
      hash === undefined ? [] : [{ hash, because: nameOf(digest, because), about: [digest.digest] }],
    ),
  );
  const distinct = new Map(hashes.map((question) => [question.hash, question]));
  return { hashes: [...distinct.values()], proposed: plans.flatMap(({ questions }) => questions) };
}

function nameOf({ platform }: TrackedDigest, because: string): string {
  return platform === undefined ? because : `${because} (${platform})`;
}

/** The entries that the registry's signatures name by index, in the log with these ids. */
export function namedQuestions(
  signatures: readonly RegistrySignature[],
  logIds: ReadonlySet<string>,
): readonly { readonly question: EntriesQuestion; readonly because: string }[] {
  const byIndex = new Map<number, string>();
  for (const { id, carried } of signatures)
    for (const { logId, logIndex } of carried) if (logIds.has(logId)) byIndex.set(logIndex, `index named by ${id}`);
  return [...byIndex].map(([logIndex, because]) => ({ question: { logIndex }, because }));
}

/** All questions, for people. */
export function questionsOf(
  { hashes, proposed }: Questions,
  signatures: readonly RegistrySignature[],
): readonly TrackQuestion[] {
  return [
    ...hashes.map(({ hash, because }) => ({ kind: 'hash', value: hash, because }) as const),
    ...signatures.flatMap(({ id, carried }) =>
      carried.map(
        ({ logIndex }) => ({ kind: 'index', value: String(logIndex), because: `index named by ${id}` }) as const,
      ),
    ),
    ...proposed.map(({ question, because }) => ({ kind: 'entry', value: describe(question), because }) as const),
  ];
}

function describe(question: EntriesQuestion): string {
  return 'proposed' in question ? `${question.proposed.kind} ${question.proposed.apiVersion}` : 'an entry';
}
