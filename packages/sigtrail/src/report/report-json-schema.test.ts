import { readFileSync } from 'node:fs';
import {
  bundleManifest,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  indexOf,
  MEDIA_TYPE,
  pushManifest,
} from '@sigtrail/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { reportJsonSchema } from '../../test/report-json-schema.ts';
import type { ImageCallOptions } from '../options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { evaluateAttestations } from '../verify-attestations.ts';
import { evaluateImage } from '../verify-image.ts';
import type { Report } from './any-report.ts';

const committed = JSON.parse(readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(committed);

/** What a program in another language would say of the report. */
function mistakesOf(report: unknown): readonly unknown[] {
  return validate(JSON.parse(JSON.stringify(report))) ? [] : (validate.errors ?? []);
}

const key = generateKeyPair();
const policy = { signedBy: { key: key.pem }, require: { log: 0 } };
const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const NOBODY = { signedBy: { issuer: 'https://nobody.test', subject: 'nobody' } };
const STATEMENT = { predicateType: 'https://acme.test/checked/v1', predicate: { checked: true } };

describe('report.schema.json', () => {
  let image: ImageUnderTest;
  let index: string;
  const evaluate = async (
    asked: ImagePolicy,
    options: ImageCallOptions = {},
    reference: string = image.reference,
  ): Promise<Report> => evaluateImage(reference, asked, { ...image.options, ...options });

  beforeAll(async () => {
    image = await createImage();
    const { registry, repository, descriptor, digest } = image;
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: digest }, signer: image.signer }));
    image.attachBundle(
      image.sigstore.signBundle({ statement: { imageDigest: digest, ...STATEMENT }, signer: image.signer }),
    );
    pushManifest(
      registry,
      repository,
      bundleManifest(
        image.sigstore.signBundle({ statement: { imageDigest: digest }, signer: key, logs: [] }),
        descriptor,
      ),
    );
    const entry = { ...descriptor, platform: { os: 'linux', architecture: 'amd64' } };
    const bytes = indexOf([entry]);
    index = `${registry.host}/${repository}@${registry.putManifest(repository, bytes, MEDIA_TYPE.index)}`;
  });
  afterAll(async () => image.close());

  it('is the schema of this version', () => {
    expect(reportJsonSchema()).toEqual(committed);
  });

  it.each<readonly [string, string, () => Promise<Report>]>([
    ['a verified image', 'image verified', () => evaluate({ dangerouslyAcceptAnySigner: true })],
    ['an image signed with a key', 'image verified', () => evaluate(policy)],
    ['a rejected image', 'image rejected', () => evaluate(NOBODY)],
    ['an image that is not there', 'image indeterminate', () => evaluate(policy, {}, `${image.registry.host}/a/b:v1`)],
    ['an image with a callback', 'image verified', () => evaluate({ ...policy, acceptImage: () => true })],
    ['the platforms of an index', 'platforms verified', () => evaluate(policy, { platforms: 'each' }, index)],
    ['refused platforms', 'platforms rejected', () => evaluate(NOBODY, { platforms: 'each' }, index)],
    ['a platform that is not there', 'platforms indeterminate', () => evaluate(policy, { platforms: ['a/b'] }, index)],
    ['the platform of an image without an index', 'platforms verified', () => evaluate(policy, { platforms: 'each' })],
    [
      'attestations',
      'attestations verified',
      () => evaluateAttestations(image.reference, { type: STATEMENT.predicateType, signedBy }, image.options),
    ],
    [
      'refused attestations',
      'attestations rejected',
      () => evaluateAttestations(image.reference, { type: STATEMENT.predicateType, ...NOBODY }, image.options),
    ],
  ])('describes the report of %s', async (_, expected, ask) => {
    const report = await ask();
    expect(`${report.kind} ${report.verdict}`).toBe(expected);
    expect(mistakesOf(report)).toEqual([]);
  });

  it.each<readonly [string, (report: Record<string, unknown>) => void]>([
    ['a verified report that names nothing', (report) => delete report['reference']],
    ['a verified report without signatures', (report) => void (report['signatures'] = [])],
    ['a verdict of its own', (report) => void (report['verdict'] = 'fine')],
    [
      'a rejected report with signatures',
      (report) => Object.assign(report, { verdict: 'rejected', reason: 'no-match' }),
    ],
    [
      'an open report without a problem',
      (report) => Object.assign(report, { verdict: 'indeterminate', signatures: [] }),
    ],
    ['another kind', (report) => void (report['kind'] = 'attestations')],
  ])('refuses %s', async (_, change) => {
    const report = JSON.parse(JSON.stringify(await evaluate(policy))) as Record<string, unknown>;
    expect(mistakesOf(report)).toEqual([]);
    change(report);
    expect(mistakesOf(report)).not.toEqual([]);
  });

  it('lets a later version say more', async () => {
    const report = await evaluate(policy);
    expect(mistakesOf({ ...report, tomorrow: true })).toEqual([]);
  });
});
