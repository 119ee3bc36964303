import type { LegacyLayer } from '@sigtrail/testing';
import type { ImageUnderTest } from '../image-under-test.ts';
import type { Attack } from './attack.ts';
import { layer, type Try } from './made.ts';

const SIGNATURE_REFERRER = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** A signature as an OCI 1.1 referrer: cosign reads the last of them only. */
function refer({ registry, repository, digest }: ImageUnderTest, { payload, layer: described }: LegacyLayer): void {
  const { mediaType, annotations } = described;
  registry.attachReferrer(repository, digest, {
    artifactType: SIGNATURE_REFERRER,
    layers: [{ bytes: payload, mediaType, ...(annotations === undefined ? {} : { annotations }) }],
  });
}

const byMallory = async (image: ImageUnderTest): Promise<LegacyLayer> =>
  layer(image, {
    signer: await image.sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] }),
  });

const referrers =
  (ours: boolean): Try =>
  (world) =>
    world.image(async (image) => {
      if (ours) refer(image, layer(image));
      refer(image, await byMallory(image));
    });

/** An SBOM in a bundle, for which cosign leaves the classic signature unread, and a classic signature. */
const besideBundle =
  (ours: boolean): Try =>
  (world) =>
    world.image(async (image) => {
      const { attachBundle, sigstore, signer, digest, tagLayers } = image;
      const statement = { imageDigest: digest, predicateType: 'https://spdx.dev/Document' };
      attachBundle(sigstore.signBundle({ statement, signer }));
      tagLayers('sig', [ours ? layer(image) : await byMallory(image)]);
    });

/** Several formats and several signatures beside one another. */
export const FORMAT_ATTACKS: readonly Attack[] = [
  {
    row: 'cosign 5',
    attack: 'a stranger’s signature as the last referrer',
    code: 'identity-mismatch',
    attacked: referrers(false),
    honest: referrers(true),
  },
  ...['HEAD: the first image decides', 'cosign 8'].map(
    (row): Attack => ({
      row,
      attack: 'a good attestation in a bundle beside a stranger’s classic signature',
      code: 'identity-mismatch',
      attacked: besideBundle(false),
      honest: besideBundle(true),
    }),
  ),
];
