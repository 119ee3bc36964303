import { describe, expect, it } from 'vitest';
import { serve, repositoryAt } from '../../test/setting.ts';
import { digestOf, type ReferrersListing } from '../index.ts';

const digest = digestOf(new TextEncoder().encode('{}'));
const emptyList = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}';

async function lookedWith(
  headers: Readonly<Record<string, string>>,
  answer: 'absent' | 'unsupported',
): Promise<ReferrersListing | undefined> {
  const registry = await serve((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else if (answer === 'absent' && request.url.includes('/referrers/'))
      response.writeHead(200, { ...headers, 'content-type': 'application/vnd.oci.image.index.v1+json' }).end(emptyList);
    else response.writeHead(404, headers).end('404 page not found\n');
  });
  const { looked } = await repositoryAt(registry).listReferrers(digest);
  return looked.find(({ carrier }) => carrier === 'referrers-api');
}

describe('what looks like a pull-through cache', () => {
  it.each([
    ['unsupported', { via: '1.1 cache.corp (squid)' }, 'its answer has the header via: 1.1 cache.corp (squid)'],
    ['unsupported', { 'x-cache': 'MISS' }, 'its answer has the header x-cache: MISS'],
    ['unsupported', { 'docker-distribution-api-version': 'registry/2.0' }, expect.stringMatching(/like distribution/)],
    ['unsupported', {}, undefined],
    ['unsupported', { age: '0' }, undefined],
    ['absent', { age: '12' }, 'its answer has the header age: 12'],
    ['absent', { 'x-proxy-cache': 'HIT' }, 'its answer has the header x-proxy-cache: HIT'],
    ['absent', { 'x-cache': 'Miss from cloudfront', via: '1.1 x (CloudFront)' }, undefined],
    ['absent', { 'docker-distribution-api-version': 'registry/2.0' }, undefined],
    ['absent', {}, undefined],
  ] as const)('is named, and the answer stays %s: %j', async (answer, headers, sign) => {
    expect(await lookedWith(headers, answer)).toEqual({
      carrier: 'referrers-api',
      answer,
      ...(sign === undefined ? {} : { maybeCache: sign }),
    });
  });

  it('is quoted as one short line without what could be a secret', async () => {
    const via = `x ${'y'.repeat(5000)} token=abcdef123456`;
    const sign = (await lookedWith({ via }, 'unsupported'))?.maybeCache ?? '';
    expect(sign.length).toBeLessThan(300);
    expect(sign).not.toContain('abcdef123456');
  });
});
