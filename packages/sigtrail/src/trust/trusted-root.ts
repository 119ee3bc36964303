import type { ListedLog } from '@sigtrail/rekor/trusted-logs';
import type { AuthorityChain } from '../establish/chain.ts';
import { deepFreeze } from '../deep-freeze.ts';
import type { AuthorityProfile, Relaxation } from './profile.ts';

/** A certificate authority that signers may come from, and what its signatures come with. */
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
  /** The JSON text as it was given, which the second judge reads by itself. */
  readonly original: string;
  /** The documents it came from, as they came, each with the profile that its caller gave it. */
  readonly documents: readonly TrustDocument[];
}

/** A document of trust anchors as it came, and how its caller read it. */
export interface TrustDocument {
  readonly text: string;
  readonly profile?: AuthorityProfile;
  readonly relax?: readonly Relaxation[];
}

/** Our own document: a trusted root in which each certificate authority also says its profile. Never a file of Sigstore's. */
export const PROFILED_MEDIA_TYPE = 'application/vnd.sigtrail.trustedroot+json;version=1';

const MARK: symbol = Symbol.for('sigtrail.TrustedRoot');

/** Recognises a parsed trusted root, across copies of this package too. */
export function isTrustedRoot(value: unknown): value is TrustedRoot {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Marks a complete trusted root; the mark doesn't show in JSON or in `Object.keys`. */
export function markTrustedRoot(root: TrustedRoot): TrustedRoot {
  // What follows from it is remembered by this object, so none of it may change in place.
  return deepFreeze(Object.defineProperty(root, MARK, { value: true }));
}
