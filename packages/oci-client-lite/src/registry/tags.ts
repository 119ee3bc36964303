import { counted } from '@sigtrail/encoding';
import { redactUrl } from '@sigtrail/http';
import { z } from 'zod';
import type { Call } from './call.ts';
import { nullable } from '../content/descriptor.ts';
import { OciError } from '../error.ts';
import { statusError } from './errors-from-http.ts';
import { parseJson } from '../content/json.ts';
import { nextPage } from './link.ts';
import { isTag } from '../reference/reference.ts';
import type { Place } from '../place.ts';
import type { RegistryResponse } from './registry.ts';
import type { TagsOptions } from '../repository.ts';

const defaultPageSize = 1000; // ECR refuses more
const smallPageSize = 100;
const defaultMaxPages = 1000;
/** The most tags that are held: up to 128 characters each, so about 32 MiB. */
const maxTags = 250_000;
// distribution-spec "Error Codes": PAGINATION_NUMBER_INVALID; Google's and Azure's registries and Artifactory answer 405 for a number they find too large.
const tooManyAsked: ReadonlySet<number> = new Set([400, 405, 406, 413, 416, 422]);
const pageSchema = z.object({ tags: nullable(z.array(z.string())) });

/** Lists tags, page by page (distribution-spec "Listing Tags"). @throws OciError */
export async function listTags(place: Place, call: Call, options: TagsOptions = {}): Promise<readonly string[]> {
  const { maxPages = defaultMaxPages } = options;
  const tags = new Set<string>();
  const seen = new Set<string>();
  const { pageSize, ...first } = await readFirst(place, options.pageSize ?? defaultPageSize, call);
  let { path, response } = first;
  // The page size of the registry: some ignore the requested number; Nexus always answers 100.
  let longest: number | undefined;
  for (;;) {
    seen.add(path);
    if (response.status !== 200) throw statusError(response, 'tags');
    const page =
      parseJson(response.body, pageSchema, 'invalid-response', 'list of tags', redactUrl(response.url)).tags ?? [];
    const before = tags.size;
    for (const tag of page) if (isTag(tag)) tags.add(tag);
    if (tags.size > maxTags) throw new OciError('too-large', `more than ${maxTags} tags`);
    const linked = nextPage(response.headers['link'] ?? [], response.url, path);
    longest ??= page.length;
    // Without a link, a full page with new tags may have a successor; a registry that ignores `last` sends nothing new the second time.
    const isFull = page.length >= longest && (page.length === pageSize || page.length % 50 === 0);
    const next = linked ?? (isFull && tags.size > before ? successorOf(place, page, pageSize) : undefined);
    if (next === undefined) return [...tags];
    if (seen.has(next)) throw new OciError('invalid-response', 'the pages of tags form a loop');
    if (seen.size >= maxPages)
      throw new OciError(
        'too-large',
        `more than ${counted(maxPages, 'page')} of tags, with ${counted(tags.size, 'tag')} so far: allow more pages, or ask for more tags in each`,
      );
    path = next;
    response = await readPage(place, path, call);
  }
}

function successorOf(place: Place, page: readonly string[], pageSize: number | undefined): string | undefined {
  const last = page.at(-1);
  if (last === undefined) return undefined;
  const query = new URLSearchParams({ ...(pageSize === undefined ? {} : { n: String(pageSize) }), last });
  return `${listPath(place)}?${query.toString()}`;
}

interface FirstPage {
  readonly path: string;
  readonly response: RegistryResponse;
  /** The number that the registry accepted. */
  readonly pageSize: number | undefined;
}

/** Asks for the first page; if the registry refuses the number, with a smaller number and then without a number. */
async function readFirst(place: Place, pageSize: number, call: Call): Promise<FirstPage> {
  const smaller = pageSize > smallPageSize ? [smallPageSize, undefined] : [undefined];
  let first = await readSized(place, pageSize, call);
  for (const size of smaller) {
    if (!tooManyAsked.has(first.response.status)) break;
    first = await readSized(place, size, call);
  }
  return first;
}

async function readSized(place: Place, pageSize: number | undefined, call: Call): Promise<FirstPage> {
  const path = `${listPath(place)}${pageSize === undefined ? '' : `?n=${pageSize}`}`;
  return { path, response: await readPage(place, path, call), pageSize };
}

async function readPage(place: Place, path: string, call: Call): Promise<RegistryResponse> {
  return await place.registry.send(
    { repository: place.repository, path, accept: 'application/json', maxBytes: place.maxManifestBytes },
    call,
  );
}

function listPath({ repository }: Place): string {
  return `/v2/${repository}/tags/list`;
}
