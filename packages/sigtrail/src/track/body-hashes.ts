import type { LogEntryBody } from '@sigtrail/rekor';
import { hex } from '../bytes.ts';

/** The digests in an entry's body, as `sha256:…`. */
export function bodyHashes(body: LogEntryBody): readonly string[] {
  if (body.kind === 'unknown') return [];
  return [body.artifactHash, body.payloadHash, body.envelopeHash].flatMap((hash) =>
    hash === undefined ? [] : [`${hash.algorithm}:${hex(hash.digest)}`],
  );
}
