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

const pageSize = 1000; // ECR refuses more
const maxPages = 50;
const pageSchema = z.object({ tags: nullable(z.array(z.string())) });

/** Lists tags, page by page (distribution-spec "Listing Tags"). @throws OciError */
export async function listTags(place: Place, call: Call): Promise<readonly string[]> {
  const tags = new Set<string>();
  const seen = new Set<string>();
  const start = `/v2/${place.repository}/tags/list?n=${pageSize}`;
  let path: string | undefined = start;
  while (path !== undefined) {
    if (seen.has(path)) throw new OciError('invalid-response', 'the pages of tags form a loop');
    if (seen.size >= maxPages) throw new OciError('too-large', `more than ${maxPages} pages of tags`);
    seen.add(path);
    const response = await place.registry.send(
      { repository: place.repository, path, accept: 'application/json', maxBytes: place.maxManifestBytes },
      call,
    );
    if (response.status !== 200) throw statusError(response, 'tags');
    const page =
      parseJson(response.body, pageSchema, 'invalid-response', 'list of tags', redactUrl(response.url)).tags ?? [];
    const before = tags.size;
    for (const tag of page) if (isTag(tag)) tags.add(tag);
    const linked = nextPage(response.headers['link'] ?? [], response.url, path);
    const last = page.at(-1);
    // Without a link, a full page that brought something new may have a successor; registries that ignore `n` bring nothing new twice.
    const more =
      page.length === pageSize && tags.size > before && last !== undefined
        ? `${start}&last=${encodeURIComponent(last)}`
        : undefined;
    path = linked ?? more;
  }
  return [...tags];
}
