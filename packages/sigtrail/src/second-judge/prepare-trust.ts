import { createPublicKey, type KeyObject } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot as Document } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import type { AuthorityProfile } from '../trust/profile.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { type DocumentParties, readParties } from './check-parties.ts';
import { RememberingCertificate } from './remembering-certificate.ts';

/** A `trusted_root.json` document as `@sigstore/verify` reads it, prepared once for all questions. */
export interface PreparedTrust {
  /** The trust for certificates of this profile. */
  material(profile: AuthorityProfile | 'key'): TrustMaterial;
  /** The keys of logs whose signatures `@sigstore/verify` doesn't verify: neither P-256 nor Ed25519. */
  readonly unreadLogs: readonly KeyObject[];
  /** The keys of all logs that it reads, with the names that it looks for in checkpoints. */
  readonly logs: TrustMaterial['tlogs'];
  /** Who runs which log or authority: thresholds count parties. */
  readonly parties: DocumentParties;
}

type Authority = TrustMaterial['certificateAuthorities'][number];

/**
 * Reads the document by `@sigstore/protobuf-specs` and `toTrustMaterial`. Only the profiles, which are ours, come from our own reader. What
 * `@sigstore/verify` can't read is left out, so it trusts less.
 */
export function prepareTrust({ original, certificateAuthorities: ours }: TrustedRoot): PreparedTrust {
  const document = Document.fromJSON(JSON.parse(original));
  const isReadable = document.certificateAuthorities.map(isReadableAuthority);
  const stamping = document.timestampAuthorities.filter(isReadableAuthority);
  const { certificateAuthorities, ...rest } = toTrustMaterial({
    ...document,
    certificateAuthorities: document.certificateAuthorities.filter((_, index) => isReadable[index]),
    timestampAuthorities: stamping,
    tlogs: document.tlogs.filter(isRead),
    ctlogs: document.ctlogs.filter(isRead),
  });
  const profiles = ours.filter((_, index) => isReadable[index]).map(({ profile }) => profile);
  const authorities = certificateAuthorities.map(remember);
  const shared = { ...rest, timestampAuthorities: rest.timestampAuthorities.map(remember) };
  return {
    material: (profile) => ({
      ...shared,
      certificateAuthorities: authorities.filter((_, index) => profiles[index] === profile),
    }),
    unreadLogs: document.tlogs.filter((log) => !isRead(log)).flatMap((log) => keyOf(log) ?? []),
    logs: rest.tlogs,
    parties: readParties(
      document,
      shared.timestampAuthorities.map(({ certChain }, index) => ({
        certChain,
        operator: stamping[index]?.operator ?? '',
      })),
    ),
  };
}

function remember({ certChain, validFor }: Authority): Authority {
  return { validFor, certChain: certChain.map((one): X509Certificate => new RememberingCertificate(one.root)) };
}

function isReadableAuthority({ certChain }: Document['certificateAuthorities'][number]): boolean {
  try {
    for (const { rawBytes } of certChain?.certificates ?? []) X509Certificate.parse(Buffer.from(rawBytes));
    return true;
  } catch {
    return false; // its reader raises raw errors on what it doesn't know
  }
}

/** It hands every log key to OpenSSL with its default hash, and takes every RSA key for PKCS #1. */
function isRead(log: Log): boolean {
  const key = keyOf(log);
  return key?.asymmetricKeyType === 'ed25519' || key?.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

type Log = Document['tlogs'][number];

function keyOf({ publicKey }: Log): KeyObject | undefined {
  const der = publicKey?.rawBytes;
  if (der === undefined) return undefined;
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      return createPublicKey({ key: der, format: 'der', type });
    } catch {
      continue; // the other encoding is tried
    }
  }
  return undefined;
}
