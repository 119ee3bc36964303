import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDockerImage, type DockerImage, type Entry } from '../packages/sigtrail/test/docker-image.ts';
import { main } from '@sigtrail/cli';

// An image signed Docker's way, on the command line: found, verified, refused.
const identity = ['--certificate-identity', GITHUB_WORKFLOW, '--certificate-oidc-issuer', GITHUB_ISSUER];
const POLICY = `version: 1
attested: { type: slsaprovenance1, signedBy: { issuer: ${GITHUB_ISSUER}, subject: "${GITHUB_WORKFLOW}" } }
`;

let image: DockerImage;
let folder: string;
let platforms: readonly Entry[];
let manifests: readonly Entry[];
beforeEach(async () => {
  image = await createDockerImage({}, new Date());
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-'));
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  writeFileSync(join(folder, 'root.json'), image.options.trust.json);
  platforms = ['amd64', 'arm64'].map((name) => image.platform(name));
  manifests = platforms.map(({ digest }) => image.attestation(digest));
  for (const manifest of manifests) image.sign(manifest);
  image.index([...platforms, ...manifests]);
});
afterEach(async () => image.close());

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: () => undefined });
  return { code, stdout };
}
const verify = async (...flags: readonly string[]) =>
  run('verify', image.reference, '--trusted-root', join(folder, 'root.json'), ...flags);
const policy = (): readonly string[] => ['--policy', join(folder, 'policy.yaml'), '--platform', 'each'];

describe('an image signed Docker’s way', () => {
  it('is found: both forms, with the manifest that each is about, as text and as JSON', async () => {
    image.sign(image.referrer('hardened', platforms[0] as Entry), { form: 'oci11' });
    image.sign(image.referrer('artifact', platforms[1] as Entry));
    const { code, stdout } = await run('triangulate', image.reference, '--platform', 'each');
    expect(code).toBe(0);
    for (const line of [
      `attestation-manifest ${manifests[0]?.digest} about ${platforms[0]?.digest}`,
      'buildkit-attestation  by index',
      'buildkit-attestation  by referrers-api',
      'attestation-statement  by referrers-api',
      'sigstore-bundle 0.3  by referrers-api',
      'oci11-signature  by referrers-api',
    ])
      expect(stdout).toContain(line);
    const json = await run('triangulate', image.reference, '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      finds: [
        { kind: 'buildkit-attestation', signs: platforms[0]?.digest },
        { kind: 'sigstore-bundle', signs: manifests[0]?.digest },
        { kind: 'buildkit-attestation', signs: platforms[1]?.digest },
        { kind: 'sigstore-bundle', signs: manifests[1]?.digest },
      ],
    });
    const inspected = await run('inspect', image.reference, '--trusted-root', join(folder, 'root.json'));
    expect(inspected.stdout).toContain('sigstore-bundle proven (attestation)');
    expect(inspected.stdout).toContain(`about      linux/amd64 ${platforms[0]?.digest}`);
    expect(inspected.stdout).toContain(`signs      the attestation manifest ${manifests[0]?.digest}`);
  });

  it('is verified by its attestations, and counts as signed only if a flag says so', async () => {
    const attested = await verify(...policy());
    expect([attested.code, attested.stdout.split('\n')[0]]).toEqual([0, expect.stringContaining('VERIFIED')]);
    expect(attested.stdout).toContain(`${platforms[1]?.digest} for linux/arm64`);
    expect((await verify(...policy(), '--verbose')).stdout).toContain(`about      ${platforms[1]?.digest}`);
    expect((await verify(...identity, '--platform', 'each')).code).toBe(12);
    expect((await verify(...identity, '--platform', 'each', '--accept-attestation-manifests')).code).toBe(0);
    expect((await verify(...policy(), '--accept-attestation-manifests')).code).toBe(2);
  });

  it('is refused without platforms, naming what was found, and also if a platform isn’t signed', async () => {
    const whole = await verify(...identity, '--accept-attestation-manifests');
    expect([whole.code, whole.stdout.split('\n')[0]]).toEqual([
      12,
      expect.stringContaining('its attestations are about linux/amd64, linux/arm64'),
    ]);
    const unsigned = image.platform('s390x');
    image.index([...platforms, unsigned, ...manifests, image.attestation(unsigned.digest)]);
    const { code, stdout } = await verify(...policy());
    expect(code).toBe(10);
    expect(stdout).toMatch(/refused +linux\/s390x sha256:[0-9a-f]+: it is not signed/);
  });
});
