import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** How a store in Redis keeps things. */
export interface RedisStoreOptions {
  /** Before the name of every key. */
  readonly prefix: string;
  /** How long something is kept that its writer says nothing about. */
  readonly keepMs: number;
  /** Larger contents stay out, so that one image can't fill Redis. */
  readonly maxBytes: number;
}

/** A store for content, and for listings. */
export interface RedisStore {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array, keepMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
}

const KEEP_BYTES_MS = 7 * 24 * 3_600_000;
/** Manifests, signatures and bundles are far smaller. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Content by its digest. */
export function bytesStore(redis: Redis, prefix: string): RedisStore {
  return redisStore(redis, { prefix: `${prefix}:bytes`, keepMs: KEEP_BYTES_MS, maxBytes: MAX_BYTES });
}

/** Answers of tags and lists. */
export function listingStore(redis: Redis, prefix: string): RedisStore {
  return redisStore(redis, { prefix: `${prefix}:listing`, keepMs: KEEP_BYTES_MS, maxBytes: MAX_BYTES });
}

/** Content and listings in Redis. Names are hashed: they hold no secret, and Redis need not read them either. */
export function redisStore(redis: Redis, { prefix, keepMs, maxBytes }: RedisStoreOptions): RedisStore {
  const keyOf = (key: string): string => `${prefix}:${createHash('sha256').update(key).digest('base64url')}`;
  return {
    get: async (key) => (await redis.getBuffer(keyOf(key))) ?? undefined,
    set: async (key, bytes, keepThisMs = keepMs) => {
      if (bytes.byteLength > maxBytes) return;
      await redis.set(keyOf(key), Buffer.from(bytes), 'PX', Math.ceil(keepThisMs));
    },
    delete: async (key) => {
      await redis.del(keyOf(key));
    },
  };
}
