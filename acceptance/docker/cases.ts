import type { DockerImage, Entry } from '../../packages/sigtrail/test/docker-image.ts';
import { SPDX } from '../../packages/sigtrail/test/docker-image.ts';

/** An image, our answer about its `linux/amd64`, and the answer of Docker's verifier. */
export interface DockerCase {
  readonly name: string;
  readonly make: (image: DockerImage) => void;
  readonly ours: 'verified' | 'rejected' | 'indeterminate';
  readonly accepted: boolean;
  /** Why the two differ. */
  readonly because?: string;
}

/** An index's entry for an attestation manifest. */
const about = (manifest: Entry, digest: string): Entry => ({
  ...manifest,
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
});

const UNREAD = 'it reads neither the layers of an attestation manifest nor their statements';

export const DOCKER_CASES: readonly DockerCase[] = [
  {
    name: 'BuildKit’s artifact form, signed with a bundle',
    make: (image) => sign(image),
    ours: 'verified',
    accepted: true,
  },
  {
    name: 'the same, signed in cosign’s OCI 1.1 layout',
    make: (image) => sign(image, { form: 'oci11' }),
    ours: 'verified',
    accepted: true,
  },
  {
    name: 'BuildKit’s index form, whose attestation manifest names no subject',
    make: (image) => {
      const platform = image.platform('amd64');
      const manifest = image.attestation(platform.digest);
      image.sign(manifest);
      image.index([platform, manifest]);
    },
    ours: 'verified',
    accepted: false,
    because: 'it asks the attestation manifest for a subject, where the statements say what it is about',
  },
  {
    name: 'the attestation manifest of another image',
    make: (image) => {
      const platform = image.platform('amd64');
      const other = image.referrer('artifact', image.platform('other'));
      image.sign(other);
      image.index([platform, about(other, platform.digest)]);
    },
    ours: 'rejected',
    accepted: false,
  },
  {
    name: 'the attestation manifest of another platform',
    make: (image) => {
      const [amd64, arm64] = [image.platform('amd64'), image.platform('arm64')];
      const manifest = image.referrer('artifact', arm64);
      image.sign(manifest);
      image.index([amd64, arm64, about(manifest, amd64.digest)]);
    },
    ours: 'rejected',
    accepted: false,
  },
  {
    name: 'a signature of another attestation manifest',
    make: (image) => {
      const platform = image.platform('amd64');
      const [manifest, other] = [
        image.referrer('artifact', platform),
        image.attestation(platform.digest, image.statements(platform.digest, [SPDX])),
      ];
      image.sign(manifest, {}, other.digest);
      image.index([platform, about(manifest, platform.digest)]);
    },
    ours: 'rejected',
    accepted: false,
  },
  {
    name: 'an unsigned attestation manifest beside a signed one',
    make: (image) => {
      const [amd64, arm64] = [image.platform('amd64'), image.platform('arm64')];
      const manifests = [amd64, arm64].map((platform) => image.referrer('artifact', platform));
      image.sign(manifests[1] as Entry);
      image.index([
        amd64,
        arm64,
        about(manifests[0] as Entry, amd64.digest),
        about(manifests[1] as Entry, arm64.digest),
      ]);
    },
    ours: 'rejected',
    accepted: false,
  },
  {
    name: 'an edited layer',
    make: (image) => {
      const platform = image.platform('amd64');
      const [statement] = image.statements(platform.digest);
      const manifest = image.referrer('artifact', platform);
      image.sign(manifest);
      image.index([platform, about(manifest, platform.digest)]);
      const bytes = statement?.bytes ?? Buffer.alloc(0);
      const edited = Buffer.from(String(bytes).replace('docker/github-builder', 'docker/github-buildee'));
      image.registry.tamper('acme/app', image.registry.putBlob('acme/app', bytes), edited);
    },
    ours: 'indeterminate',
    accepted: true,
    because: UNREAD,
  },
  {
    name: 'a statement about another subject',
    make: (image) => {
      const platform = image.platform('amd64');
      const manifest = image.referrer('artifact', platform, image.statements(image.platform('other').digest));
      image.sign(manifest);
      image.index([platform, about(manifest, platform.digest)]);
    },
    ours: 'rejected',
    accepted: true,
    because: UNREAD,
  },
];

function sign(image: DockerImage, how: { readonly form?: 'bundle' | 'oci11' } = {}): void {
  const platform = image.platform('amd64');
  const manifest = image.referrer('artifact', platform);
  image.sign(manifest, how);
  image.index([platform, about(manifest, platform.digest)]);
}
