import { counted } from '@sigtrail/encoding';
import {
  type EntriesQuestion,
  isProposed,
  isLogAlarm,
  type LogEvidence,
  type Needle,
  readContents,
  type Rekor,
  type RekorEntry,
  searchBody,
  whyUnread,
} from '@sigtrail/rekor';
import { toProblem } from '../lower-errors.ts';
import type { Problem } from '../report/report.ts';
import { bodyHashes } from './body-hashes.ts';
import type { TrackSource } from './image-track.ts';

/** A question about hashes, with the digests that it is asked for. */
export interface HashQuestion {
  readonly hash: string;
  readonly because: string;
  readonly about: readonly string[];
}

/** All questions to one log. */
export interface LogQuestions {
  readonly hashes: readonly HashQuestion[];
  /** By place or content, each with the reason. */
  readonly entries: readonly { readonly question: EntriesQuestion; readonly because: string }[];
  /** Rekor v2: how many of the newest entries to read, and what to look for in them. */
  readonly scan?: {
    readonly entries: number;
    readonly hashes: ReadonlySet<string>;
    /** By tracked digest: what to look for in entries that can't be read. */
    readonly needles: readonly Needle[];
  };
}

/** An entry that a log returned. */
export interface Hit {
  readonly entry: RekorEntry;
  readonly foundBy: readonly string[];
  /** The digests in the questions that led to it. */
  readonly about: readonly string[];
}

/** The answers of one log. */
export interface LogAnswer {
  readonly hits: readonly Hit[];
  readonly sources: readonly TrackSource[];
  readonly problems: readonly Problem[];
  /** What the log said when it misbehaved. */
  readonly alarms: readonly LogEvidence[];
}

/**
 * Asks a log everything at once, then fetches the entries that the index led to: two steps, however many questions. The client checks each
 * entry; an entry that fails is a problem, and doesn't affect the others.
 */
export async function askLog(
  rekor: Rekor,
  questions: LogQuestions,
  signal: AbortSignal | undefined,
): Promise<LogAnswer> {
  const call = signal === undefined ? {} : { signal };
  const hits = new Map<string, Hit>();
  const faults = collectFaults(rekor.url);
  const add = (entry: RekorEntry, because: readonly string[], about: readonly string[]): void => {
    const key = `${entry.logIndex} ${entry.uuid.slice(-64)}`;
    const hit = hits.get(key);
    hits.set(key, {
      entry: hit?.entry ?? entry,
      foundBy: [...new Set([...(hit?.foundBy ?? []), ...because])],
      about: [...new Set([...(hit?.about ?? []), ...about])],
    });
  };
  let version: 1 | 2;
  try {
    version = await rekor.version(call);
  } catch (error) {
    const problem = faults.note(error);
    return {
      hits: [],
      sources: [failed('trees', rekor.url, problem, 'nothing')],
      problems: faults.problems,
      alarms: faults.alarms,
    };
  }
  const retrieve = async (
    asked: readonly {
      readonly question: EntriesQuestion;
      readonly because: readonly string[];
      readonly about: readonly string[];
    }[],
  ): Promise<void> => {
    if (asked.length === 0) return;
    const answer = await rekor.entries(
      asked.map(({ question }) => question),
      call,
    );
    for (const entry of answer.entries) {
      const leads = asked.filter(({ question }) => leadsTo(question, entry));
      add(
        entry,
        leads.flatMap(({ because }) => because),
        leads.flatMap(({ about }) => about),
      );
    }
    for (const { error } of answer.refused) faults.note(error);
  };
  const named = async (): Promise<TrackSource> => {
    const usable = questions.entries.filter(({ question }) => version === 1 || !('proposed' in question));
    const covers = `${counted(usable.length, 'entry', 'entries')} by place or content`;
    if (usable.length === 0)
      return { source: 'entries', where: rekor.url, answer: 'not-asked', covers: 'nothing to ask for' };
    try {
      await retrieve(usable.map(({ question, because }) => ({ question, because: [because], about: [] })));
      return { source: 'entries', where: rekor.url, answer: 'answered', covers };
    } catch (error) {
      const problem = faults.note(error);
      return failed('entries', rekor.url, problem, covers);
    }
  };
  const [byPlace, byHash] = await Promise.all([
    named(),
    version === 1
      ? askIndex(rekor, questions.hashes, retrieve, faults, call)
      : scanNewest(rekor, questions, add, faults, call),
  ]);
  return { hits: [...hits.values()], sources: [byPlace, byHash], problems: faults.problems, alarms: faults.alarms };
}

type Retrieve = (
  asked: readonly {
    readonly question: EntriesQuestion;
    readonly because: readonly string[];
    readonly about: readonly string[];
  }[],
) => Promise<void>;

async function askIndex(
  rekor: Rekor,
  hashes: readonly HashQuestion[],
  retrieve: Retrieve,
  faults: Faults,
  call: { readonly signal?: AbortSignal },
): Promise<TrackSource> {
  const leads = new Map<string, { because: string[]; about: string[] }>();
  const missed: Problem[] = [];
  await Promise.all(
    hashes.map(async ({ hash, because, about }) => {
      try {
        for (const uuid of (await rekor.search({ hash }, call)).uuids) {
          const lead = leads.get(uuid) ?? { because: [], about: [] };
          leads.set(uuid, { because: [...lead.because, because], about: [...lead.about, ...about] });
        }
      } catch (error) {
        missed.push(faults.note(error));
      }
    }),
  );
  try {
    await retrieve([...leads].map(([uuid, lead]) => ({ question: { uuid }, ...lead })));
  } catch (error) {
    missed.push(faults.note(error));
  }
  const covers = `${counted(hashes.length, 'digest')} in the index, which may be incomplete`;
  const [fault] = missed;
  if (fault === undefined) return { source: 'index', where: rekor.url, answer: 'answered', covers };
  return { ...failed('index', rekor.url, fault, covers), answer: missed.length < hashes.length ? 'partly' : 'failed' };
}

/** Rekor v2 has no index, so the requested number of its newest entries is read. */
async function scanNewest(
  rekor: Rekor,
  { scan }: LogQuestions,
  add: (entry: RekorEntry, because: readonly string[], about: readonly string[]) => void,
  faults: Faults,
  call: { readonly signal?: AbortSignal },
): Promise<TrackSource> {
  const source = { source: 'scan', where: rekor.url } as const;
  if (scan === undefined || scan.entries === 0)
    return {
      ...source,
      answer: 'not-asked',
      covers: 'a Rekor v2 log has no index; ask for a scan of its newest entries',
    };
  try {
    const head = await rekor.checkpoint(undefined, call);
    const end = Number(head.size);
    const start = Math.max(0, end - scan.entries);
    // By index, with the digests that were found in the bytes of an entry that can't be read.
    const found = new Map<number, readonly string[]>();
    const unread: Problem[] = [];
    for await (const { logIndex, body } of rekor.scan(start, end, { under: head, ...call })) {
      const contents = readContents(body);
      const why = whyUnread(contents);
      const about = why === undefined ? [] : (await searchBody(body, scan.needles, call)).names;
      if (about.length > 0 || bodyHashes(contents).some((hash) => scan.hashes.has(hash))) found.set(logIndex, about);
      else if (why !== undefined) unread.push(faults.unread(logIndex, why));
    }
    if (found.size > 0) {
      const { entries, refused } = await rekor.entries(
        [...found.keys()].map((logIndex) => ({ logIndex })),
        call,
      );
      for (const entry of entries) add(entry, ['scan of the newest entries'], found.get(entry.logIndex) ?? []);
      for (const { error } of refused) faults.note(error);
    }
    const covers = `entries ${start} to ${end}`;
    const [first] = unread;
    if (first === undefined) return { ...source, answer: 'answered', covers };
    const { code, message } = first;
    return { ...source, answer: 'partly', code, message, covers: `${covers}, ${unread.length} of which can’t be read` };
  } catch (error) {
    const problem = faults.note(error);
    return failed('scan', rekor.url, problem, `the newest ${scan.entries} entries`);
  }
}

function leadsTo(question: EntriesQuestion, entry: RekorEntry): boolean {
  if ('uuid' in question) return entry.uuid.endsWith(question.uuid) || question.uuid.endsWith(entry.uuid);
  if ('logIndex' in question) return question.logIndex === entry.logIndex;
  return isProposed(entry.contents, question.proposed);
}

function failed(source: TrackSource['source'], where: string, { code, message }: Problem, covers: string): TrackSource {
  return { source, where, answer: 'failed', code, message, covers };
}

interface Faults {
  readonly problems: readonly Problem[];
  readonly alarms: readonly LogEvidence[];
  note(error: unknown): Problem;
  /** An entry that can't be read: it may be about the image. */
  unread(logIndex: number, why: string): Problem;
}

/** A log's misbehaviour has codes and evidence of its own, and so does an unreadable log. Anything else is our bug, and is thrown. */
function collectFaults(url: string): Faults {
  const problems: Problem[] = [];
  const alarms: LogEvidence[] = [];
  return {
    problems,
    alarms,
    unread(logIndex, why) {
      const message = `${url}: entry ${logIndex} can’t be read: ${why}; no digest of the image was found in its bytes`;
      const problem = { code: 'entry-unread', message };
      problems.push(problem);
      return problem;
    },
    note(error) {
      const problem = toProblem(error, url);
      problems.push(problem);
      if (isLogAlarm(error) && error.evidence !== undefined) alarms.push(error.evidence);
      return problem;
    },
  };
}
