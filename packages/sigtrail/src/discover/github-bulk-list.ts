import type { HttpResponse } from '@sigtrail/http';
import * as z from 'zod';
import {
  apiOf,
  type Ask,
  ListedAttestation,
  MAX_BYTES,
  MAX_PAGE_BYTES,
  MAX_PAGES,
  nextOf,
  PER_PAGE,
  readJson,
} from './ask-github.ts';
import type { GithubAttestations } from './github-option.ts';
import { Refusal, refusalOf } from './github-refusal.ts';

// docs.github.com/rest/orgs/attestations, "List attestations by bulk subject digests": digests of which nothing is known are left out or have no list.
// The schema there has one object, the example beside it a list of objects. Both are read.
const Lists = z.lazy(() => z.record(z.string(), z.array(ListedAttestation).nullable()));
const Page = z.lazy(() =>
  z.object({
    attestations_subject_digests: z.union([Lists, z.array(Lists).max(PER_PAGE)]),
    page_info: z.object({ has_next: z.boolean().nullish(), next: z.string().nullish() }).nullish(),
  }),
);

type Found = ReadonlyMap<string, readonly ListedAttestation[]>;

/**
 * What GitHub lists about several digests of an owner: a list for each that GitHub has something about. What it leaves out is
 * asked about alone, since only that answer proves an absence. `undefined` if GitHub does not answer this
 * question here, or not in as many pages as are read; then each digest is asked about alone.
 *
 * @throws Refusal for an answer that is limited, refused or malformed: it says nothing about any of the digests
 */
export async function listInBulk(
  digests: readonly string[],
  github: GithubAttestations & { readonly owner: string },
  ask: Ask,
): Promise<Found | undefined> {
  const found = new Map<string, readonly ListedAttestation[]>();
  let isAnswered = false;
  // An owner is an organization or a user. The one that it isn't has no list, or an empty one.
  for (const root of ['orgs', 'users']) {
    const left = digests.filter((digest) => !found.has(digest));
    if (left.length === 0) break;
    const first = `${apiOf(github)}/${root}/${github.owner}/attestations/bulk-list?per_page=${PER_PAGE}`;
    const lists = await readPages(first, left, github, ask);
    if (lists === 'too-many') return undefined;
    isAnswered ||= lists !== 'no-list';
    if (lists !== 'no-list') for (const [digest, list] of lists) found.set(digest, list);
  }
  // A server that doesn't know this question answers 404, too: that never means that there are no attestations.
  return isAnswered ? found : undefined;
}

const HAS_NO_LIST: readonly number[] = [404, 405, 422];

async function readPages(
  first: string,
  digests: readonly string[],
  github: GithubAttestations,
  ask: Ask,
): Promise<Found | 'no-list' | 'too-many'> {
  const found = new Map<string, ListedAttestation[]>();
  const post = JSON.stringify({ subject_digests: digests });
  let bytesLeft = MAX_BYTES;
  let url: string | undefined = first;
  for (let page = 0; url !== undefined; page++) {
    if (page === MAX_PAGES) return 'too-many';
    const response: HttpResponse = await ask(url, { maxBytes: MAX_PAGE_BYTES, post });
    if (page === 0 && HAS_NO_LIST.includes(response.status)) return 'no-list';
    if (response.status !== 200) throw refusalOf(response);
    bytesLeft -= response.body.length;
    if (bytesLeft < 0) return 'too-many';
    const parsed = Page.safeParse(readJson(response));
    if (!parsed.success)
      throw new Refusal(
        'invalid-response',
        'GitHub’s answer does not have the shape of lists of attestations by digest',
      );
    const { attestations_subject_digests: lists, page_info: info } = parsed.data;
    for (const [digest, list] of (Array.isArray(lists) ? lists : [lists]).flatMap(
      Object.entries<ListedAttestation[] | null>,
    )) {
      if (!digests.includes(digest))
        throw new Refusal('invalid-response', 'GitHub lists attestations of a digest that it was not asked about');
      if (list !== null && list.length > 0) found.set(digest, [...(found.get(digest) ?? []), ...list]);
    }
    const next: string | undefined = nextOf(response, url, github) ?? byCursor(info, first);
    // A page that doesn't say how it goes on may not be the last.
    if (next === undefined && info?.has_next !== false && (isGiven(info?.next) || countOf(found) >= PER_PAGE))
      return 'too-many';
    url = next;
  }
  return found;
}

function isGiven(cursor: string | null | undefined): cursor is string {
  return cursor !== undefined && cursor !== null && cursor !== '';
}

function countOf(found: Found): number {
  return [...found.values()].reduce((sum, list) => sum + list.length, 0);
}

/** The next page by the cursor in the body, where no header names the page. */
function byCursor(
  info:
    | { readonly has_next?: boolean | null | undefined; readonly next?: string | null | undefined }
    | null
    | undefined,
  first: string,
): string | undefined {
  if (info?.has_next !== true) return undefined;
  if (!isGiven(info.next))
    throw new Refusal('invalid-response', 'GitHub says that its list goes on, and names no next page');
  return `${first}&after=${encodeURIComponent(info.next)}`;
}
