import type { CertificateTransparencyLog } from './certificate-transparency-log.ts';
import type { SigningKey } from './signing-key.ts';
import type { TransparencyLog } from './transparency-log.ts';

/** A window of a trusted root; RFC 3339. */
export interface TrustedWindow {
  start: string;
  end?: string;
}

/** A log as a trusted root names it. */
export interface TrustedLogJson {
  baseUrl: string;
  hashAlgorithm: 'SHA2_256';
  publicKey: { rawBytes: string; keyDetails: string; validFor: TrustedWindow };
  logId: { keyId: string };
}

/** An authority as a trusted root names it. */
export interface TrustedAuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: TrustedWindow;
}

/** `trusted_root.json` (protobuf-specs `TrustedRoot` v0.1). Mutable: tests change it. */
export type TrustedRootJson = {
  mediaType: string;
  tlogs: TrustedLogJson[];
  certificateAuthorities: TrustedAuthorityJson[];
  ctlogs: TrustedLogJson[];
  timestampAuthorities: TrustedAuthorityJson[];
};

const KEY_DETAILS = {
  p256: 'PKIX_ECDSA_P256_SHA_256',
  p384: 'PKIX_ECDSA_P384_SHA_384',
  ed25519: 'PKIX_ED25519',
  rsa2048: 'PKIX_RSA_PKCS1V15_2048_SHA256',
} as const;

/** The protobuf-specs name of a key's algorithm. */
export function keyDetails({ kind }: SigningKey): string {
  return KEY_DETAILS[kind];
}

/** A log's place in a trusted root. */
export function trustedLog(log: Pick<TransparencyLog | CertificateTransparencyLog, 'key' | 'logId'>, baseUrl: string, validFor: TrustedWindow): TrustedLogJson {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: log.key.spki.toString('base64'), keyDetails: keyDetails(log.key), validFor: { ...validFor } },
    logId: { keyId: log.logId.toString('base64') },
  };
}

/** An authority's place in a trusted root. */
export function trustedAuthority(chain: readonly Uint8Array[], uri: string, validFor: TrustedWindow): TrustedAuthorityJson {
  return {
    subject: { organization: 'sigstore test', commonName: uri },
    uri,
    certChain: { certificates: chain.map((bytes) => ({ rawBytes: Buffer.from(bytes).toString('base64') })) },
    validFor: { ...validFor },
  };
}
