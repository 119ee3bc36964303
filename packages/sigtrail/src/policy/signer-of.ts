import type { CertificateSigner, KeySigner, Signer } from '../report/report.ts';
import type { GithubReleaseRule } from './github-release.ts';
import type { IdentityRule, ImagePolicy, KeyRule, PkiRule } from './policy.ts';

/** The signers that a policy can accept: only certificates if every rule names an identity. */
export type SignerOf<P extends ImagePolicy> = [SignerIn<P>] extends [never] ? Signer : SignerIn<P>;

/** A policy whose type is just `ImagePolicy` can accept any signer, and looking into it would never end. */
type SignerIn<P> = ImagePolicy extends P
  ? Signer
  : P extends { readonly signedBy: infer R }
    ? SignerOfRules<R>
    : P extends { readonly attested: { readonly signedBy: infer R } }
      ? SignerOfRules<R>
      : P extends { readonly of: infer R }
        ? SignerOfRules<R>
        : P extends { readonly dangerouslyAcceptAnySigner: true }
          ? CertificateSigner
          : P extends { readonly allOf: readonly (infer Q)[] }
            ? SignerIn<Q>
            : P extends { readonly anyOf: readonly (infer Q)[] }
              ? SignerIn<Q>
              : // `not`, `vex` and callbacks accept no signature of their own.
                never;

type NamesCertificates = IdentityRule | PkiRule | GithubReleaseRule;

type SignerOfRules<R> = R extends NamesCertificates | readonly NamesCertificates[]
  ? CertificateSigner
  : R extends KeyRule | readonly KeyRule[]
    ? KeySigner
    : Signer;
