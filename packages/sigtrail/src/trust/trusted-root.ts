import type { ListedLog } from '@sigtrail/rekor/trusted-logs';
import type { AuthorityChain } from '../establish/chain.ts';
import { deepFreeze } from '../deep-freeze.ts';
import type { AuthorityProfile, Relaxation } from './profile.ts';

/** A certificate authority that signers may come from, and the evidence that its signatures have. */
export interface CertificateAuthority extends AuthorityChain {
  readonly profile: AuthorityProfile;
  /** Only with profile `pki`. */
  readonly relax: readonly Relaxation[];
}

/** A validated `trusted_root.json` (protobuf-specs `TrustedRoot`), prepared for verification. */
export interface TrustedRoot {
  readonly certificateAuthorities: readonly CertificateAuthority[];
  readonly timestampAuthorities: readonly AuthorityChain[];
  readonly transparencyLogs: readonly ListedLog[];
  readonly certificateTransparencyLogs: readonly ListedLog[];
  /** `sha256:` of the JSON bytes it came from. */
  readonly digest: string;
  /** A JSON document that holds all of it, profiles included: `parseTrustedRoot` reads it back to the same trust. */
  readonly json: string;
  /** The original JSON text, which the second judge reads independently. */
  readonly original: string;
  /** The original documents, each with the profile that the caller gave it. */
  readonly documents: readonly TrustDocument[];
}

/** An original document of trust anchors, and the profile that the caller gave it. */
export interface TrustDocument {
  readonly text: string;
  readonly profile?: AuthorityProfile;
  readonly relax?: readonly Relaxation[];
}

/** Our own document: a trusted root in which each certificate authority also says its profile. Never a file of Sigstore's. */
export const PROFILED_MEDIA_TYPE = 'application/vnd.sigtrail.trustedroot+json;version=1';

const MARK: symbol = Symbol.for('sigtrail.TrustedRoot');

/** Recognises a parsed trusted root, even from another copy of this package. */
export function isTrustedRoot(value: unknown): value is TrustedRoot {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Marks a complete trusted root; the mark doesn't show in JSON or in `Object.keys`. */
export function markTrustedRoot(root: TrustedRoot): TrustedRoot {
  // Derived values are remembered by this object, so it must not change in place.
  return deepFreeze(Object.defineProperty(root, MARK, { value: true }));
}
