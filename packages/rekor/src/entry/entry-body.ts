import { decodeBase64Lines, type KnownKeys, requireBytes, requireObject } from '@sigtrail/encoding';
import { RekorError, isRekorError } from '../error.ts';
import { readJson } from './json-reader.ts';
import type { JsonReader } from './json-reader.ts';
import { decodePem, isOneDerSequence } from '../note/pem.ts';
import type { Verifier } from '../note/pem.ts';
import { parseJson } from '../strict-json.ts';

/** A digest as the entry names it. SHA-1, which early entries could use, is refused. */
export interface EntryHash {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  readonly digest: Uint8Array;
}

/** One signature of an entry with what checks it. Compare both with the signature you hold. */
export interface EntrySignature {
  /** Absent in `intoto` 0.0.1, which stores no signature. */
  readonly signature?: Uint8Array;
  readonly verifier: EntryVerifier;
}

/** The certificate or key of an entry; Rekor v2 also names the algorithm, for example `PKIX_ECDSA_P256_SHA_256`. */
export interface EntryVerifier extends Verifier {
  readonly keyDetails?: string;
}

/** A kind and version of entry that this package understands. */
export interface KnownEntryBody {
  readonly kind: 'hashedrekord' | 'rekord' | 'intoto' | 'dsse';
  readonly apiVersion: string;
  /** `hashedrekord`, `rekord`: the signed bytes' digest. Rekor v2 logs an attestation this way, with the digest of its PAE. */
  readonly artifactHash?: EntryHash;
  /** `intoto`, `dsse`: digest of the envelope's decoded payload. */
  readonly payloadHash?: EntryHash;
  /** `intoto`, `dsse` 0.0.1: digest of the envelope as it was uploaded. Its spelling is the uploader's: rarely worth comparing. */
  readonly envelopeHash?: EntryHash;
  readonly signatures: readonly EntrySignature[];
}

/** A kind or version that this package has no reader for: shown by name, binds nothing. */
export interface UnknownEntryBody {
  readonly kind: 'unknown';
  readonly name: string;
  readonly apiVersion: string;
  /** Why a body of a known kind could not be read. */
  readonly problem?: string;
}

/** What a log entry says, unverified: the bytes are in the log once their leaf hash is proven there. */
export type LogEntryBody = KnownEntryBody | UnknownEntryBody;

// Rekor v1 takes uploads of many MiB for kinds we don't read; what it stores of the kinds we read is far below this.
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_SIGNATURES = 64;

const OBJECTS = [
  'spec',
  'data',
  'hash',
  'signature',
  'signatures',
  'publicKey',
  'content',
  'envelope',
  'payloadHash',
  'envelopeHash',
  'hashedRekordV002',
  'dsseV002',
  'verifier',
  'x509Certificate',
  'digest',
];
// A body that Go wrote has these names as they are; one that only looks like them was written by no log.
const KNOWN_KEYS: KnownKeys = {
  names: [
    ...OBJECTS,
    'apiVersion',
    'kind',
    'algorithm',
    'value',
    'format',
    'url',
    'payload',
    'payloadType',
    'sig',
    'keyid',
    'rawBytes',
    'keyDetails',
  ],
  within: OBJECTS,
};

const READERS: Readonly<Record<string, (spec: JsonReader) => Omit<KnownEntryBody, 'kind' | 'apiVersion'> | undefined>> =
  {
    'hashedrekord/0.0.1': readHashedRekord,
    'hashedrekord/0.0.2': readHashedRekordV2,
    'rekord/0.0.1': readRekord,
    'intoto/0.0.1': readIntoto,
    'intoto/0.0.2': readIntotoV2,
    'dsse/0.0.1': readDsse,
    'dsse/0.0.2': readDsseV2,
  };

/**
 * Reads the canonicalised body of an entry of Rekor v1 or v2. Unknown kinds and versions give `{ kind: 'unknown' }`, so that they can still be shown.
 *
 * @throws RekorError `invalid-entry` with the path of what is missing, of a wrong type, not canonical base64 or hexadecimal, or there twice
 */
export function parseEntryBody(canonicalizedBody: Uint8Array): LogEntryBody {
  requireBytes(canonicalizedBody, 'parseEntryBody', 'canonicalizedBody');
  const entry = readJson(parseBody(canonicalizedBody), 'invalid-entry');
  const kind = readName(entry.member('kind'));
  const apiVersion = readName(entry.member('apiVersion'));
  const name = `${kind}/${apiVersion}`;
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  const contents = read?.(entry.member('spec'));
  if (contents === undefined) return { kind: 'unknown', name: kind, apiVersion };
  return { kind: kind as KnownEntryBody['kind'], apiVersion, ...contents };
}

function parseBody(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes, { maxBytes: MAX_BODY_BYTES, maxDepth: 32, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    if (!isRekorError(cause)) throw cause;
    throw new RekorError('invalid-entry', `the body of the log entry can’t be read: ${cause.message}`, {
      cause,
      path: cause.path ?? '',
    });
  }
}

/** Kinds and versions are short words: what a stranger put there may be printed. */
function readName(reader: JsonReader): string {
  const name = reader.text();
  if (!/^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/.test(name)) throw reader.refuse('a short name');
  return name;
}

function readHashedRekord(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  const signature = spec.member('signature');
  return {
    artifactHash: readHash(spec.member('data').member('hash')),
    signatures: [
      {
        signature: signature.member('content').base64(),
        verifier: readPem(signature.member('publicKey').member('content')),
      },
    ],
  };
}

function readRekord(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  // PGP, SSH and minisign keys don't sign containers: such an entry is only shown.
  const format = spec.member('signature').member('format').text();
  return format === 'x509' ? readHashedRekord(spec) : undefined;
}

function readHashedRekordV2(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  const record = spec.member('hashedRekordV002');
  return { artifactHash: readHashV2(record.member('data')), signatures: [readSignatureV2(record.member('signature'))] };
}

function readIntoto(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  const content = spec.member('content');
  const payloadHash = content.optional('payloadHash');
  return {
    envelopeHash: readHash(content.member('hash')),
    ...(payloadHash === undefined ? {} : { payloadHash: readHash(payloadHash) }),
    signatures: [{ verifier: readPem(spec.member('publicKey')) }],
  };
}

function readIntotoV2(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  const content = spec.member('content');
  return {
    envelopeHash: readHash(content.member('hash')),
    payloadHash: readHash(content.member('payloadHash')),
    signatures: content
      .member('envelope')
      .member('signatures')
      .elements(MAX_SIGNATURES)
      .map((signature) => ({
        signature: readTwiceEncoded(signature.member('sig')),
        verifier: readPem(signature.member('publicKey')),
      })),
  };
}

function readDsse(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  return {
    envelopeHash: readHash(spec.member('envelopeHash')),
    payloadHash: readHash(spec.member('payloadHash')),
    signatures: spec
      .member('signatures')
      .elements(MAX_SIGNATURES)
      .map((signature) => ({
        signature: signature.member('signature').base64(),
        verifier: readPem(signature.member('verifier')),
      })),
  };
}

function readDsseV2(spec: JsonReader): ReturnType<(typeof READERS)[string]> {
  const record = spec.member('dsseV002');
  return {
    payloadHash: readHashV2(record.member('payloadHash')),
    signatures: record.member('signatures').elements(MAX_SIGNATURES).map(readSignatureV2),
  };
}

function readSignatureV2(signature: JsonReader): EntrySignature {
  const verifier = signature.member('verifier');
  const certificate = verifier.optional('x509Certificate');
  const publicKey = verifier.optional('publicKey');
  const [one, kind] =
    certificate === undefined ? ([publicKey, 'public-key'] as const) : ([certificate, 'certificate'] as const);
  // A protobuf oneof: with both there, two readers could pick differently.
  if (one === undefined || (certificate !== undefined && publicKey !== undefined)) {
    throw verifier.refuse('an object with either "x509Certificate" or "publicKey"');
  }
  const rawBytes = one.member('rawBytes');
  const der = rawBytes.base64();
  if (!isOneDerSequence(der)) throw rawBytes.refuse('base64 of one DER sequence');
  return {
    signature: signature.member('content').base64(),
    verifier: { kind, der, keyDetails: readName(verifier.member('keyDetails')) },
  };
}

/** `intoto` 0.0.2 stores the base64 text of the envelope's signature in a field that is base64 itself. */
function readTwiceEncoded(reader: JsonReader): Uint8Array {
  const signature = decodeBase64Lines(Buffer.from(reader.base64()).toString('latin1'));
  if (signature === undefined || signature.byteLength === 0) throw reader.refuse('base64 of base64 of a signature');
  return signature;
}

function readPem(reader: JsonReader): Verifier {
  const verifier = decodePem(reader.base64());
  if (verifier === undefined) throw reader.refuse('base64 of a PEM certificate or public key');
  return verifier;
}

const DIGEST_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;
const V2_ALGORITHMS: Readonly<Record<string, EntryHash['algorithm']>> = {
  SHA2_256: 'sha256',
  SHA2_384: 'sha384',
  SHA2_512: 'sha512',
};

function readHash(reader: JsonReader): EntryHash {
  const algorithm = reader.member('algorithm');
  const name = algorithm.text();
  if (name !== 'sha256' && name !== 'sha384' && name !== 'sha512') throw algorithm.refuse('sha256, sha384 or sha512');
  return { algorithm: name, digest: reader.member('value').hex(DIGEST_BYTES[name]) };
}

function readHashV2(reader: JsonReader): EntryHash {
  const member = reader.member('algorithm');
  const name = member.text();
  const algorithm = Object.hasOwn(V2_ALGORITHMS, name) ? V2_ALGORITHMS[name] : undefined;
  if (algorithm === undefined) throw member.refuse('SHA2_256, SHA2_384 or SHA2_512');
  const digest = reader.member('digest');
  const bytes = digest.base64();
  if (bytes.byteLength !== DIGEST_BYTES[algorithm])
    throw digest.refuse(`base64 of ${String(DIGEST_BYTES[algorithm])} bytes`);
  return { algorithm, digest: bytes };
}

/** Why a body can't be read; `undefined` for one that was read. */
export function whyUnread(body: LogEntryBody): string | undefined {
  requireObject(body, 'whyUnread', 'body', ['kind']);
  if (body.kind !== 'unknown') return undefined;
  return body.problem ?? `there is no reader for entries of kind ${body.name}, version ${body.apiVersion}`;
}
