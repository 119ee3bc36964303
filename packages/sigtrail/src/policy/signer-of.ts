import type { CertificateSigner, Signer } from '../report.ts';
import type { IdentityRule, ImagePolicy } from './policy.ts';

/** The signers that a policy can accept: certificates only, when every rule names an identity. */
export type SignerOf<P extends ImagePolicy> = P extends { readonly signedBy: IdentityRule | readonly IdentityRule[] }
  ? CertificateSigner
  : P extends { readonly dangerouslyAcceptAnySigner: true }
    ? CertificateSigner
    : Signer;
