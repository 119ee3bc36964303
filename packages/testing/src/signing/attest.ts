import { checkOptions, type OptionTable, requireObject } from '@sigtrail/encoding';
import { PREDICATE_ALIASES, type PredicateType } from 'sigtrail/attestations';
import { aFlag, anObject, aText, oneOf } from '../option-checks.ts';
import type { FakeRegistry } from '../registry/registry.ts';
import type { JsonObject } from '../sigstore/canonical-json.ts';
import type { SigstoreParts } from '../sigstore/sigstore-parts.ts';
import { attachBundle, attachEnvelope, attachLayers } from './attach.ts';
import { OTHER_DIGEST } from './flaw.ts';
import { placeOf } from './image-place.ts';
import { MINT_OPTIONS, type MintOptions, startMinting } from './minting.ts';
import type { Signed } from './sign-image.ts';

/** What is attested, and how; what is left out is right. */
export interface AttestOptions extends MintOptions {
  /** A predicate type URI, or a short name: `slsaprovenance1`, `spdxjson`, `vuln`. */
  readonly type: PredicateType;
  /** What the signer says. */
  readonly predicate: object;
  /**
   * As reports name it. `sigstore-bundle` (default): a referrer, as cosign 3 pushes it; `cosign-attestation`: a layer under the `.att` tag, as cosign 2
   * does; `dsse-attestation`: an envelope as a referrer, as Tekton Chains does.
   */
  readonly format?: 'sigstore-bundle' | 'cosign-attestation' | 'dsse-attestation' | undefined;
  /** `false`: signs and logs, and keeps the attestation out of the registry; default `true`. */
  readonly push?: boolean | undefined;
}

const DOOR = 'attest';
const OPTIONS: OptionTable<AttestOptions> = {
  ...MINT_OPTIONS,
  type: aText,
  predicate: anObject,
  format: oneOf('sigstore-bundle', 'cosign-attestation', 'dsse-attestation'),
  push: aFlag,
};

/** Signs a statement about an image, logs it and pushes it. @throws TypeError `unknown-option`, `invalid-option` */
export async function attest(
  sigstore: SigstoreParts,
  registry: FakeRegistry,
  reference: string,
  options: AttestOptions,
): Promise<Signed> {
  requireObject(registry, DOOR, 'registry', ['host', 'putManifest']);
  checkOptions(options, OPTIONS, DOOR);
  const { type, predicate, format = 'sigstore-bundle', push = true } = options;
  // Neither has a default.
  OPTIONS.type(type, 'type', DOOR);
  OPTIONS.predicate(predicate, 'predicate', DOOR);
  const aliases: Readonly<Record<string, string>> = PREDICATE_ALIASES;
  const predicateType = Object.hasOwn(aliases, type) ? (aliases[type] ?? type) : type;
  const place = placeOf(registry, reference, DOOR);
  const { signer, flaws, ...minting } = await startMinting(sigstore, options, DOOR);
  const statement = {
    imageDigest: flaws.has('misplaced') ? OTHER_DIGEST : place.digest,
    predicateType,
    predicate: predicate as JsonObject, // written as JSON, whatever it is
  };
  const pinned = `${place.repository}@${place.digest}`;
  if (format === 'sigstore-bundle') {
    const bundle = sigstore.signBundle({ statement, ...minting.bundle });
    return { signer, manifests: push ? [attachBundle(registry, pinned, bundle)] : [] };
  }
  const layer = sigstore.signAttestationLegacy({ statement, ...minting.layer });
  if (!push) return { signer, manifests: [] };
  const manifest =
    format === 'dsse-attestation'
      ? attachEnvelope(registry, pinned, layer)
      : attachLayers(registry, pinned, 'att', [layer]);
  return { signer, manifests: [manifest] };
}
