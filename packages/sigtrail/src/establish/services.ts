import { type CertificateCache, createCertificateCache } from '../evidence/certificate-cache.ts';
import { createSignatures, type Signatures } from './signatures.ts';

/** What a verifier keeps between verifications, besides its trust. Facts never depend on it. */
export interface Services {
  readonly signatures: Signatures;
  readonly certificates: CertificateCache;
}

/** The services of one verifier. */
export function createServices(): Services {
  return { signatures: createSignatures(), certificates: createCertificateCache() };
}
