import type { PredicateType, PredicateTypeUri } from '../attestation/predicate-types.ts';
import type { FulcioClaims } from '@sigtrail/fulcio-claims/extensions';
import type { KeyWindowInput } from '../keys/key-window.ts';
import type { KeyInput } from '../keys/parse-key.ts';
import type { KeyResolver } from '../keys/resolve-keys.ts';
import type { CertificateSigner, KeySigner } from '../report/report.ts';
import type { AcceptImage, AcceptSignature, Callback } from './callback.ts';
import type { GithubReleaseRule } from './github-release.ts';
import type { Matcher, SubjectMatcher } from './matcher.ts';
import type { Predicate } from './predicate.ts';
import type { TimeReference } from './time-bounds.ts';

/** A name of a decoded claim, as `FulcioClaims` spells it. */
export type ClaimName = Exclude<keyof FulcioClaims, 'issuer' | 'unknown'>;

/** When a signature must have been made. The lower bound of that time is its leaf's `notBefore`; a plain key has none: `freshness-unprovable`. */
export interface TimeBounds {
  /** RFC 3339. A timestamp proves *existed by*, never *not before*, so only the certificate can show this. */
  readonly signedAfter?: string;
  /** For example `30d`, `12h`, `90m`: counted back from the verifier's clock. */
  readonly maxAge?: string;
  /** Not older than this time, signature or image: refuses a roll-back to what was signed before it. */
  readonly notOlderThan?: TimeReference;
}

/** Signed by a certificate of this identity. One signature must satisfy every field. */
export type IdentityRule = {
  readonly issuer: Matcher;
  /** A subject alternative name. A rule that looks like a URI never matches an e-mail address; `{ email: … }` names the kind outright. */
  readonly subject: SubjectMatcher;
  /** Signed annotations that must be there. */
  readonly annotations?: Readonly<Record<string, Matcher>>;
  /** Your own code, asked last, about a signature that passed everything else. It can only refuse. */
  readonly accept?: Callback<AcceptSignature<CertificateSigner>>;
  /** Only a certificate of an authority with this profile: `github` for GitHub's own instance, `fulcio` for the others. Without it the issuer decides. */
  readonly profile?: 'fulcio' | 'github';
  readonly key?: never;
} & TimeBounds & { readonly [Name in ClaimName]?: Matcher };

/**
 * Signed by a certificate of a private PKI: a certificate authority that is trusted with profile `pki`. It has no OIDC
 * issuer, so the rule names none.
 */
export interface PkiRule extends TimeBounds {
  readonly profile: 'pki';
  /** A subject alternative name. */
  readonly subject: SubjectMatcher;
  /** Signed annotations that must be there. */
  readonly annotations?: Readonly<Record<string, Matcher>>;
  /** Your own code, asked last, about a signature that passed everything else. It can only refuse. */
  readonly accept?: Callback<AcceptSignature<CertificateSigner>>;
  readonly issuer?: never;
  readonly key?: never;
}

/** Signed by this key, or by a key that the resolver loads; within its window, if the rule gives one. */
export interface KeyRule extends TimeBounds, KeyWindowInput {
  readonly key: KeyInput | KeyResolver;
  /** Signed annotations that must be there. */
  readonly annotations?: Readonly<Record<string, Matcher>>;
  /** Your own code, asked last, about a signature that passed everything else. It can only refuse. */
  readonly accept?: Callback<AcceptSignature<KeySigner>>;
  readonly issuer?: never;
  readonly subject?: never;
  readonly profile?: never;
}

/** A rule about one signature. */
export type SignerRule = IdentityRule | PkiRule | KeyRule | GithubReleaseRule;

/**
 * Any of several rules. Since the list can't have the fields of a rule, the compiler can infer the parameters of `accept` in a spread rule:
 * `{ ...rule, accept: … }`.
 */
export type SignerRules = readonly SignerRule[] & {
  readonly [Name in 'issuer' | 'subject' | 'key' | 'profile' | 'accept']?: never;
};

/** How many of each kind of evidence one signature needs. Changing a number is recorded in the report. */
export interface RequiredEvidence {
  /** Distinct logs with a verified entry. */
  readonly log?: number;
  /** Distinct CT logs with a verified SCT. */
  readonly sct?: number;
  /** Verified times, each from a different log or timestamp authority. With 0, a certificate is checked at the verifier's clock if no time is known. */
  readonly time?: number;
  /** Verified times of distinct timestamp authorities. */
  readonly tsa?: number;
}

/** The settings of an operator; inner operators inherit them. */
export interface PolicySettings {
  readonly require?: RequiredEvidence;
  /**
   * RFC 3161 timestamps, as cosign's `--use-signed-timestamps` means them. `use` (default): timestamps of a known
   * authority count. `ignore`: annotations of `.sig` layers are ignored, as cosign does without the flag. `require`:
   * every timestamp must verify, and a bundle must have one. Only at the outermost operator.
   */
  readonly legacyTimestamps?: 'use' | 'ignore' | 'require';
  /**
   * Accepts a bundle v0.1 or v0.2 whose chain ends with a root certificate, as npm and sigstore-go wrote them in 2023, if that root equals the trusted anchor
   * of the signer's certificate byte for byte. The root is compared, never trusted. Default: such a bundle is refused, since no version of the format allows it.
   * Only at the outermost operator.
   */
  readonly acceptTrustedRootInBundle?: true;
  /** Predicate types that count as a signature, besides `https://sigstore.dev/cosign/sign/v1`. */
  readonly acceptAttestationsAsSignature?: readonly PredicateTypeUri[];
  /**
   * A signature of the image's attestation manifest counts as a signature of the image if the manifest lists a statement, of any type, that
   * names the image. Docker signs its own images this way. Without this setting, such a signature only attests those statements, which `attested` asks for.
   */
  readonly acceptAttestationManifestsAsSignature?: true;
}

/** The operators of a policy: each image policy has exactly one of them. The return types of `allOf` and its siblings mention this type. */
export interface PolicyOperators {
  /** Signed by any one of the rules. */
  readonly signedBy: SignerRule | SignerRules;
  /** An attestation of a type, signed by any one of the rules, about this image. */
  readonly attested: Attested;
  /** Signed by at least this many of the rules in `of`. */
  readonly atLeast: number;
  readonly allOf: readonly ImagePolicy[];
  readonly anyOf: readonly ImagePolicy[];
  /** Holds if the inner policy doesn't and everything could be read. */
  readonly not: ImagePolicy;
  /** Holds if no OpenVEX statement of these signers says that the image is affected, and everything could be read. */
  readonly vex: Vex;
  /** Accepts any certificate of the trusted authorities. With it, anyone who can log in to an accepted issuer can sign your image. */
  readonly dangerouslyAcceptAnySigner: true;
}

type Operator<Name extends keyof PolicyOperators, Extras = object> = Pick<PolicyOperators, Name> & {
  readonly [Other in Exclude<keyof PolicyOperators, Name>]?: never;
} & PolicySettings & {
    /** Your own code about the whole set, asked last, when everything else holds. It can only refuse. */
    readonly acceptImage?: Callback<AcceptImage>;
  } & Extras;

/** An attestation that must exist. */
export interface Attested {
  /** A predicate type URI, or one of cosign's short names (`slsaprovenance1`, `spdxjson`, `vuln`, `openvex` …). */
  readonly type: PredicateType;
  readonly signedBy: SignerRule | SignerRules;
  /** What the predicate must say: a Standard Schema (zod …), a callback, or `slsa({ … })`. */
  readonly predicate?: Predicate;
}

/** OpenVEX statements that must not affect the image. */
export interface Vex {
  /** Whose statements count. */
  readonly signedBy: SignerRule | SignerRules;
  /** Statuses that refuse the image; default `affected` and `under_investigation`. */
  readonly refuse?: readonly VexStatus[];
  /** Only these vulnerabilities; default all. */
  readonly vulnerabilities?: readonly string[];
}

/** OpenVEX 0.2.0 status. */
export type VexStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation';

export type SignedByPolicy = Operator<'signedBy'>;
export type AttestedPolicy = Operator<'attested'>;
export type AtLeastPolicy = Operator<'atLeast', { readonly of: readonly SignerRule[] }>;
export type AllOfPolicy = Operator<'allOf'>;
export type AnyOfPolicy = Operator<'anyOf'>;
export type NotPolicy = Operator<'not'>;
export type VexPolicy = Operator<'vex'>;
export type AnySignerPolicy = Operator<'dangerouslyAcceptAnySigner'>;
/** Only as a member of `allOf`, together with a member that names a signer. */
export type AcceptImagePolicy = { readonly [Name in keyof PolicyOperators]?: never } & {
  readonly acceptImage: Callback<AcceptImage>;
};

/** A policy about the set of signatures of an image. */
export type ImagePolicy =
  | SignedByPolicy
  | AttestedPolicy
  | AtLeastPolicy
  | AllOfPolicy
  | AnyOfPolicy
  | NotPolicy
  | VexPolicy
  | AnySignerPolicy
  | AcceptImagePolicy;
