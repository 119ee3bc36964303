import { createHash } from 'node:crypto';

const DIGEST = /@sha256:([0-9a-f]{8})/;

/** Which queue a question belongs to: that of its digest, so that all questions about an image meet in one. */
export function shardOf(reference: string, shards: number): number {
  const hex = DIGEST.exec(reference)?.[1] ?? createHash('sha256').update(reference).digest('hex').slice(0, 8);
  return Number.parseInt(hex, 16) % shards;
}
