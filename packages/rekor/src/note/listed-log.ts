import type { KeyObject } from 'node:crypto';
import { decodeBase64At, formatMemberPath, readTimeRange } from '@sigtrail/encoding/documents';
import * as z from 'zod';
import { isRekorError, RekorError } from '../error.ts';
import { importPublicKey } from './import-public-key.ts';
import { logKeyHashes } from './log-key.ts';
import { parseJson } from '../strict-json.ts';
import type { TrustedLog } from './trusted-log.ts';

/** A log as a trusted root lists it. A log that changed its key, or the window of its key, is listed once for each. */
export interface ListedLog extends TrustedLog {
  /** Empty where the root gives no address. */
  readonly baseUrl: string;
  readonly logId: Uint8Array;
  /** The type of the key as the root names it, for example `PKIX_ED25519`: the key is of that type. */
  readonly keyDetails: string;
  readonly validFor: { readonly start: Date; readonly end?: Date };
}

/** The logs of a trusted root. */
export interface TrustedLogs {
  /** `tlogs`: logs of signatures, Rekor. */
  readonly transparencyLogs: readonly ListedLog[];
  /** `ctlogs`: logs of certificates, which sign SCTs. */
  readonly certificateTransparencyLogs: readonly ListedLog[];
}

// Sigstore's, and the one in which Sigtrail writes what signatures of each authority come with; its logs are written the same way.
const MEDIA_TYPES: readonly string[] = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  'application/vnd.sigtrail.trustedroot+json;version=1',
];

const KEY_TYPES: Readonly<Record<string, string>> = {
  PKIX_ECDSA_P256_SHA_256: 'ec/prime256v1',
  PKIX_ECDSA_P256_HMAC_SHA_256: 'ec/prime256v1',
  PKIX_ECDSA_P384_SHA_384: 'ec/secp384r1',
  PKIX_ECDSA_P384_SHA_256: 'ec/secp384r1',
  PKIX_ECDSA_P521_SHA_512: 'ec/secp521r1',
  PKIX_ECDSA_P521_SHA_256: 'ec/secp521r1',
  PKIX_ED25519: 'ed25519',
  PKIX_ED25519_PH: 'ed25519',
  PKIX_RSA_PKCS1V15_2048_SHA256: 'rsa',
  PKIX_RSA_PKCS1V15_3072_SHA256: 'rsa',
  PKIX_RSA_PKCS1V15_4096_SHA256: 'rsa',
  PKIX_RSA_PKCS1V5: 'rsa',
  PKCS1_RSA_PKCS1V5: 'rsa',
};

const MAX_BYTES = 4 * 1024 * 1024;

const Time = z.iso.datetime({ offset: true });
const Bytes = z.string().min(1).max(100_000);
const KeyId = z.object({ keyId: Bytes }).nullish();
const Log = z.object({
  baseUrl: z.string().max(2048).default(''),
  hashAlgorithm: z.literal('SHA2_256').nullish(),
  // `start` is required: a missing one would mean "since ever", and let a key in before its log had it.
  publicKey: z.object({
    rawBytes: Bytes,
    keyDetails: z.string(),
    validFor: z.object({ start: Time, end: Time.nullish() }),
  }),
  logId: KeyId,
  checkpointKeyId: KeyId,
  // Protobuf writes an operator that isn't given as an empty text.
  operator: z.string().max(2048).nullish(),
  // Ours, and read in Sigstore's documents too: it can only make a verdict stricter.
  refuseRetiredEntries: z.boolean().nullish(),
});
const Root = z.object({
  mediaType: z.string(),
  tlogs: z.array(Log).max(64).default([]),
  ctlogs: z.array(Log).max(64).default([]),
});

/**
 * The logs of a `trusted_root.json` (protobuf-specs `TrustedRoot`), which you got and checked through TUF: its text, or the document that strict
 * JSON made of it. Read strictly: a closed list of media types, a start for every key, keys of the type that they claim, no key of the JSON twice.
 *
 * @throws RekorError `invalid-json`; `too-large`; `invalid-key` with the path of what is wrong
 * @example const { transparencyLogs: trust } = readTrustedLogs(await readFile('trusted_root.json'));
 */
export function readTrustedLogs(trustedRoot: Uint8Array | string | Readonly<Record<string, unknown>>): TrustedLogs {
  const isText = typeof trustedRoot === 'string' || trustedRoot instanceof Uint8Array;
  const parsed = Root.safeParse(isText ? parseJson(trustedRoot, { maxBytes: MAX_BYTES }) : trustedRoot);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fault(formatMemberPath(issue?.path ?? []), issue?.message ?? 'invalid');
  }
  const { mediaType, tlogs, ctlogs } = parsed.data;
  if (!MEDIA_TYPES.includes(mediaType))
    throw fault(
      'mediaType',
      `expected one of ${MEDIA_TYPES.join(', ')}; got ${JSON.stringify(mediaType.slice(0, 100))}`,
    );
  return {
    transparencyLogs: tlogs.map((log, index) => readLog(log, `tlogs[${String(index)}]`)),
    certificateTransparencyLogs: ctlogs.map((log, index) => readLog(log, `ctlogs[${String(index)}]`)),
  };
}

function readLog(log: z.infer<typeof Log>, path: string): ListedLog {
  const { rawBytes, keyDetails, validFor } = log.publicKey;
  const place = `${path}.publicKey`;
  const publicKey = readKey(rawBytes, keyDetails, place);
  const named = log.logId ?? log.checkpointKeyId;
  if (named == null) throw fault(`${path}.logId`, 'missing; expected { keyId }');
  const { checkpointKeyId, operator, refuseRetiredEntries } = log;
  return {
    baseUrl: log.baseUrl,
    logId: decodeBase64At(named.keyId, `${path}.logId.keyId`, fault),
    ...(checkpointKeyId == null
      ? {}
      : { checkpointKeyId: decodeBase64At(checkpointKeyId.keyId, `${path}.checkpointKeyId.keyId`, fault) }),
    ...(operator == null || operator.trim() === '' ? {} : { operator }),
    ...(refuseRetiredEntries === true ? { refuseRetiredEntries } : {}),
    publicKey,
    keyDetails,
    validFor: readTimeRange(validFor, `${place}.validFor`, fault),
  };
}

function readKey(rawBytes: string, keyDetails: string, place: string): KeyObject {
  const expected = Object.hasOwn(KEY_TYPES, keyDetails) ? KEY_TYPES[keyDetails] : undefined;
  if (expected === undefined)
    throw fault(`${place}.keyDetails`, `${JSON.stringify(keyDetails.slice(0, 60))} is not a key type known here`);
  const key = importPublicKey(decodeBase64At(rawBytes, `${place}.rawBytes`, fault));
  if (key === undefined) throw fault(`${place}.rawBytes`, 'not a public key in canonical DER');
  try {
    logKeyHashes(key);
  } catch (cause) {
    if (!isRekorError(cause)) throw cause;
    throw fault(`${place}.rawBytes`, cause.message, cause);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const actual = curve === undefined ? String(key.asymmetricKeyType) : `ec/${curve}`;
  if (actual !== expected) throw fault(`${place}.keyDetails`, `says ${keyDetails}, but the key is ${actual}`);
  return key;
}

function fault(path: string, why: string, cause?: unknown): RekorError {
  const place = path === '' ? '' : ` at ${path}`;
  return new RekorError('invalid-key', `the trusted root is invalid${place}: ${why}`, {
    path,
    ...(cause === undefined ? {} : { cause }),
  });
}
