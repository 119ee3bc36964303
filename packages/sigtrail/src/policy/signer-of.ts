import type { CertificateSigner, Signer } from '../report.ts';
import type { IdentityRule, ImagePolicy, PkiRule } from './policy.ts';

type NamesCertificates = IdentityRule | PkiRule;

/** The signers that a policy can accept: certificates only, when every rule names an identity. */
export type SignerOf<P extends ImagePolicy> = P extends {
  readonly signedBy: NamesCertificates | readonly NamesCertificates[];
}
  ? CertificateSigner
  : P extends { readonly dangerouslyAcceptAnySigner: true }
    ? CertificateSigner
    : Signer;
