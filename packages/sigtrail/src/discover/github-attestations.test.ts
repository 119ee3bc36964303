import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compress } from 'snappyjs';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { readGithubAttestations } from './github-attestations.ts';
import type { GithubAttestations } from './github-option.ts';
import type { ImageReport } from '../report/image-report.ts';
import { evaluateImage } from '../verify-image.ts';

// A server that answers as docs.github.com/rest says: pages by Link, bundles inline or by address, 404 for none, limits with and without Retry-After.

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const GITHUB = { issuer: 'https://token.actions.githubusercontent.com' };
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const PREDICATE = { buildDefinition: { buildType: 't', externalParameters: {} }, runDetails: { builder: { id: 'b' } } };

let image: ImageUnderTest;
let bundle: object;
let server: Server;
let origin: string;
let asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
let answers: Readonly<Record<string, Answer>> = {};

beforeAll(async () => {
  image = await createImage();
  bundle = image.sigstore.signBundle({
    statement: { imageDigest: image.digest, predicateType: PROVENANCE, predicate: PREDICATE },
    signer: image.signer,
  });
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, authorization: request.headers.authorization });
    const answer = Object.entries(answers).find(([path]) => url.startsWith(path))?.[1];
    if (answer !== undefined) return answer(request, response);
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  asked = [];
  answers = {};
});
afterAll(async () => {
  await image.close();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (body: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): Answer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const inline = (...bundles: readonly unknown[]): Answer =>
  json({ attestations: bundles.map((one) => ({ bundle: one })) });
const path = (root: string): string => `/${root}/attestations/${image.digest}`;

async function ask(github: Partial<GithubAttestations> = {}): Promise<ImageReport> {
  const subject = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
  const policy = { attested: { type: PROVENANCE, signedBy: { ...GITHUB, subject } } };
  const where = github.owner === undefined ? { repository: 'acme/app' } : {};
  return evaluateImage(image.reference, policy, { ...image.options, github: { ...where, apiUrl: origin, ...github } });
}
const placeOf = ({ locations }: ImageReport): unknown => locations.find(({ kind }) => kind === 'github-attestations');

describe('GitHub’s attestation API', () => {
  it('is not asked unless that is said', async () => {
    answers = { [path('repos/acme/app')]: inline(bundle) };
    const policy = { attested: { type: PROVENANCE, signedBy: { ...GITHUB, subject: 'https://github.com/x' } } };
    expect((await evaluateImage(image.reference, policy, image.options)).verdict).toBe('rejected');
    expect(asked).toEqual([]);
  });

  it('has bundles inline', async () => {
    answers = { [path('repos/acme/app')]: inline(bundle) };
    const report = await ask();
    expect(report.verdict).toBe('verified');
    expect(placeOf(report)).toMatchObject({
      answer: 'found',
      name: expect.stringContaining('/repos/acme/app') as string,
    });
    expect(report.candidates).toMatchObject([{ carrier: 'github-attestations', accepted: true }]);
    expect(asked.map(({ url }) => url)).toEqual([`${path('repos/acme/app')}?per_page=100`]);
  });

  it('has nothing, by its 404 and by an empty list', async () => {
    for (const answer of [json({ message: 'Not Found' }, {}, 404), inline()]) {
      answers = { [path('repos/acme/app')]: answer };
      const report = await ask();
      expect(report.verdict).toBe('rejected');
      expect(placeOf(report)).toMatchObject({ answer: 'absent' });
    }
  });

  it('keeps bundles elsewhere, compressed, and gets no token there', async () => {
    const compressed = compress(Buffer.from(JSON.stringify(bundle)));
    answers = {
      [path('repos/acme/app')]: json({
        attestations: [{ bundle: null, bundle_url: `${origin.replace('127.0.0.1', 'localhost')}/store/1?sig=x` }],
      }),
      '/store/1': (_request, response) =>
        void response.writeHead(200, { 'content-type': 'application/x-snappy' }).end(compressed),
    };
    expect((await ask({ token: 'ghs_secret' })).verdict).toBe('verified');
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer ghs_secret', undefined]);
  });

  it.each<readonly [string, Answer]>([
    ['is not compressed', (_request, response) => void response.writeHead(200).end('{"not":"snappy"}')],
    ['is gone', (_request, response) => void response.writeHead(404).end()],
  ])('may hold what it can’t show, where a bundle %s', async (_what, store) => {
    answers = {
      [path('repos/acme/app')]: json({ attestations: [{ bundle_url: `${origin}/store/1` }] }),
      '/store/1': store,
    };
    const report = await ask();
    expect(report.verdict).toBe('indeterminate');
    expect(placeOf(report)).toMatchObject({ answer: 'unknown' });
  });

  it('has pages, all of which are read', async () => {
    const first = path('repos/acme/app');
    answers = {
      [`${first}?per_page=100&after=2`]: inline(bundle),
      [first]: json({ attestations: [] }, { link: `<${origin}${first}?per_page=100&after=2>; rel="next"` }),
    };
    expect((await ask()).verdict).toBe('verified');
    expect(asked).toHaveLength(2);
  });

  it('has no page elsewhere, and no end of pages', async () => {
    const first = path('repos/acme/app');
    for (const link of ['<http://localhost:1/x>; rel="next"', `<${origin}${first}?again>; rel="next"`]) {
      answers = { [first]: json({ attestations: [] }, { link }) };
      const report = await ask();
      expect(report.verdict).toBe('indeterminate');
      expect(placeOf(report)).toMatchObject({ answer: 'unknown' });
    }
  });

  it('has not said "none" if a page that it named itself is missing', async () => {
    const first = path('repos/acme/app');
    for (const [status, verdict] of [
      [404, 'indeterminate'],
      [200, 'rejected'],
    ] as const) {
      answers = {
        [`${first}?per_page=100&after=2`]: json({ attestations: [] }, {}, status),
        [first]: json({ attestations: [] }, { link: `<${origin}${first}?per_page=100&after=2>; rel="next"` }),
      };
      expect((await ask()).verdict).toBe(verdict);
    }
  });

  it('has one deadline for all bundles, however slowly each of them comes', async () => {
    const slow: Answer = (_request, response) =>
      void setTimeout(() => response.writeHead(200).end(compress(Buffer.from(JSON.stringify(bundle)))), 300);
    const list = Array.from({ length: 50 }, (_, at) => ({ bundle_url: `${origin}/store/${at}` }));
    answers = { [path('repos/acme/app')]: json({ attestations: list }), '/store/': slow };
    const started = performance.now();
    const { location } = await readGithubAttestations(
      image.digest,
      { repository: 'acme/app', apiUrl: origin },
      { timeoutMs: 1000 },
    );
    expect(location).toMatchObject({ answer: 'unknown', code: 'timeout' });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('has bundles of 256 MiB together at the most', async () => {
    const large = compress(Buffer.from(JSON.stringify({ padding: 'x'.repeat(15 * 1024 * 1024) })));
    const store: Answer = (_request, response) => void response.writeHead(200).end(large);
    const read = async (count: number) => {
      const list = Array.from({ length: count }, (_, at) => ({ bundle_url: `${origin}/store/${at}` }));
      answers = { [path('repos/acme/app')]: json({ attestations: list }), '/store/': store };
      return readGithubAttestations(image.digest, { repository: 'acme/app', apiUrl: origin }, { timeoutMs: 60_000 });
    };
    expect((await read(2)).location).toMatchObject({ answer: 'found' });
    expect((await read(18)).location).toMatchObject({ answer: 'unknown', code: 'too-large' });
  });

  it.each([
    ['rel="prev next"', 'indeterminate'],
    ['title="a, b"; rel=next', 'indeterminate'],
    ['rel = "next"', 'indeterminate'],
    ['rel="prev"', 'rejected'],
    ['rel="last"; title="the nexthing"', 'rejected'],
  ])('does not end with a link that is spelled otherwise: %s', async (parameters, verdict) => {
    const first = path('repos/acme/app');
    answers = { [first]: json({ attestations: [] }, { link: `<${origin}${first}?after=next>; ${parameters}` }) };
    expect((await ask()).verdict).toBe(verdict);
  });

  it('has not said "none" if something in between answers 404', async () => {
    const not =
      (body: string): Answer =>
      (_request, response) =>
        void response.writeHead(404).end(body);
    for (const [body, answer] of [
      ['<html>nothing here</html>', 'unknown'],
      ['"Not Found"', 'unknown'],
      ['{"message":"Not Found","status":"404"}', 'absent'],
    ] as const) {
      answers = { [path('repos/acme/app')]: not(body) };
      expect(placeOf(await ask())).toMatchObject({ answer });
    }
  });

  it.each(['/store/1', 'not an address', 'https://', 'file:///etc/hosts', 'https://a:b@store.test/1'])(
    'is unread where a bundle is kept at %s',
    async (address) => {
      answers = { [path('repos/acme/app')]: json({ attestations: [{ bundle_url: address }] }) };
      const report = await ask();
      expect(report.verdict).toBe('indeterminate');
      expect(placeOf(report)).toMatchObject({ answer: 'unknown' });
    },
  );

  it('is asked for an owner’s as an organization, then as a user', async () => {
    answers = { [path('users/acme')]: inline(bundle) };
    expect((await ask({ owner: 'acme' })).verdict).toBe('verified');
    expect(asked.map(({ url }) => url.split('/')[1])).toEqual(['orgs', 'users']);
  });

  it('says when it may be asked again', async () => {
    const limited = json({ message: 'limit' }, { 'retry-after': '600' }, 403);
    answers = { [path('repos/acme/app')]: limited };
    const report = await ask();
    expect(report.verdict).toBe('indeterminate');
    expect(placeOf(report)).toMatchObject({ answer: 'unknown', code: 'rate-limited', retryAfterMs: 600_000 });
  });

  it('is asked again after a short wait', async () => {
    let isFirst = true;
    answers = {
      [path('repos/acme/app')]: (request, response) => {
        if (!isFirst) return inline(bundle)(request, response);
        isFirst = false;
        json({ message: 'limit' }, { 'retry-after': '0' }, 429)(request, response);
      },
    };
    expect((await ask()).verdict).toBe('verified');
  });

  it.each<readonly [string, Answer, string]>([
    ['an exhausted limit', json({}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, 403), 'rate-limited'],
    ['a bad token', json({ message: 'Bad credentials' }, {}, 401), 'unauthorized'],
    ['no access', json({}, {}, 403), 'denied'],
    ['a page without a list', json({}), 'invalid-response'],
    ['an attestation without a bundle', json({ attestations: [{}] }), 'invalid-response'],
    ['no JSON', (_request, response) => void response.writeHead(200).end('<html>'), 'invalid-response'],
  ])('is unread after %s, never absent', async (_what, answer, code) => {
    answers = { [path('repos/acme/app')]: answer };
    const report = await ask({ token: 'ghs_secret' });
    expect(report.verdict).toBe('indeterminate');
    expect(placeOf(report)).toMatchObject({ answer: 'unknown', code });
    expect(JSON.stringify(report)).not.toContain('ghs_secret');
  });

  it('takes nothing away from what is in the registry', async () => {
    const signed = await createImage();
    const subject = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
    signed.attachBundle(
      signed.sigstore.signBundle({ statement: { imageDigest: signed.digest }, signer: signed.signer }),
    );
    const report = await evaluateImage(
      signed.reference,
      { signedBy: { ...GITHUB, subject } },
      {
        ...signed.options,
        github: { repository: 'acme/app', apiUrl: 'http://127.0.0.1:1' },
      },
    );
    expect(report.verdict).toBe('verified');
    await signed.close();
  });
});

describe('the option', () => {
  it.each<readonly [string, object]>([
    ['nothing', {}],
    ['both', { repository: 'acme/app', owner: 'acme' }],
    ['a repository that reads as another', { repository: 'acme/..' }],
    ['an owner that is a path', { owner: 'acme/app' }],
    ['an address that is not one', { owner: 'acme', apiUrl: 'api.github.com' }],
    ['an address with a query', { owner: 'acme', apiUrl: 'https://api.github.com/?x=' }],
    ['an address with a fragment', { owner: 'acme', apiUrl: 'https://api.github.com/#' }],
    ['an address with a password', { owner: 'acme', apiUrl: 'https://a:b@api.github.com' }],
    ['a token with a line break', { owner: 'acme', token: 'x\ny' }],
    ['a misspelt key', { owner: 'acme', tokn: 'x' }],
  ])('is refused with %s', async (_what, github) => {
    const policy = { signedBy: { ...GITHUB, subject: 'https://github.com/x' } };
    await expect(evaluateImage(image.reference, policy, { ...image.options, github })).rejects.toThrow(TypeError);
  });
});
