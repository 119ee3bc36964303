import { requireText } from '@sigtrail/encoding';
import { type Digest, digestAlgorithm, digestHex } from './digest.ts';

/** The tag that lists referrers if a registry has no referrers API (distribution-spec "Referrers Tag Schema"): a sha512 digest is cut to 64 digits. */
export function fallbackTag(digest: Digest): string {
  requireText(digest, 'fallbackTag', 'digest');
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}
