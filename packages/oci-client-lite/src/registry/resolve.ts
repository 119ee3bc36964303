import { isHttpError, redactUrl } from '@sigtrail/http';
import type { Call } from './call.ts';
import { type Digest, isDigest } from '../reference/digest.ts';
import { statusError } from './errors-from-http.ts';
import { baseMediaType, manifestKind } from '../content/media-types.ts';
import { readFromSources, readsDigests, readsTags } from './mirror.ts';
import type { Place } from '../place.ts';
import { parseTagOrDigest, readManifest, sendForManifest } from './registry-content.ts';
import type { ResolvedManifest } from '../repository.ts';

/**
 * What a tag or digest resolves to, by HEAD, which Docker Hub does not count as a pull. The digest of a tag is then a header's claim, which the first read
 * by that digest checks. Uses GET if HEAD fails or says too little.
 *
 * @throws OciError
 */
export async function resolveManifest(place: Place, tagOrDigest: string, call: Call): Promise<ResolvedManifest> {
  const wanted = parseTagOrDigest(tagOrDigest);
  const claimed = await readFromSources(
    place,
    wanted === undefined ? readsTags : readsDigests,
    call,
    async (source, within) => {
      const response = await sendForManifest(place, source, tagOrDigest, 'HEAD', within).catch((error: unknown) => {
        if (!mayConcernHead(error)) throw error;
        within.annotate({ note: 'HEAD failed' });
        return undefined;
      });
      if (response === undefined) return undefined;
      const { status, headers, url } = response;
      // These depend on the caller, not on the method. The others may depend on the method: a URL signed for GET refuses a HEAD with 403, and some proxies can't handle it.
      if (status === 401 || status === 429) throw statusError(response, `manifest ${tagOrDigest} at ${redactUrl(url)}`);
      return status === 200 ? readClaim(headers, wanted) : undefined;
    },
  );
  if (claimed !== undefined) return claimed;
  const { digest, mediaType, size, bytes } = await readManifest(place, tagOrDigest, call);
  return { digest, mediaType, size, bytes };
}

// A broken connection, or an answer that was not HTTP. If there was no connection, GET gets none either.
function mayConcernHead(error: unknown): boolean {
  return (
    isHttpError(error) && (error.code === 'invalid-response' || (error.code === 'network' && wasSent(error.reason)))
  );
}

function wasSent(reason: string | undefined): boolean {
  return reason !== undefined && /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|HPE_\w+|UND_ERR_HEADERS_OVERFLOW)$/.test(reason);
}

function readClaim(
  headers: Readonly<Record<string, readonly string[]>>,
  wanted: Digest | undefined,
): ResolvedManifest | undefined {
  const mediaType = baseMediaType(headers['content-type']?.[0]);
  const digest = wanted ?? headers['docker-content-digest']?.[0];
  const length = headers['content-length']?.[0] ?? '';
  if (mediaType === undefined || manifestKind(mediaType) === undefined || !isDigest(digest)) return undefined;
  return /^[1-9]\d{0,9}$/.test(length) ? { digest, mediaType, size: Number(length) } : undefined;
}
