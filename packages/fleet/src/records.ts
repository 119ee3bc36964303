import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Redis } from 'ioredis';
import { parseReference } from 'oci-client-lite';
import type { Capsule } from 'sigtrail';
import * as z from 'zod';
import { CLOCKS_DIFFER_MS } from './clocks.ts';
import { bytesStore, redisStore } from './redis-store.ts';
import { createSeal } from './seal.ts';
import type { WorkerSettings } from './worker-options.ts';

/** What answers rested on, kept so that they can be given again without a registry. */
export interface Records {
  /**
   * Takes the place of an older record, or at least removes it. `readAt`: when the registry was asked, before anything was read; in milliseconds.
   *
   * @throws Error if the record is too large
   */
  keep(asked: Recorded, capsule: Capsule, readAt: number): Promise<void>;
  /** What is there in whole, unspoiled and young enough; every place in it has the age of the record. */
  find(asked: Recorded): Promise<Capsule | undefined>;
}

/** What a record is about. The trusted root is not in it: a record is for judging by another one. */
export interface Recorded {
  readonly reference: string;
  readonly policy: { readonly hash: string };
}

/** A capsule whose bytes are in the store, under their digests. */
interface Stored {
  /** By the clock of the worker that asked the registry. */
  readonly readAt: number;
  readonly digests: readonly string[];
  readonly capsule: Capsule;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** The records in Redis, under MACs: it can lose one, or bring back one that is young enough, and change nothing. */
export function createRecords(redis: Redis, { fleet, account, keepEvidenceMs }: WorkerSettings): Records {
  const seal = createSeal(fleet, 'evidence');
  const bytes = bytesStore(redis, fleet.prefix);
  const records = redisStore(redis, {
    prefix: `${fleet.prefix}:evidence`,
    keepMs: keepEvidenceMs,
    maxBytes: MAX_BYTES,
  });
  // What one account may read is not shown to another.
  const nameOf = ({ reference, policy }: Recorded): string => JSON.stringify([account, reference, policy.hash]);
  return {
    keep: async (asked, { blobs, ...capsule }, readAt) => {
      if (keepEvidenceMs === 0 || !hasDigest(asked)) return;
      const name = nameOf(asked);
      // Whatever goes wrong from here on, an older answer must not outlive this one.
      await records.delete(name);
      for (const [digest, base64] of Object.entries(blobs))
        await bytes.set(digest, Buffer.from(base64, 'base64'), keepEvidenceMs);
      const digests = Object.keys(blobs);
      const stored: Stored = { readAt, digests, capsule: { ...capsule, blobs: {} } };
      const text = Buffer.from(JSON.stringify(stored));
      const closed = seal.close(name, await pack(text));
      if (closed.byteLength > MAX_BYTES || text.byteLength > MAX_UNPACKED_BYTES)
        throw new Error(`the record of ${asked.reference} is too large`);
      await records.set(name, closed);
    },
    find: async (asked) => {
      if (keepEvidenceMs === 0 || !hasDigest(asked)) return undefined;
      const name = nameOf(asked);
      const closed = await records.get(name);
      const opened = closed === undefined ? undefined : seal.open(name, closed);
      if (opened === undefined) return undefined;
      // Bytes under our seal are what one of us wrote.
      const text = (await unpack(opened, { maxOutputLength: MAX_UNPACKED_BYTES })).toString();
      const { readAt, digests, capsule } = JSON.parse(text) as Stored;
      const ageMs = Date.now() - readAt;
      if (ageMs > keepEvidenceMs || ageMs < -CLOCKS_DIFFER_MS) return undefined;
      const blobs: Record<string, string> = {};
      for (const digest of digests) {
        const found = await bytes.get(digest);
        if (found === undefined || !isOfDigest(found, digest)) return undefined;
        blobs[digest] = Buffer.from(found).toString('base64');
      }
      const old = aged(capsule, Math.max(0, ageMs));
      return old === undefined ? undefined : { ...old, blobs };
    },
  };
}

/** Only a digest says which image a record is about: a tag may name another one by now. */
function hasDigest({ reference }: Recorded): boolean {
  return parseReference(reference).digest !== undefined;
}

function isOfDigest(bytes: Uint8Array, digest: string): boolean {
  const [algorithm = ''] = digest.split(':');
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return false;
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` === digest;
}

/** What `aged` reads of a capsule. Another release may have written it in another form. */
const Discoveries: z.ZodType<readonly object[]> = z.array(
  z.union([
    z.looseObject({ problem: z.unknown() }),
    z.looseObject({
      graph: z.looseObject({ locations: z.array(z.looseObject({ ageMs: z.number().exactOptional() })) }),
    }),
  ]),
);

/** Says of each place how old its answer is; `undefined` for a capsule in a form that this release doesn't know. */
function aged(capsule: Capsule, ageMs: number): Capsule | undefined {
  if (!Discoveries.safeParse(capsule.discoveries).success) return undefined;
  return {
    ...capsule,
    discoveries: capsule.discoveries.map((one) => {
      if ('problem' in one) return one;
      const locations = one.graph.locations.map((location) => ({ ...location, ageMs: ageMs + (location.ageMs ?? 0) }));
      return { ...one, graph: { ...one.graph, locations } };
    }),
  };
}
