import { dsse, RFC3161Timestamp, type X509Certificate } from '@sigstore/core';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { type SignedEntity, toSignedEntity, type TrustMaterial, VerificationError } from '@sigstore/verify';
import type { Subject } from '../establish/subject.ts';
import { contentByDigest } from './content-by-digest.ts';
import { contentOfBytes } from './content-of-bytes.ts';
import type { RememberingCertificate } from './remembering-certificate.ts';

/** A bundle as `@sigstore/verify` reads it, and what was removed before. */
export interface ReadEntity {
  readonly bundle: Bundle;
  readonly entity: SignedEntity;
  readonly signature: Buffer;
  /** What the signature covers, if the layer holds it and the bundle only its digest. */
  readonly payload?: Uint8Array;
  /** What its timestamps cover, if not the signature: the whole envelope. */
  readonly stamped?: Uint8Array;
  /** Whether only the digest of the signed message is known. */
  readonly isDigestOnly: boolean;
  /** Certificates beside the leaf; never anchors. */
  readonly beside: readonly Buffer[];
  /** Entries of logs that the trusted root doesn't name by this id, or of kinds that it doesn't read. */
  readonly removedEntries: readonly Entry[];
  /** Timestamps of authorities that it doesn't find in the trusted root, or that the trusted root didn't use then. */
  readonly removedTimestamps: readonly Buffer[];
}

/** A log entry as `@sigstore/bundle` reads it. */
export type Entry = Bundle['verificationMaterial']['tlogEntries'][number];

/** What entries `@sigstore/verify` reads. */
export const READ_KINDS: ReadonlySet<string> = new Set([
  'hashedrekord:0.0.1',
  'hashedrekord:0.0.2',
  'dsse:0.0.1',
  'dsse:0.0.2',
  'intoto:0.0.2',
]);

/** The certificate with these bytes that was seen before, or else the given one. */
export type RememberCertificate = (der: Buffer, read?: X509Certificate) => RememberingCertificate;

/** The surroundings of a bundle. */
export interface ReadContext {
  readonly material: TrustMaterial;
  readonly subject: Subject;
  /** What the signature covers, if the layer holds it and the bundle only its digest. */
  readonly payload?: Uint8Array;
  /** What its timestamps cover, if not the signature. */
  readonly stamped?: Uint8Array;
  /** Certificates that were seen before, with what they remember. */
  readonly remember: RememberCertificate;
}

/**
 * Reads a bundle by `bundleFromJSON` and `toSignedEntity`. Evidence from unknown logs and authorities is removed first: an addition
 * must not make `@sigstore/verify` refuse what it would accept otherwise. Nothing is ever added. It refuses a repeated
 * entry itself. It would also refuse two *times* in the same second, which two entries of a log can have, so only one is kept.
 */
export async function readEntity(
  json: object,
  { material, subject, payload, stamped, remember }: ReadContext,
): Promise<ReadEntity> {
  const { document, beside } = withoutChain(json);
  const bundle = bundleFromJSON(document);
  const { verificationMaterial: evidence } = bundle;
  const [entries, removedEntries] = part(
    evidence.tlogEntries,
    ({ logId, kindVersion: { kind, version } }) =>
      READ_KINDS.has(`${kind}:${version}`) && material.tlogs.some(({ logID }) => logID.equals(logId.keyId)),
  );
  evidence.tlogEntries = entries.map(withoutUnsignedProof);
  const stamps = (evidence.timestampVerificationData?.rfc3161Timestamps ?? []).map(
    ({ signedTimestamp }) => signedTimestamp,
  );
  const [known, removedTimestamps] = part(stamps, (bytes) => isOfKnownAuthority(bytes, material));
  if (new Set(known.map((bytes) => bytes.toString('base64'))).size < known.length)
    throw new VerificationError({ code: 'TIMESTAMP_ERROR', message: 'duplicate timestamp' });
  if (evidence.timestampVerificationData !== undefined)
    evidence.timestampVerificationData.rfc3161Timestamps = known.map((signedTimestamp) => ({ signedTimestamp }));
  const entity = toSignedEntity(bundle, bytesOf(subject, payload));
  const isDigestOnly =
    subject.kind === 'digest' && payload === undefined && bundle.content.$case === 'messageSignature';
  const content = isDigestOnly
    ? await contentByDigest(entity.signature, subject)
    : contentOfBytes(entity.signature, signedBytes(bundle, subject, payload), payload !== undefined);
  return {
    bundle,
    signature: entity.signature.signature,
    ...(payload === undefined ? {} : { payload }),
    ...(stamped === undefined ? {} : { stamped }),
    isDigestOnly,
    beside,
    removedEntries,
    removedTimestamps,
    entity: {
      ...entity,
      key: rememberLeaf(entity.key, bundle, remember),
      // The signature's bytes are only read as what timestamps cover; everything else calls the content's methods.
      signature: stamped === undefined ? content : { ...content, signature: Buffer.from(stamped) },
      timestamps: distinct(entity.timestamps, nameOfTime),
    },
  };
}

/** Private PKIs put chains into v0.3 bundles, although the format has a single certificate: the first. `@sigstore/verify` never reads the others in any version. */
function withoutChain(json: object): { readonly document: object; readonly beside: readonly Buffer[] } {
  const { verificationMaterial: material } = json as {
    readonly verificationMaterial?: {
      readonly x509CertificateChain?: { readonly certificates?: readonly { readonly rawBytes?: unknown }[] };
    };
  };
  const { x509CertificateChain: chain, ...others } = material ?? {};
  const [leaf, ...beside] = chain?.certificates ?? [];
  if (leaf === undefined) return { document: json, beside: [] };
  return {
    document: { ...json, verificationMaterial: { ...others, certificate: leaf } },
    beside: beside.map(({ rawBytes }) => Buffer.from(typeof rawBytes === 'string' ? rawBytes : '', 'base64')),
  };
}

/** In v0.1 a proof without a checkpoint may accompany the promise. Its root is unsigned, so it proves nothing. */
function withoutUnsignedProof(entry: Entry): Entry {
  return entry.inclusionProof !== undefined &&
    entry.inclusionProof.checkpoint === undefined &&
    entry.inclusionPromise !== undefined
    ? { ...entry, inclusionProof: undefined }
    : entry;
}

/** An authority outside its window counts as unknown: its token proves nothing, and a key needs no time. */
function isOfKnownAuthority(bytes: Buffer, { timestampAuthorities }: TrustMaterial): boolean {
  const token = RFC3161Timestamp.parse(Buffer.from(bytes));
  const { signerSerialNumber, signerIssuer } = token;
  return timestampAuthorities.some(
    ({ certChain: [signer], validFor: { start, end } }) =>
      signer !== undefined &&
      signer.serialNumber.equals(signerSerialNumber) &&
      signer.issuer.equals(signerIssuer) &&
      start <= token.signingTime &&
      token.signingTime <= end,
  );
}

/** What the signature covers. */
export function signedBytes({ content }: Bundle, subject: Subject, payload: Uint8Array | undefined): Uint8Array {
  if (content.$case === 'messageSignature') return bytesOf(subject, payload);
  return dsse.preAuthEncoding(content.dsseEnvelope.payloadType, content.dsseEnvelope.payload);
}

function bytesOf(subject: Subject, payload: Uint8Array | undefined): Buffer {
  if (payload !== undefined) return Buffer.from(payload);
  switch (subject.kind) {
    case 'image':
      return viewOf(subject.manifest);
    case 'artifact':
      return viewOf(subject.bytes);
    case 'digest':
      return Buffer.alloc(0);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function rememberLeaf(
  key: SignedEntity['key'],
  bundle: Bundle,
  remember: ReadContext['remember'],
): SignedEntity['key'] {
  const { content } = bundle.verificationMaterial;
  return content.$case === 'certificate' && key.$case === 'certificate'
    ? { $case: 'certificate', certificate: remember(content.certificate.rawBytes, key.certificate) }
    : key;
}

/** Two times of the same log or authority in the same second count as one. */
function nameOfTime(time: SignedEntity['timestamps'][number]): string {
  return time.$case === 'transparency-log'
    ? `log ${time.tlogEntry.logId.keyId.toString('hex')} ${time.tlogEntry.integratedTime}`
    : `authority ${time.timestamp.signerSerialNumber.toString('hex')} ${time.timestamp.signingTime.getTime()}`;
}

function distinct<T>(all: readonly T[], nameOf: (one: T) => string): T[] {
  return [...new Map(all.toReversed().map((one) => [nameOf(one), one])).values()].toReversed();
}

function part<T>(all: readonly T[], belongs: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  const kept = new Set(all.filter(belongs));
  return [[...kept], all.filter((one) => !kept.has(one))];
}
