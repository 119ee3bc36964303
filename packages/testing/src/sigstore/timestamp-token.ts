import { checkOptions, type OptionTable, requireBytes } from '@sigtrail/encoding';
import { aCount, aDate, aFlag, anObject, anything, someBytes, oneOf } from '../option-checks.ts';
import { createHash, randomBytes } from 'node:crypto';
import {
  context,
  generalizedTime,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  sortMembers,
  utcTime,
} from './der.ts';
import { type HashName, hashFor, type KeyPair, signBytes } from './key-pair.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import { certificateFields, directoryName } from './x509.ts';

/** One timestamp; with no more than `authority`, a right one. */
export interface TimestampUse {
  readonly authority: TimestampAuthority;
  /** `genTime`. A fraction of a second is written out, which RFC 3161 allows and few readers expect. */
  readonly at?: Date;
  /** What the authority says of its clock; default a second, as Sigstore's TSA; `false` for nothing. */
  readonly accuracy?: false | { readonly seconds?: number; readonly millis?: number; readonly micros?: number };
  /** Hash of the imprint and of the signature; default the one of the authority's key. */
  readonly hash?: HashName;
  /** These bytes are stamped instead of the signature. */
  readonly over?: Uint8Array;
  /** Reference to the signing certificate: RFC 5816's (default), RFC 2634's with SHA-1, none, or of another certificate. */
  readonly essCertId?: 'v2' | 'v1' | 'none' | 'wrong';
  /** Puts the authority's certificate into the token; default false, as Sigstore's TSA when it is not asked. */
  readonly embedCertificate?: boolean;
  /** PKIStatus; default 0, granted. */
  readonly status?: number;
  /** Spoils the CMS signature. */
  readonly corrupt?: boolean;
}

const TIMESTAMP_USE: OptionTable<TimestampUse> = {
  authority: anObject,
  at: aDate,
  accuracy: anything,
  hash: oneOf('sha256', 'sha384', 'sha512'),
  over: someBytes,
  essCertId: oneOf('v2', 'v1', 'none', 'wrong'),
  embedCertificate: aFlag,
  status: aCount,
  corrupt: aFlag,
};

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sigstorePolicy: '1.3.6.1.4.1.57264.2',
} as const;

const HASH_OID: Readonly<Record<HashName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const ECDSA_OID: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const RSA_OID: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};

/** A TimeStampResp (RFC 3161 §2.4.2) over bytes: in Sigstore the bytes of a signature. */
export function timestamp(use: TimestampUse & { readonly at: Date }, bytes: Uint8Array): Buffer {
  checkOptions<TimestampUse>(use, TIMESTAMP_USE, 'timestamp');
  requireBytes(bytes, 'timestamp', 'bytes');
  const { authority, status = 0 } = use;
  const hash = use.hash ?? hashFor(authority.key.kind);
  const info = tstInfo(use, hash, use.over ?? bytes);
  const token = sequence(
    objectIdentifier(OID.signedData),
    context(
      0,
      sequence(
        integer(3),
        setOf(algorithm(HASH_OID[hash])),
        sequence(objectIdentifier(OID.tstInfo), context(0, octetString(info))),
        context(0, ...(use.embedCertificate === true ? [authority.certificate] : [])),
        setOf(signerInfo(use, hash, info)),
      ),
    ),
  );
  return sequence(sequence(integer(status)), token);
}

/** TSTInfo (RFC 3161 §2.4.2), with the members that Sigstore's TSA fills in. */
function tstInfo(use: TimestampUse & { readonly at: Date }, hash: HashName, bytes: Uint8Array): Buffer {
  const { authority, at, accuracy = { seconds: 1 } } = use;
  const imprint = createHash(hash).update(bytes).digest();
  return sequence(
    integer(1),
    objectIdentifier(OID.sigstorePolicy),
    sequence(sequence(objectIdentifier(HASH_OID[hash]), nullValue()), octetString(imprint)),
    integer(BigInt(`0x${randomBytes(16).toString('hex')}`)),
    generalizedTime(at),
    ...(accuracy === false ? [] : [accuracySequence(accuracy)]),
    context(0, directoryName(certificateFields(authority.certificate).subject)),
  );
}

/** `Accuracy` (RFC 3161 §2.4.2); what is left out is left out. */
function accuracySequence({ seconds, millis, micros }: Exclude<TimestampUse['accuracy'], false | undefined>): Buffer {
  const tagged = (tag: number, value: number | undefined): readonly Buffer[] =>
    value === undefined ? [] : [Buffer.concat([Buffer.of(tag), integer(value).subarray(1)])];
  return sequence(...tagged(0x02, seconds), ...tagged(0x80, millis), ...tagged(0x81, micros));
}

/** SignerInfo (RFC 5652 §5.3). What is signed is the SET OF attributes, though it is stored as [0] (§5.4). */
function signerInfo(use: TimestampUse & { readonly at: Date }, hash: HashName, info: Buffer): Buffer {
  const { authority } = use;
  const { issuer, serialNumber } = certificateFields(authority.certificate);
  const attributes = [
    attribute(OID.contentType, objectIdentifier(OID.tstInfo)),
    attribute(OID.signingTime, utcTime(use.at)),
    attribute(OID.messageDigest, octetString(createHash(hash).update(info).digest())),
    ...signingCertificate(use),
  ];
  const signature = signBytes(authority.key, setOf(...attributes), { hash });
  if (use.corrupt === true) signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  return sequence(
    integer(1),
    sequence(issuer, serialNumber),
    algorithm(HASH_OID[hash]),
    context(0, ...sortMembers(attributes)),
    signatureAlgorithm(authority.key, hash),
    octetString(signature),
  );
}

/** ESSCertIDv2 (RFC 5816 §2.2.1; its default hash, SHA-256, is left out) or ESSCertID (RFC 2634 §5.4.1). */
function signingCertificate(use: TimestampUse): readonly Buffer[] {
  const { authority, essCertId = 'v2' } = use;
  if (essCertId === 'none') return [];
  const named = essCertId === 'wrong' ? authority.chain.at(-1) : authority.certificate;
  const digest = createHash(essCertId === 'v1' ? 'sha1' : 'sha256')
    .update(named ?? authority.certificate)
    .digest();
  const { issuer, serialNumber } = certificateFields(authority.certificate);
  const issuerSerial = sequence(sequence(directoryName(issuer)), serialNumber);
  const oid = essCertId === 'v1' ? OID.signingCertificate : OID.signingCertificateV2;
  return [attribute(oid, sequence(sequence(sequence(octetString(digest), issuerSerial))))];
}

function signatureAlgorithm(key: KeyPair, hash: HashName): Buffer {
  if (key.kind.startsWith('rsa')) return sequence(objectIdentifier(RSA_OID[hash]), nullValue());
  return algorithm(key.kind === 'ed25519' ? '1.3.101.112' : ECDSA_OID[hash]);
}

function algorithm(oid: string): Buffer {
  return sequence(objectIdentifier(oid));
}

function attribute(oid: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(oid), setOf(value));
}
