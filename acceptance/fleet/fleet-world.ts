import { randomBytes } from 'node:crypto';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import type { ImagePolicy } from 'sigtrail';
import { type TrustedRoot, trustRoot } from 'sigtrail/trust';

/** Images: every third repository's are unsigned, and every fifth's signed by somebody else. */
export interface FleetWorld {
  readonly registry: FakeRegistry;
  readonly images: readonly FleetImage[];
  readonly trust: TrustedRoot;
  readonly trustJson: string;
  readonly policies: Readonly<Record<string, ImagePolicy>>;
  readonly key: Uint8Array;
}

/** An image, and the outcome that it must have. */
export interface FleetImage {
  readonly reference: string;
  readonly pinned: string;
  readonly verdict: 'verified' | 'rejected';
}

/** Signs and pushes images. */
export async function createWorld(images: number, registry?: FakeRegistry): Promise<FleetWorld> {
  const [server, sigstore] = await Promise.all([registry ?? startRegistry(), createSigstore()]);
  const pushed: FleetImage[] = [];
  const [right, wrong] = ['dev@acme.test', 'eve@evil.test'];
  for (let index = 0; index < images; index += 1) {
    const { reference, pinned } = pushImage(server, `acme/app${String(index)}:v1`);
    const isUnsigned = index % 3 === 2;
    const isWrong = index % 5 === 4;
    if (!isUnsigned) await sigstore.signImage(server, reference, { as: { email: isWrong ? wrong : right } });
    pushed.push({ reference, pinned, verdict: isUnsigned || isWrong ? 'rejected' : 'verified' });
  }
  const trustJson = JSON.stringify(sigstore.trustedRoot());
  return {
    registry: server,
    images: pushed,
    trust: trustRoot.fromJson(trustJson),
    trustJson,
    policies: { release: { signedBy: { issuer: 'https://accounts.google.com', subject: right } } },
    key: randomBytes(32),
  };
}
