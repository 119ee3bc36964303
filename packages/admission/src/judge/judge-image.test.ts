import { parseReference } from 'oci-client-lite';
import { pushImage, createSigstore, type FakeRegistry, type FakeSigstore, startRegistry } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIGNED_BY } from '../../test/admission-world.ts';
import { type ImageVerdict, judgeImage, wholeName } from './judge-image.ts';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
beforeEach(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
});
afterEach(async () => registry.close());

const judge = async (reference: string, platform?: 'linux/amd64' | 'linux/arm64'): Promise<ImageVerdict> => {
  await using verifier = createVerifier({ trust: sigstore.trust, registry: { dockerConfig: false } });
  const deadline = new Date(Date.now() + 20_000);
  return await judgeImage(verifier, {
    reference: parseReference(reference),
    policy: { signedBy: SIGNED_BY },
    platform,
    deadline,
  });
};
const index = (): ReturnType<typeof pushImage<'linux/amd64' | 'linux/arm64'>> =>
  pushImage(registry, 'acme/app:v1', { platforms: ['linux/amd64', 'linux/arm64'] });

describe('what a verdict lets a kubelet have', () => {
  it('is the image that was signed', async () => {
    const image = pushImage(registry, 'acme/app:v1');
    await sigstore.signImage(registry, 'acme/app:v1');
    expect(await judge(image.reference)).toEqual({ kind: 'verified', digest: image.digest });
  });

  it('is the index if that is signed, even on one platform', async () => {
    const image = index();
    await sigstore.signImage(registry, 'acme/app:v1');
    expect(await judge(image.reference)).toEqual({ kind: 'verified', digest: image.digest });
    expect(await judge(image.reference, 'linux/arm64')).toEqual({ kind: 'verified', digest: image.digest });
  });

  it('is the index if everything in it is signed', async () => {
    const image = index();
    for (const { digest } of Object.values(image.platforms)) await sigstore.signImage(registry, `acme/app@${digest}`);
    expect(await judge(image.reference)).toEqual({ kind: 'verified', digest: image.digest });
  });

  it('is the manifest of the platform if that alone is signed and the platform is fixed', async () => {
    const image = index();
    const { digest } = image.platforms['linux/arm64'];
    await sigstore.signImage(registry, `acme/app@${digest}`);
    expect(await judge(image.reference, 'linux/arm64')).toEqual({ kind: 'verified', digest });
    expect(await judge(image.reference, 'linux/amd64')).toMatchObject({ kind: 'rejected' });
    expect(await judge(image.reference)).toMatchObject({ kind: 'rejected' });
  });

  it('is nothing of an unsigned image', async () => {
    const image = pushImage(registry, 'acme/app:v1');
    expect(await judge(image.reference)).toMatchObject({ kind: 'rejected', code: 'unsigned' });
    expect(await judge(`${registry.host}/acme/none:v1`)).toMatchObject({ kind: 'rejected', code: 'image-not-found' });
  });

  it('is open while the registry does not answer', async () => {
    const image = pushImage(registry, 'acme/app:v1');
    registry.fail({ fault: { kind: 'status', status: 403 } });
    expect(await judge(image.reference)).toMatchObject({ kind: 'undecided' });
  });
});

it('writes the whole name, the tag and the digest', () => {
  expect(wholeName(parseReference('nginx'), 'sha256:1')).toBe('docker.io/library/nginx:latest@sha256:1');
  expect(wholeName(parseReference('ghcr.io/a/b:1'), 'sha256:1')).toBe('ghcr.io/a/b:1@sha256:1');
  expect(wholeName(parseReference(`ghcr.io/a/b@sha256:${'0'.repeat(64)}`), 'sha256:1')).toBe('ghcr.io/a/b@sha256:1');
});
