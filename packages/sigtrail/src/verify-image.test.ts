import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeRegistry, type RegistryOptions, startRegistry } from '@sigtrail/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createVerifier,
  evaluateImage,
  type ImagePolicy,
  ImageInspectionSchema,
  ImageReportSchema,
  inspectImage,
  isSigtrailError,
  verifyImage,
} from './index.ts';

const images = new URL('../../../examples/images/', import.meta.url);
const trust = { json: readFileSync(new URL('trusted_root.json', images), 'utf8') };
const policy: ImagePolicy = {
  signedBy: {
    issuer: 'http://127.0.0.1:5803/github',
    subject: 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
  },
};

const open: FakeRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

async function serve(
  name: string,
  options?: RegistryOptions,
): Promise<{ readonly registry: FakeRegistry; readonly reference: string }> {
  const registry = await startRegistry(options);
  open.push(registry);
  registry.loadLayout('acme/app', fileURLToPath(new URL(`${name}/layout`, images)));
  return { registry, reference: `${registry.host}/acme/app:v1` };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return isSigtrailError(error) || (error instanceof TypeError && 'code' in error)
      ? String(error.code)
      : `untyped: ${String(error)}`;
  }
}

describe('verifyImage', () => {
  it.each(['legacy-keyless-github', 'bundle-keyless-github'])(
    'accepts %s for the right identity and pins the digest',
    async (name) => {
      const { registry, reference } = await serve(name);
      const image = await verifyImage(reference, policy, { trust });
      expect(image.reference).toBe(`${registry.host}/acme/app@${image.digest}`);
      expect(image.signatures[0].signer.kind).toBe('certificate');
      expect(image.signatures[0].log[0]?.logIndex).toBeTypeOf('number');
      expect(image.report.candidates[0]?.secondJudge.verdict).toBe('accepted');
    },
  );

  it.each(['legacy-keyless-github', 'bundle-keyless-github'])(
    'refuses %s for another identity, with the whole report',
    async (name) => {
      const { reference } = await serve(name);
      const wrong = {
        signedBy: {
          issuer: 'http://127.0.0.1:5803/github',
          subject: 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2',
        },
      };
      const error = await verifyImage(reference, wrong, { trust }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: 'no-match',
        report: { verdict: 'rejected', reason: 'no-match', candidates: [{ refusedBecause: 'identity-mismatch' }] },
      });
    },
  );

  it('refuses an edited payload with the code of what was done to it', async () => {
    const { reference } = await serve('neg-payload-edited');
    const report = await evaluateImage(reference, policy, { trust });
    expect(report.candidates.map(({ refusedBecause }) => refusedBecause)).toEqual(['signature-invalid']);
  });

  it('needs no more than six requests for a tag with one bundle', async () => {
    const { registry, reference } = await serve('bundle-keyless-github');
    await verifyImage(reference, policy, { trust });
    expect(registry.requests.length).toBeLessThanOrEqual(6);
  });

  it('reads behind a token endpoint and by the fallback tag rules of a registry without referrers API', async () => {
    const { reference } = await serve('legacy-keyless-github', { access: { kind: 'bearer' }, referrersApi: false });
    expect((await evaluateImage(reference, policy, { trust })).verdict).toBe('verified');
  });
});

describe('honest absence', () => {
  it('says image-not-found for a tag that is not there', async () => {
    const { registry } = await serve('legacy-keyless-github');
    expect(await codeOf(verifyImage(`${registry.host}/acme/app:v2`, policy, { trust }))).toBe('image-not-found');
  });

  it('calls a throttled referrers API indeterminate, with the time to wait', async () => {
    const { registry, reference } = await serve('bundle-keyless-github');
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 429, retryAfter: 120 } });
    const report = await evaluateImage(reference, policy, { trust, timeoutMs: 3000 });
    expect(report.verdict).toBe('indeterminate');
    expect(report.problems[0]).toMatchObject({ code: 'rate-limited', retryAfterMs: 120_000 });
  });

  it.each([
    ['401', { kind: 'status', status: 401 }],
    ['403', { kind: 'status', status: 403 }],
    ['HTML', { kind: 'html' }],
    ['wrong bytes', { kind: 'wrong-bytes' }],
  ] as const)('never calls an unreadable .sig tag unsigned: %s', async (_, fault) => {
    const { registry, reference } = await serve('legacy-keyless-github');
    registry.fail({ path: '.sig', fault });
    expect((await evaluateImage(reference, policy, { trust, timeoutMs: 5000 })).verdict).toBe('indeterminate');
  });

  it('still verifies by the .sig when the referrers API is broken, and names the gap', async () => {
    const { registry, reference } = await serve('legacy-keyless-github');
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
    const report = await evaluateImage(reference, policy, { trust });
    expect(report.verdict).toBe('verified');
    expect(report.problems).toHaveLength(1);
  });

  it('refuses a signature whose bytes changed on the way', async () => {
    const { registry, reference } = await serve('legacy-keyless-github');
    registry.fail({ route: 'blob', fault: { kind: 'wrong-bytes' } });
    expect((await evaluateImage(reference, policy, { trust })).candidates[0]?.refusedBecause).toBe(
      'payload-digest-mismatch',
    );
  });
});

describe('results and mistakes', () => {
  it('gives plain JSON that its schemas read back', async () => {
    const { reference } = await serve('bundle-keyless-github');
    const report = await evaluateImage(reference, policy, { trust });
    expect(ImageReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    const inspection = await inspectImage(reference, { trust });
    expect(ImageInspectionSchema.parse(JSON.parse(JSON.stringify(inspection)))).toEqual(inspection);
    expect(inspection.candidates[0]).toMatchObject({ proven: true, accepted: false });
  });

  it.each([
    ['no signer', {}, 'signer-required'],
    ['an unknown key', { signedBy: { issuer: 'x', subjekt: 'y' } }, 'unknown-option'],
    ['key and identity', { signedBy: { key: 'x', issuer: 'y' } }, 'key-and-identity'],
    ['text that is not a key', { signedBy: { key: 'x' } }, 'invalid-key'],
    ['a RegExp', { signedBy: { issuer: /x/, subject: 'y' } }, 'invalid-option'],
    ['an empty subject', { signedBy: { issuer: 'x', subject: '' } }, 'invalid-option'],
    ['a value that is not a count', { ...policy, require: { log: Number.NaN } }, 'invalid-option'],
  ])('throws a TypeError for %s', async (_, mistaken, code) => {
    // @ts-expect-error -- mistakes that the types refuse must be refused at run time too
    expect(await codeOf(evaluateImage('example.test/app', mistaken, { trust }))).toBe(code);
  });

  it.each([
    ['a malformed reference', 'UPPER/app', { trust }, 'invalid-reference'],
    ['a trusted root that is no JSON', 'example.test/app', { trust: { json: 'nope' } }, 'invalid-trusted-root'],
    [
      'a trusted root that is not there',
      'example.test/app',
      { trust: { file: '/nowhere/root.json' } },
      'trust-unavailable',
    ],
    ['a directory that is not a layout', 'oci:/nowhere/at/all', { trust }, 'invalid-reference'],
  ])('throws a typed error for %s', async (_, reference, options, code) => {
    expect(await codeOf(evaluateImage(reference, policy, options))).toBe(code);
  });

  it('reads a trusted root again that could not be read a moment ago', async () => {
    const { reference } = await serve('legacy-keyless-github');
    const file = join(mkdtempSync(join(tmpdir(), 'sigtrail-')), 'root.json');
    await using verifier = createVerifier({ trust: { file } });
    expect(await codeOf(verifier.evaluate(reference, policy))).toBe('trust-unavailable');
    writeFileSync(file, trust.json);
    expect((await verifier.evaluate(reference, policy)).verdict).toBe('verified');
  });

  it('reads a policy in the call that gives it: what is changed afterwards changes nothing', async () => {
    const { reference } = await serve('bundle-keyless-github');
    await using verifier = createVerifier({ trust });
    const signedBy = { issuer: 'http://127.0.0.1:5803/github', subject: 'nobody' };
    const refused = codeOf(verifier.verify(reference, { signedBy }));
    signedBy.subject = 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3';
    expect(await refused).toBe('no-match');
    expect(await codeOf(verifier.verify(reference, { signedBy }))).toBe('no error');
  });

  it('answers what it was asked before it is closed, and nothing after', async () => {
    const { registry, reference } = await serve('bundle-keyless-github');
    const ask = async (): Promise<unknown> => {
      await using verifier = createVerifier({ trust });
      // Without an `await` of its own: the verifier is closed before the answer is there.
      return verifier.evaluate(reference, policy);
    };
    expect(await ask()).toMatchObject({ verdict: 'verified' });
    const verifier = createVerifier({ trust });
    const asked = codeOf(verifier.verify(reference, policy));
    const closing = verifier.close();
    const { length } = registry.requests;
    expect(await codeOf(verifier.verify(reference, policy))).toBe('closed');
    await closing;
    expect(await asked).toBe('no error');
    expect(registry.requests.length).toBeGreaterThan(length);
  });

  it('refuses unknown options and work after close', async () => {
    // @ts-expect-error -- no such option
    expect(() => createVerifier({ trus: trust })).toThrow('"options.trus" is not a known member; did you mean trust?');
    const verifier = createVerifier({ trust });
    await verifier.close();
    expect(await codeOf(verifier.evaluate('example.test/app', policy))).toBe('closed');
  });
});
