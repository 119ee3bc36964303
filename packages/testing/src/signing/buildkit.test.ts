import { createVerifier, githubWorkflow, type ImagePolicy, type Verifier } from 'sigtrail';
import { attested } from 'sigtrail/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigstore, type FakeRegistry, type FakeSigstore, pushImage, startRegistry } from '../index.ts';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
let verifier: Verifier;
beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
  verifier = createVerifier({ trust: sigstore.trust });
});
afterAll(async () => {
  await verifier.close();
  await registry.close();
});

const builder = githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: 'refs/heads/main' });
const provenance = attested('slsaprovenance1', builder);
const platforms = ['linux/amd64', 'linux/arm64'] as const;
const push = (name: string) => pushImage(registry, name, { platforms, attestationManifests: true });
const verdict = async (reference: string, policy: ImagePolicy = provenance): Promise<string> =>
  (await verifier.evaluate(reference, policy, { platforms: 'each' })).verdict;

describe('images signed Docker’s way', () => {
  it('are attested, and signed only for a policy that says so', async () => {
    const { reference } = push('docker/signed:v1');
    const { manifests } = await sigstore.signImage(registry, reference, { attestationManifests: true });
    expect(manifests).toHaveLength(2);
    expect(await verdict(reference)).toBe('verified');
    expect(await verdict(reference, attested('spdxjson', builder))).toBe('verified');
    expect(await verdict(reference, { signedBy: builder })).toBe('rejected');
    const asSignature = { signedBy: builder, acceptAttestationManifestsAsSignature: true } as const;
    expect(await verdict(reference, asSignature)).toBe('verified');
  });

  it('are not attested before they are signed, nor by a flawed signature', async () => {
    const { reference } = push('docker/flawed:v1');
    expect(await verdict(reference)).toBe('rejected');
    await sigstore.signImage(registry, reference, { attestationManifests: true, flaw: 'tampered' });
    expect(await verdict(reference)).toBe('rejected');
  });

  it.each([
    [() => pushImage(registry, 'docker/one:v1', { attestationManifests: true }), /needs "platforms"/],
    [
      async () => {
        const { reference } = pushImage(registry, 'docker/plain:v1', { platforms });
        await sigstore.signImage(registry, reference, { attestationManifests: true });
      },
      /lists no attestation manifest; push it with/,
    ],
    [
      async () => {
        const { reference } = push('docker/both:v1');
        await sigstore.signImage(registry, reference, { attestationManifests: true, recursive: true });
      },
      /exclude each other/,
    ],
  ])('are refused if they are malformed: %#', async (make, message) => {
    await expect((async () => make())()).rejects.toThrow(message);
  });
});
