import {
  bundleManifest,
  EMPTY_CONFIG,
  indexOf,
  manifestOf,
  MEDIA_TYPE,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  pushManifest,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { attested, signedBy } from '../policy/compose.ts';
import type { ImagePolicy, SignerRule } from '../policy/policy.ts';
import { TIMESTAMPS_IGNORED } from '../policy/relaxations.ts';
import { evaluateAttestations } from '../verify-attestations.ts';
import { evaluateImage } from '../verify-image.ts';
import { toSummary } from './to-summary.ts';

const workflow: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const stranger: SignerRule = { issuer: 'https://accounts.acme.test', subject: 'alice@acme.test' };

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

type Signing = Pick<Parameters<ImageUnderTest['sigstore']['signBundle']>[0], 'signer' | 'logs'>;

function sign(more: Partial<Signing> = {}): void {
  const statement = { imageDigest: image.digest };
  image.attachBundle(image.sigstore.signBundle({ statement, signer: image.signer, ...more }));
}

const summary = async (policy: ImagePolicy, options: object = {}): Promise<readonly string[]> =>
  toSummary(await evaluateImage(image.reference, policy, { ...image.options, ...options })).split('\n');

describe('one screen', () => {
  it('of a verified image says who, what, when, where on record, and how many others', async () => {
    sign();
    sign({ signer: generateKeyPair(), logs: [] });
    const [first, ...rows] = await summary(signedBy(workflow));
    expect(first).toBe(`VERIFIED ${image.reference}`);
    const text = rows.join('\n');
    expect(text).toContain(`  signed by   ${GITHUB_WORKFLOW}\n`);
    expect(text).toContain(`  issuer      ${GITHUB_ISSUER}\n`);
    expect(text).toMatch(/^ {2}deploy {6}[^\n]+@sha256:[0-9a-f]{64}$/m);
    expect(text).toMatch(/^ {2}when {8}\d{4}-[^\n]+Z \([^\n]+\), by the log /m);
    expect(text).toMatch(/^ {2}on record {3}entry \d+ of [^\n]+, proven to be in the log$/m);
    expect(text).toMatch(/^ {2}others {6}1 that does not count \(/m);
    expect(rows.length).toBeLessThanOrEqual(12);
  });

  it('names a proven signer who was not asked for, and never calls that signer unverified', async () => {
    sign();
    const [first, ...rows] = await summary(signedBy(stranger));
    expect(first).toBe(
      `REJECTED ${image.reference}: it is signed by ${GITHUB_WORKFLOW} via ${GITHUB_ISSUER}; you asked for alice@acme.test via https://accounts.acme.test`,
    );
    const text = rows.join('\n');
    expect(text).toContain(', which is proven\n');
    expect(text).toContain('✗ identity-mismatch: ');
    expect(text).toMatch(/^ {2}next {8}/m);
    expect(text).not.toContain('unverified');
  });

  it('names the signer, the annotation that was asked for, and what came instead', async () => {
    sign();
    const asked = signedBy({ ...workflow, annotations: { env: 'prod' } });
    const [first, ...rows] = await summary(asked);
    expect(first).toBe(
      `REJECTED ${image.reference}: it is signed by ${GITHUB_WORKFLOW} via ${GITHUB_ISSUER}, with no annotations; you asked for env=prod`,
    );
    const text = rows.join('\n');
    expect(text).toContain(
      '✗ annotation-mismatch: there is no signed annotation env (expected env=prod; got no annotations)\n',
    );
    expect(text).toMatch(/^ {2}next {8}have the publisher sign with it \(cosign sign -a NAME=VALUE\)/m);
  });

  it('takes no signer for proven whose signature is not', async () => {
    sign({ logs: [] });
    const [first, ...rows] = await summary(signedBy(stranger));
    expect(first).toContain('what claims to be signed by ');
    expect(rows.join('\n')).toMatch(/ says it is signed by [^\n]+, which is not proven\n/);
  });

  it('says what is missing if nothing is signed, and if only attestations are', async () => {
    const [unsigned, looked, next] = await summary(signedBy(workflow));
    expect(unsigned).toBe(`REJECTED ${image.reference}: it is not signed`);
    expect(looked).toMatch(/^ {2}looked {6}in \d+ places, all of which answered$/);
    expect(next).toMatch(/^ {2}next {8}sign the image/);
    image.attachBundle(
      image.sigstore.signBundle({
        statement: { imageDigest: image.digest, predicateType: 'https://acme.test/x', predicate: {} },
        signer: image.signer,
      }),
    );
    expect((await summary(signedBy(workflow)))[0]).toContain(': it has attestations, but no signature');
  });

  it('names the image once if it could not be read, with the server’s words and what to try', async () => {
    const [first, next] = toSummary(
      await evaluateImage('127.0.0.1:1/acme/app:v1', signedBy(workflow), image.options),
    ).split('\n');
    expect(first?.match(/127\.0\.0\.1:1\/acme\/app:v1/g)).toHaveLength(1);
    expect(first).toMatch(/^INDETERMINATE could not read .*ECONNREFUSED/);
    expect(next).toMatch(/^ {2}next {8}check the address/);
  });

  it('says for how long to wait', async () => {
    image.registry.fail({ route: 'referrers', fault: { kind: 'status', status: 429, retryAfter: 120 } });
    const rows = await summary(signedBy(workflow));
    expect(rows.join(' ')).toMatch(/next {8}wait 120 s, then ask again; credentials often raise the limit /);
  });

  it('tells of ignored timestamps only if one was there', async () => {
    sign();
    const ignoring = { ...signedBy(workflow), legacyTimestamps: 'ignore' } as const;
    const report = await evaluateImage(image.reference, ignoring, image.options);
    expect(report.relaxations).toEqual([TIMESTAMPS_IGNORED]);
    expect(toSummary(report)).not.toContain('relaxed');
    const [first, ...more] = report.candidates;
    const skipped = { check: 'timestamp', status: 'skipped', code: 'timestamp-not-asked', message: 'ignored' } as const;
    const withOne = first === undefined ? [] : [{ ...first, checks: [...first.checks, skipped] }, ...more];
    expect(toSummary({ ...report, candidates: withOne })).toContain(`  relaxed     ${TIMESTAMPS_IGNORED}\n`);
  });

  it('says of a key that did not sign that it is another key', async () => {
    sign({ signer: generateKeyPair() });
    const [first, ...rows] = await summary({ signedBy: { key: generateKeyPair().spki } });
    expect(first).toContain(': it is not signed with the key that you named, or it was changed after signing');
    expect(rows.join('\n')).toMatch(/next {8}check that the key is the one that the publisher signs with/);
  });

  it('keeps hostile names off the terminal', async () => {
    sign();
    const report = await evaluateImage(image.reference, signedBy(workflow), image.options);
    const hostile = JSON.stringify(report).replaceAll('acme', String.raw`ac\u001b[2Jme\u202e`);
    const text = toSummary(JSON.parse(hostile) as typeof report);
    expect(text).not.toMatch(/[\u001b\u202e]/u);
    expect(text).toContain(String.raw`ac\u001b[2Jme\u202e`);
  });

  it('of an attestation says what it is, and of refused ones which came closest', async () => {
    const ask = async (policy: SignerRule): Promise<string> =>
      toSummary(
        await evaluateAttestations(image.reference, { type: 'https://acme.test/x', signedBy: policy }, image.options),
      );
    expect(await ask(workflow)).toContain(': it has no attestation\n');
    image.attachBundle(
      image.sigstore.signBundle({
        statement: { imageDigest: image.digest, predicateType: 'https://acme.test/x', predicate: {} },
        signer: image.signer,
      }),
    );
    expect(await ask(workflow)).toContain('  says        https://acme.test/x\n');
    expect(await ask(stranger)).toMatch(/closest {5}attestation sha256:/);
  });

  it('counts the other parts of a policy that do not hold', async () => {
    sign();
    const policy: ImagePolicy = { allOf: [signedBy(stranger), attested('vuln', workflow)] };
    expect((await summary(policy)).join('\n')).toContain('1 more part of the policy did not hold');
  });

  it('lists what became of each manifest of an index', async () => {
    const { registry, repository } = image;
    const [first, second] = ['amd64', 'arm64'].map((architecture) => {
      const layer = { bytes: Buffer.from(architecture), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
      registry.putBlob(repository, layer.bytes);
      const bytes = manifestOf(EMPTY_CONFIG, [layer]);
      const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
      return { platform: { os: 'linux', architecture }, mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
    });
    if (first === undefined || second === undefined) throw new Error('expected two manifests');
    registry.putManifest(repository, indexOf([first, second]), MEDIA_TYPE.index, 'multi');
    const bundle = image.sigstore.signBundle({ statement: { imageDigest: first.digest }, signer: image.signer });
    pushManifest(image.registry, image.repository, bundleManifest(bundle, first));
    const whole = await evaluateImage(`${registry.host}/${repository}:multi`, signedBy(workflow), image.options);
    expect(toSummary(whole)).toMatch(/: it is not signed\n(?:.*\n)* {2}but {9}it is an index, [^\n]+--platform each/);
    const text = toSummary(
      await evaluateImage(`${registry.host}/${repository}:multi`, signedBy(workflow), {
        ...image.options,
        platforms: 'each',
      }),
    );
    expect(text).toMatch(
      /^REJECTED [^\n]+: 1 of the 2 manifests that a client could run is not accepted: linux\/arm64\n/,
    );
    expect(text).toMatch(/^ {2}accepted {4}linux\/amd64 sha256:/m);
    expect(text).toMatch(/^ {2}refused {5}linux\/arm64 sha256:[0-9a-f]+: it is not signed$/m);
  });
});
