import { checkOptions, optionError, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aFlag, anObject, oneOf } from '../option-checks.ts';
import type { FakeRegistry } from '../registry/registry.ts';
import type { BundleOptions } from '../sigstore/bundle.ts';
import type { LegacySignatureOptions } from '../sigstore/legacy-layer.ts';
import type { Signer } from '../sigstore/signer.ts';
import type { SigstoreParts } from '../sigstore/sigstore-parts.ts';
import { attachBundle, attachLayers } from './attach.ts';
import { isAttestationManifest } from './buildkit.ts';
import { OTHER_DIGEST } from './flaw.ts';
import { type ImagePlace, placeOf } from './image-place.ts';
import { MINT_OPTIONS, type Minting, type MintOptions, startMinting } from './minting.ts';

/** How an image is signed; what is left out is right. */
export interface SignImageOptions extends MintOptions {
  /** As reports name it. `sigstore-bundle` (default): a referrer, as cosign 3 pushes it; `cosign-signature`: a layer under the `.sig` tag, as cosign 2 does. */
  readonly format?: 'sigstore-bundle' | 'cosign-signature' | undefined;
  /** `cosign sign -a key=value`. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Signs an index and each image in it, as `cosign sign --recursive`; default only what the reference names. */
  readonly recursive?: boolean | undefined;
  /** Signs the attestation manifests of an index instead, as Docker does: `pushImage` pushes them where it is told to. */
  readonly attestationManifests?: boolean | undefined;
  /** `false`: signs and logs, and keeps the signature out of the registry; default `true`. */
  readonly push?: boolean | undefined;
  /** Anything else about the bundle, as `signBundle` takes it. */
  readonly bundle?: Partial<Omit<BundleOptions, 'signer' | 'content'>> | undefined;
  /** Anything else about the layer, as `signImageLegacy` takes it. */
  readonly layer?: Partial<Omit<LegacySignatureOptions, 'signer'>> | undefined;
}

/** What was made. */
export interface Signed {
  /** The certificate or key; `as: signer` signs with it again. */
  readonly signer: Signer;
  /** The digests of the manifests that carry the signatures: one, or one for each image that was signed. */
  readonly manifests: readonly string[];
}

const DOOR = 'signImage';
const OPTIONS: OptionTable<SignImageOptions> = {
  ...MINT_OPTIONS,
  format: oneOf('sigstore-bundle', 'cosign-signature'),
  annotations: anObject,
  recursive: aFlag,
  attestationManifests: aFlag,
  push: aFlag,
  bundle: anObject,
  layer: anObject,
};

/** Signs an image in a registry, logs the signature and pushes it. @throws TypeError `unknown-option`, `invalid-option` */
export async function signImage(
  sigstore: SigstoreParts,
  registry: FakeRegistry,
  reference: string,
  options: SignImageOptions = {},
): Promise<Signed> {
  requireObject(registry, DOOR, 'registry', ['host', 'putManifest']);
  checkOptions(options, OPTIONS, DOOR);
  const { format = 'sigstore-bundle' } = options;
  const [other, needed] = format === 'sigstore-bundle' ? ['layer', 'cosign-signature'] : ['bundle', 'sigstore-bundle'];
  if (Object.hasOwn(options, other))
    throw optionError('invalid-option', `${DOOR}: "${other}" needs format: '${needed}'`);
  const place = placeOf(registry, reference, DOOR);
  const digests = signedDigests(place, reference, options);
  const minting = await startMinting(sigstore, options, DOOR);
  const manifests = digests.flatMap((digest) => signOne(sigstore, registry, { place, digest, minting, options }));
  return { signer: minting.signer, manifests };
}

/** What is signed: the manifest itself, with all that it lists, or only the attestation manifests that it lists. */
function signedDigests(place: ImagePlace, reference: string, options: SignImageOptions): readonly string[] {
  const { recursive = false, attestationManifests = false } = options;
  if (!attestationManifests) return [place.digest, ...(recursive ? place.entries.map(({ digest }) => digest) : [])];
  if (recursive)
    throw optionError('invalid-option', `${DOOR}: "recursive" and "attestationManifests" exclude each other`);
  const listed = place.entries.filter(isAttestationManifest);
  if (listed.length === 0)
    throw optionError(
      'invalid-option',
      `${DOOR}: ${reference} lists no attestation manifest; push it with { platforms: […], attestationManifests: true }`,
    );
  return listed.map(({ digest }) => digest);
}

interface One {
  readonly place: ImagePlace;
  readonly digest: string;
  readonly minting: Minting;
  readonly options: SignImageOptions;
}

function signOne(sigstore: SigstoreParts, registry: FakeRegistry, one: One): readonly string[] {
  const { place, digest, minting, options } = one;
  const { annotations, push = true } = options;
  const noted = annotations === undefined ? {} : { annotations };
  const reference = `${place.repository}@${digest}`;
  const imageDigest = minting.flaws.has('misplaced') ? OTHER_DIGEST : digest;
  if (options.format === 'cosign-signature') {
    const dockerReference = `${registry.host}/${place.repository}`;
    const layer = sigstore.signImageLegacy({
      imageDigest,
      dockerReference,
      ...noted,
      ...minting.layer,
      ...options.layer,
    });
    return push ? [attachLayers(registry, reference, 'sig', [layer])] : [];
  }
  const bundle = sigstore.signBundle({ statement: { imageDigest, ...noted }, ...minting.bundle, ...options.bundle });
  return push ? [attachBundle(registry, reference, bundle)] : [];
}
