import { entryAlarm } from '../proof/check-entry.ts';
import type { RekorEntry } from '../entry/entry.ts';
import { isRekorError } from '../error.ts';
import type { RekorError } from '../error.ts';
import { parseLogEntries } from '../entry/log-entry.ts';
import type { LogEntry } from '../entry/log-entry.ts';
import { signedEnd } from './log-shards.ts';
import { parseEntryBody } from '../entry/entry-body.ts';
import { isProposed } from '../entry/proposed-entry.ts';
import type { EntriesAnswer, EntriesQuestion, RekorCallOptions, RekorLogInfo } from './rekor.ts';
import { droppedEntry, checkAnswer } from '../proof/check-answer.ts';
import type { V1Context } from '../proof/check-answer.ts';

// Rekor refuses more in one request (422).
const BATCH = 10;
// One question may be answered by a copy in each shard.
const MAX_ANSWERS = 1000;

/**
 * Asks for many entries, ten in a request, and matches the answers back: unknown ones are left out by the log, the order is its own, and
 * one UUID or proposed entry may be answered by a copy in each shard.
 */
export async function retrieveEntries(
  context: V1Context,
  questions: readonly EntriesQuestion[],
  call: RekorCallOptions,
): Promise<EntriesAnswer> {
  const unique = [...new Map(questions.map((question) => [keyOf(question), question])).values()];
  const [info, ...batches] = await Promise.all([
    context.shards(call),
    ...chunks(unique, BATCH).map((batch) => retrieveBatch(context, batch, call)),
  ]);
  const entries = new Map<string, RekorEntry>();
  const missing: EntriesQuestion[] = [];
  const refused: { question?: EntriesQuestion; error: RekorError }[] = [];
  for (const { batch, answers, errors } of batches) {
    for (const error of errors) refused.push({ error });
    const unasked = new Set(answers);
    for (const question of batch) {
      const own = answers.filter((entry) => isAnswer(entry, question)).toSorted((a, b) => a.logIndex - b.logIndex);
      for (const entry of own) {
        unasked.delete(entry);
        await sortAnswer(context, entry, question, info, call, { entries, refused });
      }
      if (own.length === 0) {
        const error = await lookAgain(context, question, info, call, entries);
        if (error === undefined) continue;
        if (error === 'missing') missing.push(question);
        else refused.push({ question, error });
      }
    }
    for (const entry of unasked) {
      const place = { url: context.asker.url, version: 1, asked: batch.map(keyOf).join('; ') } as const;
      refused.push({
        error: entryAlarm(
          'entry-mismatch',
          'the log answered with an entry that was not asked for',
          entry,
          context.trust,
          place,
          {
            actual: entry.uuid,
          },
        ),
      });
    }
  }
  return { entries: [...entries.values()], missing, refused };
}

interface Batch {
  readonly batch: readonly EntriesQuestion[];
  readonly answers: readonly LogEntry[];
  readonly errors: readonly RekorError[];
}

async function retrieveBatch(
  { asker }: V1Context,
  batch: readonly EntriesQuestion[],
  { signal }: RekorCallOptions,
): Promise<Batch> {
  const indexes = batch.flatMap((question) => ('logIndex' in question ? [question.logIndex] : []));
  const uuids = batch.flatMap((question) => ('uuid' in question ? [question.uuid.toLowerCase()] : []));
  const proposed = batch.flatMap((question) => ('proposed' in question ? [question.proposed] : []));
  // An empty list is refused (422), so it is left out. Indexes are written digit by digit: JSON.stringify knows no bigint.
  const members = [
    ...(indexes.length === 0 ? [] : [`"logIndexes":[${indexes.map(String).join(',')}]`]),
    ...(uuids.length === 0 ? [] : [`"entryUUIDs":${JSON.stringify(uuids)}`]),
    ...(proposed.length === 0 ? [] : [`"entries":${JSON.stringify(proposed)}`]),
  ];
  const { body } = await asker.ask({ path: '/api/v1/log/entries/retrieve', body: `{${members.join(',')}}`, signal });
  const listed = parseLogEntries(body, MAX_ANSWERS);
  const once = new Map(
    listed.flatMap((one) => ('entry' in one ? [[`${one.entry.uuid} ${String(one.entry.logIndex)}`, one.entry]] : [])),
  );
  return { batch, answers: [...once.values()], errors: listed.flatMap((one) => ('error' in one ? [one.error] : [])) };
}

/** Puts an answer among the proven entries, or among those that were refused. */
async function sortAnswer(
  context: V1Context,
  entry: LogEntry,
  question: EntriesQuestion,
  info: RekorLogInfo | undefined,
  call: RekorCallOptions,
  into: { entries: Map<string, RekorEntry>; refused: { question?: EntriesQuestion; error: RekorError }[] },
): Promise<void> {
  const asked = 'proposed' in question ? undefined : question;
  try {
    const proven = await checkAnswer(context, entry, asked, keyOf(question), info, call);
    into.entries.set(`${proven.uuid} ${String(proven.logIndex)}`, proven);
  } catch (error) {
    if (!isRekorError(error) || error.code === 'aborted') throw error;
    into.refused.push({ question, error });
  }
}

/** The log left out an index below its signed size: a replica that is behind, or a lie. Ask once more. */
async function lookAgain(
  context: V1Context,
  question: EntriesQuestion,
  info: RekorLogInfo | undefined,
  call: RekorCallOptions,
  entries: Map<string, RekorEntry>,
): Promise<RekorError | 'missing' | undefined> {
  if (!('logIndex' in question) || info === undefined || Number(question.logIndex) >= signedEnd(info)) return 'missing';
  const { answers } = await retrieveBatch(context, [question], call);
  const entry = answers.find((candidate) => isAnswer(candidate, question));
  if (entry === undefined) return droppedEntry(context.asker.url, Number(question.logIndex), info);
  const refused: { question?: EntriesQuestion; error: RekorError }[] = [];
  await sortAnswer(context, entry, question, info, call, { entries, refused });
  return refused[0]?.error;
}

function isAnswer(entry: LogEntry, question: EntriesQuestion): boolean {
  if ('logIndex' in question) return String(entry.logIndex) === String(question.logIndex);
  if ('uuid' in question) return entry.uuid.endsWith(question.uuid.toLowerCase());
  try {
    return isProposed(parseEntryBody(entry.body), question.proposed);
  } catch (error) {
    if (isRekorError(error)) return false;
    throw error;
  }
}

/** One spelling for each question. */
export function keyOf(question: EntriesQuestion): string {
  if ('logIndex' in question) return `logIndex ${String(question.logIndex)}`;
  return 'uuid' in question ? `uuid ${question.uuid.toLowerCase()}` : `proposed ${JSON.stringify(question.proposed)}`;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
