import type { FulcioClaims } from '@sigtrail/fulcio-claims/extensions';
import type { KeyWindowInput } from '../keys/key-window.ts';
import type { KeyInput } from '../keys/parse-key.ts';
import type { KeyResolver } from '../keys/resolve-keys.ts';
import type { Pattern } from './pattern.ts';

/** A text that must match: a string is exact, `glob()` and `re2()` are patterns over the whole text. */
export type Matcher = string | Pattern;

/** A name of a decoded claim, as `FulcioClaims` spells it. */
export type ClaimName = Exclude<keyof FulcioClaims, 'issuer' | 'unknown'>;

/** Signed by a certificate of this identity. One signature must satisfy everything that is asked here. */
export type IdentityRule = {
  readonly issuer: Matcher;
  /** A subject alternative name. A URI never equals an e-mail address: kinds are told apart by their form. */
  readonly subject: Matcher;
  readonly annotations?: Readonly<Record<string, string>>;
} & { readonly [Name in ClaimName]?: Matcher };

/**
 * Signed by a certificate of an own PKI: a certificate authority trusted with profile `pki`, and no other. It has no OIDC
 * issuer, so none is asked for.
 */
export interface PkiRule {
  readonly profile: 'pki';
  /** A subject alternative name. */
  readonly subject: Matcher;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Signed by this key, or by one that the resolver brings; in its window, where one is given. */
export interface KeyRule extends KeyWindowInput {
  readonly key: KeyInput | KeyResolver;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Speaks of one signature. */
export type SignerRule = IdentityRule | PkiRule | KeyRule;

/** How many of each kind of evidence one signature needs. Changing a number is recorded in the report. */
export interface RequiredEvidence {
  /** Distinct logs with a verified entry. */
  readonly log?: number;
  /** Distinct CT logs with a verified SCT. */
  readonly sct?: number;
  /** Verified times. With 0 a certificate is checked at the verifier's clock when no time is known. */
  readonly time?: number;
}

/** Speaks of the set of signatures of an image. */
export interface ImagePolicy {
  /** Any one of the rules is enough. */
  readonly signedBy?: SignerRule | readonly SignerRule[];
  readonly require?: RequiredEvidence;
  /**
   * RFC 3161 timestamps, as cosign's `--use-signed-timestamps` means them. `use` (default): what is there and of a known
   * authority counts. `ignore`: annotations of `.sig` layers are left aside, as cosign does without the flag. `require`:
   * each one must verify, and a bundle must have one.
   */
  readonly legacyTimestamps?: 'use' | 'ignore' | 'require';
  /** Predicate types that count as signature besides `https://sigstore.dev/cosign/sign/v1`. */
  readonly acceptAttestationsAsSignature?: readonly string[];
  /** Lets any certificate of the trusted authorities in. With it, whoever can log in somewhere can sign your image. */
  readonly dangerouslyAcceptAnySigner?: true;
}
