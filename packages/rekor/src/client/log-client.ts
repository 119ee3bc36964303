import type { RekorEntry, ScannedEntry } from '../entry/entry.ts';
import type { EntryQuestion } from '../entry/log-entry.ts';
import type {
  AdvertisedKey,
  ConsistencyAnswer,
  EntriesAnswer,
  EntriesQuestion,
  LogCheckpoint,
  RekorCallOptions,
  RekorLogInfo,
  ScanOptions,
} from './rekor.ts';
import type { SearchAnswer, SearchQuery } from './search.ts';

/** What both versions of log answer. */
export interface LogClient {
  entry(question: EntryQuestion, call: RekorCallOptions): Promise<RekorEntry>;
  entries(questions: readonly EntriesQuestion[], call: RekorCallOptions): Promise<EntriesAnswer>;
  search(query: SearchQuery, call: RekorCallOptions): Promise<SearchAnswer>;
  logInfo(call: RekorCallOptions): Promise<RekorLogInfo>;
  checkpoint(treeId: string | undefined, call: RekorCallOptions): Promise<LogCheckpoint>;
  consistency(
    from: string | LogCheckpoint,
    to: string | LogCheckpoint | undefined,
    call: RekorCallOptions,
  ): Promise<ConsistencyAnswer>;
  /** In batches as they were read. */
  scan(from: number, to: number | undefined, options: ScanOptions): AsyncIterable<readonly ScannedEntry[]>;
  advertisedKey(treeId: string | undefined, call: RekorCallOptions): Promise<AdvertisedKey>;
}
