import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Redis } from 'ioredis';
import type { ImageReport } from 'sigtrail';
import { CLOCKS_DIFFER_MS } from './clocks.ts';
import { queuePrefix } from './connection.ts';
import type { Seal } from './seal.ts';

/** What came of a question. */
export type Answer =
  | { readonly kind: 'report'; readonly report: ImageReport }
  | { readonly kind: 'problem'; readonly problem: { readonly code: string; readonly message: string } };

/** Where workers leave the answers, each for the job that it is the answer to, and for no other question. */
export interface Answers {
  put(shard: number, jobId: string, answer: Answer, keepMs: number): Promise<void>;
  /** The answers to these jobs, as far as they are there. What is not under the seal of this fleet for this very job is not there. */
  find(shard: number, jobIds: readonly string[]): Promise<ReadonlyMap<string, Answer>>;
}

/** An answer as it lies in Redis. */
interface KeptAnswer {
  readonly answer: Answer;
  /** When it expires, by the clock of its worker. Redis should forget it then, and could bring it back. */
  readonly until: number;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);
// The report of one image: a few kilobytes, and in the worst case some megabytes.
const MAX_BYTES = 64 * 1024 * 1024;

/** The answers in Redis, under MACs. */
export function createAnswers(redis: Redis, prefix: string, seal: Seal, onWarning: (message: string) => void): Answers {
  const keyOf = (shard: number, jobId: string): string => `${queuePrefix(prefix, shard)}:answer:${jobId}`;
  return {
    put: async (shard, jobId, answer, keepMs) => {
      const kept: KeptAnswer = { answer, until: Date.now() + keepMs };
      const closed = seal.close(jobId, await pack(JSON.stringify(kept), { level: 1 }));
      await redis.set(keyOf(shard, jobId), closed, 'PX', keepMs);
    },
    find: async (shard, jobIds) => {
      if (jobIds.length === 0) return new Map();
      const found = await redis.mgetBuffer(jobIds.map((jobId) => keyOf(shard, jobId)));
      const answers = await Promise.all(
        found.map(async (closed, index): Promise<readonly (readonly [string, Answer])[]> => {
          const jobId = jobIds[index];
          if (closed === null || jobId === undefined) return [];
          const bytes = seal.open(jobId, closed);
          if (bytes === undefined) {
            onWarning(`Redis holds an answer to ${jobId} that no worker of this fleet wrote: it is left out`);
            return [];
          }
          const { answer, until } = await read(bytes);
          if (Date.now() <= until + CLOCKS_DIFFER_MS) return [[jobId, answer]];
          onWarning(`Redis brought back an answer to ${jobId} that had expired: it is left out`);
          return [];
        }),
      );
      return new Map(answers.flat());
    },
  };
}

/** Bytes under our seal are what one of us wrote. */
async function read(bytes: Uint8Array): Promise<KeptAnswer> {
  return JSON.parse((await unpack(bytes, { maxOutputLength: MAX_BYTES })).toString()) as KeptAnswer;
}
