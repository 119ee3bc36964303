import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EMPTY_CONFIG, manifestOf, MEDIA_TYPE } from '@sigtrail/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import { evaluateImage } from '../verify-image.ts';

// An index of three manifests. GitHub, asked for those of an owner, has a list for all of them together.

const issuer = 'https://token.actions.githubusercontent.com';
const subject = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const type = 'https://slsa.dev/provenance/v1';
const predicate = {
  buildDefinition: { buildType: 't', externalParameters: {} },
  runDetails: { builder: { id: 'b' } },
};

interface Said {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let image: ImageUnderTest;
let digests: readonly string[] = [];
let bundles: readonly object[] = [];
let server: Server;
let origin: string;
let asked: string[] = [];
let posted: unknown[] = [];
let answers: Readonly<Record<string, Said>> = {};

beforeAll(async () => {
  image = await createImage();
  const { registry, repository, sigstore, signer } = image;
  const entries = ['amd64', 'arm64', 's390x'].map((architecture) => {
    const layer = { bytes: Buffer.from(architecture), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
    registry.putBlob(repository, layer.bytes);
    const bytes = manifestOf(EMPTY_CONFIG, [layer]);
    const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
    return { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length, platform: { os: 'linux', architecture } };
  });
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: entries };
  registry.putManifest(repository, Buffer.from(JSON.stringify(index)), MEDIA_TYPE.index, 'multi');
  digests = entries.map(({ digest }) => digest);
  bundles = digests.map((imageDigest) =>
    sigstore.signBundle({ statement: { imageDigest, predicateType: type, predicate }, signer }),
  );
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(`${request.method ?? ''} ${url}`);
    const found = Object.entries(answers).find(([path]) => url.startsWith(path))?.[1];
    const { status = 200, body, headers = {} } = found ?? { status: 404, body: { message: 'Not Found' } };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      if (chunks.length > 0) posted.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  asked = [];
  posted = [];
  answers = {};
});
afterAll(async () => {
  await image.close();
  await new Promise((resolve) => server.close(resolve));
});

const ask = async (where: object = { owner: 'acme' }): Promise<PlatformsReport> =>
  evaluateImage(
    `${image.registry.host}/${image.repository}:multi`,
    { attested: { type, signedBy: { issuer, subject } } },
    { ...image.options, platforms: 'each', github: { ...where, apiUrl: origin } },
  );
const verdicts = ({ platforms }: PlatformsReport): readonly string[] => platforms.map(({ verdict }) => verdict);
const places = ({ platforms }: PlatformsReport): readonly unknown[] =>
  platforms.map(({ report }) => report.locations.find(({ kind }) => kind === 'github-attestations'));
const ORG = '/orgs/acme/attestations/bulk-list';
const USER = '/users/acme/attestations/bulk-list';
/** The lists of these positions. */
const listOf = (...positions: readonly number[]): object =>
  Object.fromEntries(positions.map((at) => [digests[at] ?? '', [{ bundle: bundles[at], repository_id: 1 }]]));
const page = (lists: unknown, more: object = {}): object => ({ attestations_subject_digests: lists, ...more });
const bulkRequests = (): readonly string[] => asked.filter((line) => line.includes('bulk-list'));
const singleRequests = (): readonly string[] =>
  asked.filter((line) => digests.some((digest) => line.includes(`/attestations/${digest}`)));

describe('GitHub’s list for several digests', () => {
  it('answers for all manifests of an index in one request', async () => {
    answers = { [ORG]: { body: page(listOf(0, 1, 2), { page_info: { has_next: false } }) } };
    const report = await ask();
    expect(verdicts(report)).toEqual(['verified', 'verified', 'verified']);
    expect(bulkRequests()).toEqual([`POST ${ORG}?per_page=100`]);
    expect(singleRequests()).toEqual([]);
    expect(posted).toEqual([{ subject_digests: digests }]);
  });

  it('is read as a list of objects, too, as GitHub’s own example has it', async () => {
    answers = { [ORG]: { body: page([listOf(0), listOf(1, 2)]) } };
    expect(verdicts(await ask())).toEqual(['verified', 'verified', 'verified']);
  });

  it.each<[string, Readonly<Record<string, Said>>]>([
    ['leaves a digest out', { [ORG]: { body: page({}) } }],
    ['can’t be asked for the organization', { [ORG]: { status: 422, body: {} }, [USER]: { body: page({}) } }],
  ])('proves no absence where it %s: that digest is asked about alone', async (_, bulk) => {
    const alone = { '/orgs/acme/attestations/sha256': { status: 503, body: {} } };
    answers = { ...bulk, ...alone };
    expect(verdicts(await ask())).toEqual(['indeterminate', 'indeterminate', 'indeterminate']);
    expect(singleRequests().length).toBeGreaterThan(0);
  });

  it('is not taken for whole where it names a next page and doesn’t say that it goes on', async () => {
    const alone = { '/orgs/acme/attestations/sha256': { status: 503, body: {} } };
    answers = { [ORG]: { body: page(listOf(0, 1, 2), { page_info: { next: 'c2' } }) }, ...alone };
    expect(verdicts(await ask())).toEqual(['indeterminate', 'indeterminate', 'indeterminate']);
  });

  it('has nothing about a digest that it leaves out, or that has no list', async () => {
    answers = { [ORG]: { body: page({ ...listOf(0), [digests[1] ?? '']: null }) } };
    const report = await ask();
    expect(verdicts(report)).toEqual(['verified', 'rejected', 'rejected']);
    expect(places(report)).toMatchObject([{ answer: 'found' }, { answer: 'absent' }, { answer: 'absent' }]);
    expect(bulkRequests()).toEqual([`POST ${ORG}?per_page=100`, `POST ${USER}?per_page=100`]);
    expect(posted[1]).toEqual({ subject_digests: digests.slice(1) });
  });

  it('is asked for a user’s where the owner is not an organization', async () => {
    answers = { [USER]: { body: page(listOf(0, 1, 2)) } };
    expect(verdicts(await ask())).toEqual(['verified', 'verified', 'verified']);
    expect(singleRequests()).toEqual([]);
  });

  it('has pages, by header and by cursor, all of which are read', async () => {
    answers = {
      [`${ORG}?per_page=100&after=2`]: { body: page(listOf(1), { page_info: { has_next: true, next: '3=' } }) },
      [`${ORG}?per_page=100&after=3%3D`]: { body: page(listOf(2), { page_info: { has_next: false } }) },
      [ORG]: { body: page(listOf(0)), headers: { link: `<${origin}${ORG}?per_page=100&after=2>; rel="next"` } },
    };
    expect(verdicts(await ask())).toEqual(['verified', 'verified', 'verified']);
    expect(posted).toHaveLength(3);
  });

  it.each<readonly [string, () => Said, string]>([
    ['an exhausted limit', () => ({ status: 403, body: {}, headers: { 'retry-after': '600' } }), 'rate-limited'],
    ['a bad token', () => ({ status: 401, body: { message: 'Bad credentials' } }), 'unauthorized'],
    ['an answer without lists', () => ({ body: {} }), 'invalid-response'],
    ['a list that is text', () => ({ body: page({ [digests[0] ?? '']: 'none' }) }), 'invalid-response'],
    ['a list of a stranger’s digest', () => ({ body: page({ [`sha256:${'0'.repeat(64)}`]: [] }) }), 'invalid-response'],
    ['a next page without a cursor', () => ({ body: page({}, { page_info: { has_next: true } }) }), 'invalid-response'],
    [
      'a next page elsewhere',
      () => ({ body: page({}), headers: { link: '<https://api.test/x>; rel="next"' } }),
      'invalid-response',
    ],
  ])('leaves every manifest open after %s', async (_what, answer, code) => {
    answers = { [ORG]: answer() };
    const report = await ask();
    expect(verdicts(report)).toEqual(['indeterminate', 'indeterminate', 'indeterminate']);
    expect(places(report)).toMatchObject(digests.map(() => ({ answer: 'unknown', code })));
    expect(bulkRequests()).toHaveLength(1);
    expect(singleRequests()).toEqual([]);
  });

  it('leaves open only the digest whose bundle can’t be read', async () => {
    answers = { [ORG]: { body: page({ ...listOf(0, 2), [digests[1] ?? '']: [{}] }) } };
    expect(verdicts(await ask())).toEqual(['verified', 'indeterminate', 'verified']);
  });

  it('has not said "none" where GitHub doesn’t know the question: each digest is asked about alone', async () => {
    const [, second = ''] = digests;
    answers = { [`/orgs/acme/attestations/${second}`]: { body: { attestations: [{ bundle: bundles[1] }] } } };
    expect(verdicts(await ask())).toEqual(['rejected', 'verified', 'rejected']);
    expect(bulkRequests()).toHaveLength(2);
    expect(singleRequests().length).toBeGreaterThan(0);
  });

  it('gives way to single questions if it has more pages than are read', async () => {
    const [first = ''] = digests;
    answers = {
      [ORG]: { body: page({}, { page_info: { has_next: true, next: 'x' } }) },
      [`/orgs/acme/attestations/${first}`]: { body: { attestations: [{ bundle: bundles[0] }] } },
    };
    expect(verdicts(await ask())).toEqual(['verified', 'rejected', 'rejected']);
    expect(bulkRequests()).toHaveLength(10);
  });

  it('does not exist for a repository, which is asked about each digest', async () => {
    const [first = ''] = digests;
    answers = {
      [`/repos/acme/app/attestations/${first}`]: { body: { attestations: [{ bundle: bundles[0] }] } },
    };
    expect(verdicts(await ask({ repository: 'acme/app' }))).toEqual(['verified', 'rejected', 'rejected']);
    expect(bulkRequests()).toEqual([]);
  });
});
