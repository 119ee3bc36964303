import type { EntryVerifier } from './signer.ts';
import { createHash } from 'node:crypto';
import type { JsonObject } from './canonical-json.ts';
import { type HashName, keyDetails } from './key-pair.ts';
import { toPem } from './pem.ts';
import type { SignedContent } from './signed-content.ts';

/** The body of a log entry, before it is made canonical. */
export type EntryBody = JsonObject & { readonly apiVersion: string; readonly kind: string };

/**
 * Kinds of entry that a signature can be logged as: of `intoto` 0.0.2, or 0.0.1, which knows no signature. As `rekord` cosign logged image
 * signatures in 2021.
 */
export type EntryKind = 'hashedrekord' | 'rekord' | 'dsse' | 'intoto' | 'intoto 0.0.1';

/**
 * The body for a signature. Left to itself, Rekor v1 logs messages as hashedrekord and envelopes as dsse, v2 both as
 * hashedrekord; a v1 hashedrekord of an envelope is over its PAE.
 */
export function entryBody(
  version: 1 | 2,
  content: SignedContent,
  verifier: EntryVerifier,
  wanted?: EntryKind,
): EntryBody {
  const kind = wanted ?? (version === 1 && content.kind === 'dsse' ? 'dsse' : 'hashedrekord');
  if (kind === 'hashedrekord')
    return version === 1 ? hashedRekord001(content, verifier) : hashedRekord002(content, verifier);
  if (version === 2 && kind !== 'dsse') throw new TypeError(`Rekor v2 has no entries of kind "${kind}"`);
  if (kind === 'rekord') return rekord001(content, verifier);
  if (content.kind !== 'dsse') throw new TypeError(`a message signature can't be logged as "${kind}"`);
  if (kind === 'intoto') return intoto002(content, verifier);
  if (kind === 'intoto 0.0.1') return intoto001(content, verifier);
  return version === 1 ? dsse001(content, verifier) : dsse002(content, verifier);
}

type DsseContent = Extract<SignedContent, { readonly kind: 'dsse' }>;

function hashedRekord001({ hash, signedBytes, signature }: SignedContent, verifier: EntryVerifier): EntryBody {
  const publicKey = { content: verifierPem(verifier) };
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: { data: { hash: hexHash(signedBytes, hash) }, signature: { content: base64(signature), publicKey } },
  };
}

/** Always with SHA-256, whatever the key signs with: Rekor had the whole bytes to hash. */
function rekord001({ signedBytes, signature }: SignedContent, verifier: EntryVerifier): EntryBody {
  const publicKey = { content: verifierPem(verifier) };
  return {
    apiVersion: '0.0.1',
    kind: 'rekord',
    spec: {
      data: { hash: hexHash(signedBytes) },
      signature: { content: base64(signature), format: 'x509', publicKey },
    },
  };
}

function dsse001({ envelope, payload, signature }: DsseContent, verifier: EntryVerifier): EntryBody {
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: hexHash(envelope),
      payloadHash: hexHash(payload),
      signatures: [{ signature: base64(signature), verifier: verifierPem(verifier) }],
    },
  };
}

function intoto001({ envelope, payload }: DsseContent, verifier: EntryVerifier): EntryBody {
  return {
    apiVersion: '0.0.1',
    kind: 'intoto',
    spec: {
      content: { hash: hexHash(envelope), payloadHash: hexHash(payload) },
      publicKey: verifierPem(verifier),
    },
  };
}

/** Its signature is base64 twice, for the historical reason that Rekor stored the envelope's text. */
function intoto002({ envelope, payload, payloadType, signature }: DsseContent, verifier: EntryVerifier): EntryBody {
  const sig = base64(Buffer.from(base64(signature)));
  return {
    apiVersion: '0.0.2',
    kind: 'intoto',
    spec: {
      content: {
        envelope: { payloadType, signatures: [{ publicKey: verifierPem(verifier), sig }] },
        hash: hexHash(envelope),
        payloadHash: hexHash(payload),
      },
    },
  };
}

function hashedRekord002({ hash, signedBytes, signature }: SignedContent, verifier: EntryVerifier): EntryBody {
  const data = { algorithm: PROTOBUF_HASH[hash], digest: digest(signedBytes, hash).toString('base64') };
  return {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: { hashedRekordV002: { data, signature: { content: base64(signature), verifier: rawVerifier(verifier) } } },
  };
}

function dsse002({ payload, signature }: DsseContent, verifier: EntryVerifier): EntryBody {
  const payloadHash = { algorithm: 'SHA2_256', digest: digest(payload, 'sha256').toString('base64') };
  const signatures = [{ content: base64(signature), verifier: rawVerifier(verifier) }];
  return { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002: { payloadHash, signatures } } };
}

/** Names of hashes in the Sigstore protobufs. */
export const PROTOBUF_HASH: Readonly<Record<HashName, string>> = {
  sha256: 'SHA2_256',
  sha384: 'SHA2_384',
  sha512: 'SHA2_512',
};

function rawVerifier({ kind, der, key }: EntryVerifier): JsonObject {
  const rawBytes = { rawBytes: base64(der) };
  const details = { keyDetails: keyDetails(key.kind) };
  return kind === 'certificate' ? { ...details, x509Certificate: rawBytes } : { ...details, publicKey: rawBytes };
}

function verifierPem({ kind, der }: EntryVerifier): string {
  return base64(Buffer.from(toPem(kind === 'certificate' ? 'CERTIFICATE' : 'PUBLIC KEY', der)));
}

function hexHash(bytes: Uint8Array, algorithm: HashName = 'sha256'): JsonObject {
  return { algorithm, value: digest(bytes, algorithm).toString('hex') };
}

function digest(bytes: Uint8Array, hash: HashName): Buffer {
  return createHash(hash).update(bytes).digest();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
