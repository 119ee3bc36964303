import { requireObject } from '@sigtrail/encoding';
import type { FakeRegistry } from '../registry/registry.ts';
import type { BundleJson } from '../sigstore/bundle.ts';
import type { LegacyLayer } from '../sigstore/legacy-layer.ts';
import {
  type BundleManifestOptions,
  bundleManifest,
  pushManifest,
  signatureManifest,
} from '../sigstore/packed-manifest.ts';
import { oneOf } from '../option-checks.ts';
import { placeOf } from './image-place.ts';

/**
 * Attaches a bundle to an image as a referrer, as cosign 3 does. Gives the digest of the referrer.
 *
 * @throws TypeError `invalid-option`
 */
export function attachBundle(
  registry: FakeRegistry,
  reference: string,
  bundle: BundleJson,
  options: BundleManifestOptions = {},
): string {
  const { repository, descriptor } = placeOf(registry, reference, 'attachBundle');
  return pushManifest(registry, repository, bundleManifest(bundle, descriptor, options));
}

const TAG = oneOf('sig', 'att');

/**
 * Adds layers to the image's `.sig` tag (`.att` for attestations), beside those that it has, as cosign 2 does. Gives the digest of the manifest.
 *
 * @throws TypeError `invalid-option`
 */
export function attachLayers(
  registry: FakeRegistry,
  reference: string,
  tag: 'sig' | 'att',
  layers: readonly LegacyLayer[],
): string {
  const { repository, digest } = placeOf(registry, reference, 'attachLayers');
  TAG(tag, 'tag', 'attachLayers');
  const name = `${digest.replace(':', '-')}.${tag}`;
  const before = registry.manifest(repository, name);
  return pushManifest(registry, repository, signatureManifest(layers, undefined, before?.bytes), name);
}

/**
 * Attaches a DSSE envelope to an image as a referrer, as Tekton Chains does. Gives the digest of the referrer.
 *
 * @throws TypeError `invalid-option`
 */
export function attachEnvelope(registry: FakeRegistry, reference: string, attestation: LegacyLayer): string {
  const { repository, digest } = placeOf(registry, reference, 'attachEnvelope');
  requireObject(attestation, 'attachEnvelope', 'attestation', ['payload', 'layer']);
  const { payload, layer } = attestation;
  const { mediaType, annotations = {} } = layer;
  return registry.attachReferrer(repository, digest, {
    artifactType: 'application/vnd.in-toto+json',
    layers: [{ bytes: payload, mediaType, annotations }],
  });
}
