import { type Answer, json, problem } from './answer.ts';
import type { RegistryBehaviour } from './behaviour.ts';
import type { RepositoryContent } from './content.ts';
import { digestOf, isContentDigest } from './digest.ts';
import { MEDIA_TYPE } from './media-type.ts';
import { fallbackTagOf, referrersIndex, referrersOf, subjectsOf, synthesisedFallback } from './referrers.ts';
import { linkTo } from './link.ts';
import { rangeOf } from './range.ts';
import type { Target } from './route.ts';

/** A read, taken apart. */
export interface Read {
  readonly target: Target;
  readonly url: URL;
  readonly accept: string | undefined;
  readonly range: string | undefined;
}

/** What the distribution API answers to a read that is allowed; the body is left away for HEAD by the sender. */
export function readAnswer(content: RepositoryContent | undefined, read: Read, behaviour: RegistryBehaviour): Answer {
  const { route, name = '' } = read.target;
  if (route === 'ping') return json(200, {}, { 'docker-distribution-api-version': 'registry/2.0' });
  if (route === 'referrers' && behaviour.referrersApi === false) {
    // Word for word what distribution 2.8 says to a path it doesn't know.
    return {
      status: 404,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: Buffer.from('404 page not found\n'),
    };
  }
  if (route === 'other' || route === 'token') return problem(404, 'NOT_FOUND');
  if (content === undefined) return problem(404, 'NAME_UNKNOWN');
  switch (route) {
    case 'manifest':
    case 'fallback-tag':
      return manifestAnswer(content, name, read.accept, behaviour);
    case 'blob':
      return blobAnswer(content, name, behaviour.ranges === false ? undefined : read.range);
    case 'tags':
      return tagsAnswer(content, read, behaviour);
    case 'referrers':
      return referrersAnswer(content, name, read.url, behaviour);
  }
}

function manifestAnswer(
  content: RepositoryContent,
  name: string,
  accept: string | undefined,
  behaviour: RegistryBehaviour,
): Answer {
  const { strictAccept = false } = behaviour;
  const digest = content.tags.get(name) ?? name;
  const manifest = content.manifests.get(digest);
  if (manifest !== undefined) {
    if (strictAccept && !accept?.includes(manifest.mediaType)) return problem(404, 'MANIFEST_UNKNOWN');
    return content200(manifest.bytes, manifest.mediaType, digest);
  }
  const list = makesFallbackTags(behaviour) ? synthesisedFallback(content, name) : undefined;
  if (list !== undefined) return content200(list, MEDIA_TYPE.index, digestOf(list));
  return problem(404, 'MANIFEST_UNKNOWN');
}

function makesFallbackTags({ referrersApi = true, fallbackTags }: RegistryBehaviour): boolean {
  return (fallbackTags ?? (referrersApi ? 'stored' : 'synthesised')) === 'synthesised';
}

function blobAnswer(content: RepositoryContent, digest: string, range: string | undefined): Answer {
  // Manifests are blobs as well in most storage back ends.
  const bytes = content.blobs.get(digest) ?? content.manifests.get(digest)?.bytes;
  if (bytes === undefined) return problem(404, 'BLOB_UNKNOWN');
  const whole = content200(bytes, 'application/octet-stream', digest, { 'accept-ranges': 'bytes' });
  const part = range === undefined ? undefined : rangeOf(range, bytes.length);
  if (part === undefined) return whole;
  if (part === 'unsatisfiable') return problem(416, 'UNKNOWN', { 'content-range': `bytes */${bytes.length}` });
  return {
    status: 206,
    headers: { ...whole.headers, 'content-range': `bytes ${part.first}-${part.last}/${bytes.length}` },
    body: bytes.subarray(part.first, part.last + 1),
  };
}

function tagsAnswer(content: RepositoryContent, { target, url }: Read, behaviour: RegistryBehaviour): Answer {
  const names = new Set(content.tags.keys());
  if (makesFallbackTags(behaviour)) for (const digest of subjectsOf(content)) names.add(fallbackTagOf(digest));
  const last = url.searchParams.get('last');
  const rest = [...names].toSorted().filter((tag) => last === null || tag > last);
  const asked = url.searchParams.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked)) return problem(400, 'UNSUPPORTED');
  const size = Math.min(Number(asked ?? rest.length), behaviour.pageSize ?? rest.length);
  const tags = rest.slice(0, size);
  // distribution-spec §listing-tags: n=0 gives an empty list and no Link.
  const next = tags.length > 0 && tags.length < rest.length ? { n: String(size), last: tags.at(-1) ?? '' } : undefined;
  return json(200, { name: target.repository, tags }, { link: linkTo(url, next, behaviour.linkStyle) });
}

function referrersAnswer(content: RepositoryContent, digest: string, url: URL, behaviour: RegistryBehaviour): Answer {
  if (!isContentDigest(digest)) return problem(400, 'DIGEST_INVALID');
  const asked = behaviour.filtersReferrers === false ? null : url.searchParams.get('artifactType');
  const all = referrersOf(content, digest).filter(({ artifactType }) => asked === null || artifactType === asked);
  const from = Number(url.searchParams.get('from') ?? 0);
  const page = all.slice(from, from + (behaviour.pageSize ?? all.length));
  const end = from + page.length;
  const next = page.length > 0 && end < all.length ? { from: String(end) } : undefined;
  return {
    status: 200,
    headers: {
      'content-type': MEDIA_TYPE.index,
      'oci-filters-applied': asked === null ? undefined : 'artifactType',
      link: linkTo(url, next, behaviour.linkStyle),
    },
    body: referrersIndex(page),
  };
}

function content200(bytes: Uint8Array, mediaType: string, digest: string, headers: Answer['headers'] = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, ...headers },
    body: bytes,
  };
}
