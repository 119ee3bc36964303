import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { evaluateImage, type ImagePolicy, type ImageReport } from 'sigtrail';
import { captureEvidence, replay } from 'sigtrail/replay';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryRoot } from '../packages/sigtrail/test/attempt.ts';
import { createImage, type ImageUnderTest } from '../packages/sigtrail/test/image-under-test.ts';

// A v0.2 bundle with the trusted root at the end of its chain, attached to an image: by the library, from a capsule, and on the command line.
const signer = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const plain: ImagePolicy = { signedBy: signer };
const accepting: ImagePolicy = { signedBy: signer, acceptTrustedRootInBundle: true };

let image: ImageUnderTest;
let folder: string;
beforeEach(async () => {
  image = await createImage(new Date());
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-carried-'));
  writeFileSync(join(folder, 'root.json'), image.options.trust.json);
  const bundle = image.sigstore.signBundle({
    version: '0.2',
    content: 'message',
    artifact: image.registry.manifest(image.repository, image.digest)?.bytes ?? Buffer.alloc(0),
    signer: image.signer,
  });
  carryRoot(image.signer)(bundle);
  image.attachBundle(bundle);
});
afterEach(async () => {
  await image.close();
  rmSync(folder, { recursive: true });
});

const ask = async (policy: ImagePolicy): Promise<ImageReport> => evaluateImage(image.reference, policy, image.options);
const refusals = ({ candidates }: ImageReport): readonly unknown[] =>
  candidates.map(({ refusedBecause }) => refusedBecause);

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const print = (printed: string): void => void (text += printed);
  const code = await main(argv, { stdout: print, stderr: print });
  return { code, text };
}

describe('an image whose bundle carries the trusted root', () => {
  it('is verified if the policy allows it, and the report says so', async () => {
    const report = await ask(accepting);
    expect(report.verdict).toBe('verified');
    expect(report.relaxations.join()).toContain('root');
    expect(report.candidates[0]?.checks.map(({ code }) => code)).toContain('bundle-root-accepted');
  });

  it('is rejected otherwise, for that alone', async () => {
    const report = await ask(plain);
    expect(report).toMatchObject({ verdict: 'rejected', reason: 'no-match' });
    expect(refusals(report)).toEqual(['bundle-root-certificate']);
  });

  it('is judged by a replay as by the recording, and not vouched for by a policy that refuses carried roots', async () => {
    const capsule = await captureEvidence(image.reference, accepting, image.options);
    const { trust } = image.options;
    const same = await replay(capsule, { trust, policy: accepting });
    expect(same).toMatchObject({ verdict: 'verified', replay: { agrees: true, policy: 'as-given' } });
    // A policy that refuses carried roots refuses the same evidence.
    expect(await replay(capsule, { trust, policy: plain })).toMatchObject({
      verdict: 'rejected',
      replay: { policy: 'other-than-given' },
    });
  });

  it('is accepted on the command line with the flag only, which prints a warning', async () => {
    const words = [
      image.reference,
      `--certificate-identity=${GITHUB_WORKFLOW}`,
      `--certificate-oidc-issuer=${GITHUB_ISSUER}`,
      `--trusted-root=${join(folder, 'root.json')}`,
    ];
    const refused = await run('verify', ...words);
    expect(refused.code).toBe(12);
    expect(refused.text).toContain('bundle-root-certificate');
    const accepted = await run('verify', ...words, '--accept-trusted-root-in-bundle');
    expect(accepted.code).toBe(0);
    expect(accepted.text).toContain('warning: --accept-trusted-root-in-bundle');
  });
});
