import type { LegacyLayer, LegacySignatureOptions } from '@sigtrail/testing';
import type { ImageUnderTest } from '../image-under-test.ts';
import type { Outcome, World } from './world.ts';

/** An option of a classic signature. */
export type Layer = Partial<LegacySignatureOptions>;

/** A try of something in a world. */
export type Try = (world: World) => Promise<Outcome>;

/** A bundle in which nothing is wrong. */
export const honest: Try = (world) => world.bundle();

/** A classic signature of an image. */
export const layer = (image: ImageUnderTest, more: Layer = {}): LegacyLayer =>
  image.sigstore.signImageLegacy({ imageDigest: image.digest, signer: image.signer, ...more });

/** Verifies an image with one. */
export const signed =
  (more: (image: ImageUnderTest) => Layer | Promise<Layer>): Try =>
  (world) =>
    world.image(async (image) => image.tagLayers('sig', [layer(image, await more(image))]));

/** One in which nothing is wrong. */
export const classic: Try = signed(() => ({}));
