import { createPublicKey, type KeyObject } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import { TrustedRoot as Document } from '@sigstore/protobuf-specs';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import type { AuthorityProfile } from '../trust/profile.ts';
import { type DocumentParties, readParties } from './check-parties.ts';
import { RememberingCertificate } from './remembering-certificate.ts';

/** A `trusted_root.json` document as `@sigstore/verify` reads it, prepared once for all questions. */
export interface PreparedTrust {
  /** What signatures of certificates of this profile are held against. */
  material(profile: AuthorityProfile | 'key'): TrustMaterial;
  /** Logs whose signatures `@sigstore/verify` doesn't verify: neither P-256 nor Ed25519. By the hex of their ids. */
  readonly unreadLogs: ReadonlySet<string>;
  /** The keys of all logs that it reads, with the names that it looks for in checkpoints. */
  readonly logs: TrustMaterial['tlogs'];
  /** Who runs what: thresholds count parties. */
  readonly parties: DocumentParties;
}

type Authority = TrustMaterial['certificateAuthorities'][number];

/** Reads the document by `@sigstore/protobuf-specs` and `toTrustMaterial`. Only the profiles, which are ours, are read here. */
export function prepareTrust(json: string): PreparedTrust {
  const plain: unknown = JSON.parse(json);
  const document = Document.fromJSON(plain);
  const profiles = profilesOf(plain);
  const readable = document.tlogs.filter(isRead);
  const { certificateAuthorities, ...rest } = toTrustMaterial({
    ...document,
    tlogs: readable,
    ctlogs: document.ctlogs.filter(isRead),
  });
  const authorities = certificateAuthorities.map(remember);
  const shared = { ...rest, timestampAuthorities: rest.timestampAuthorities.map(remember) };
  return {
    material: (profile) => ({
      ...shared,
      certificateAuthorities: authorities.filter((_, index) => (profiles[index] ?? 'fulcio') === profile),
    }),
    unreadLogs: new Set(
      document.tlogs
        .filter((log) => !isRead(log))
        .flatMap(({ logId, checkpointKeyId }) =>
          [logId, checkpointKeyId].flatMap((id) => (id === undefined ? [] : [id.keyId.toString('hex')])),
        ),
    ),
    logs: rest.tlogs,
    parties: readParties(
      document,
      shared.timestampAuthorities.map(({ certChain }, index) => ({
        certChain,
        operator: document.timestampAuthorities[index]?.operator ?? '',
      })),
    ),
  };
}

function profilesOf(plain: unknown): readonly (string | undefined)[] {
  const { certificateAuthorities = [] } = plain as {
    readonly certificateAuthorities?: readonly { readonly profile?: string }[];
  }; // validated when the trusted root was parsed
  return certificateAuthorities.map(({ profile }) => profile);
}

function remember({ certChain, validFor }: Authority): Authority {
  return { validFor, certChain: certChain.map((one): X509Certificate => new RememberingCertificate(one.root)) };
}

/** It hands every log key to OpenSSL with its default hash, and takes every RSA key for PKCS #1. */
function isRead({ publicKey }: Document['tlogs'][number]): boolean {
  const key = publicKey?.rawBytes === undefined ? undefined : importKey(publicKey.rawBytes);
  return key?.asymmetricKeyType === 'ed25519' || key?.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function importKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined; // PKCS #1: an RSA key
  }
}
