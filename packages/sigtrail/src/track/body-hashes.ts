import type { LogEntryBody } from '@sigtrail/rekor';
import { encodeHex } from '@sigtrail/encoding';

/** The digests in an entry's body, as `sha256:…`. */
export function bodyHashes(body: LogEntryBody): readonly string[] {
  if (body.kind === 'unknown') return [];
  return [body.artifactHash, body.payloadHash, body.envelopeHash].flatMap((hash) =>
    hash === undefined ? [] : [`${hash.algorithm}:${encodeHex(hash.digest)}`],
  );
}
