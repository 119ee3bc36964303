import { createHash, type KeyObject } from 'node:crypto';
import { parseJsonStrict } from '@sigtrail/encoding';
import { importPublicKey } from '@sigtrail/rekor/formats';
import * as z from 'zod';
import { parseCertificate } from '../crypto/certificate.ts';
import type { AuthorityChain, ValidityWindow } from '../establish/chain.ts';
import { unsupportedKey } from '../keys/signature.ts';
import { SigtrailError } from '../error.ts';
import { decodeBase64 } from '@sigtrail/encoding';
import { AUTHORITY_PROFILES, type AuthorityProfile, type Relaxation, RELAXATIONS } from './profile.ts';
import { deepFreeze } from '../deep-freeze.ts';

/** A certificate authority that signers may come from, and what its signatures come with. */
export interface CertificateAuthority extends AuthorityChain {
  readonly profile: AuthorityProfile;
  /** Only with profile `pki`. */
  readonly relax: readonly Relaxation[];
}

/** A log of the trusted root, known by its key. */
export interface TrustedLog {
  readonly baseUrl: string;
  readonly logId: Uint8Array;
  /** Rekor v2: the id its checkpoints carry, where the root names it apart. */
  readonly checkpointKeyId?: Uint8Array;
  /** Who runs it, where the root says so (v0.2). */
  readonly operator?: string;
  readonly publicKey: KeyObject;
  readonly keyDetails: string;
  readonly validFor: ValidityWindow;
}

/** A validated `trusted_root.json` (protobuf-specs `TrustedRoot`), prepared for verification. */
export interface TrustedRoot {
  readonly certificateAuthorities: readonly CertificateAuthority[];
  readonly timestampAuthorities: readonly AuthorityChain[];
  readonly transparencyLogs: readonly TrustedLog[];
  readonly certificateTransparencyLogs: readonly TrustedLog[];
  /** `sha256:` of the JSON bytes it came from. */
  readonly digest: string;
  /** A JSON document that holds all of it, profiles included: `parseTrustedRoot` reads it back to the same trust. */
  readonly json: string;
  /** The JSON text as it was given, which the second judge reads by itself. */
  readonly original: string;
  /** The documents it came from, as they came, each with the profile that its caller gave it. */
  readonly documents: readonly TrustDocument[];
}

/** A document of trust anchors as it came, and how its caller read it. */
export interface TrustDocument {
  readonly text: string;
  readonly profile?: AuthorityProfile;
  readonly relax?: readonly Relaxation[];
}

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]);

/** Our own document: a trusted root in which each certificate authority also says its profile. Never a file of Sigstore's. */
export const PROFILED_MEDIA_TYPE = 'application/vnd.sigtrail.trustedroot+json;version=1';

const MARK: symbol = Symbol.for('sigtrail.TrustedRoot');

/** Recognises a parsed trusted root, across copies of this package too. */
export function isTrustedRoot(value: unknown): value is TrustedRoot {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Marks a complete trusted root; the mark doesn't show in JSON or in `Object.keys`. */
export function markTrustedRoot(root: TrustedRoot): TrustedRoot {
  // What follows from it is remembered by this object, so none of it may change in place.
  return deepFreeze(Object.defineProperty(root, MARK, { value: true }));
}

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

const Time: z.ZodType<string> = z.lazy(() => z.iso.datetime({ offset: true }));
// `start` is required: a missing one would mean "since ever", and let a key in before anybody had it.
const Window = z.lazy(() => z.object({ start: Time, end: Time.nullish() }));
const Bytes = z.lazy(() => z.string().min(1).max(100_000));
// Protobuf writes an operator that isn't given as an empty text.
const Operator = z.lazy(() => z.string().max(2048).nullish());
const Log = z.lazy(() =>
  z.object({
    baseUrl: z.string().max(2048).default(''),
    hashAlgorithm: z.literal('SHA2_256').nullish(),
    publicKey: z.object({ rawBytes: Bytes, keyDetails: z.string(), validFor: Window }),
    logId: z.object({ keyId: Bytes }).nullish(),
    checkpointKeyId: z.object({ keyId: Bytes }).nullish(),
    operator: Operator,
  }),
);
const Authority = z.lazy(() =>
  z.object({
    subject: z.object({ organization: z.string().nullish(), commonName: z.string().nullish() }).nullish(),
    uri: z.string().max(2048).default(''),
    certChain: z.object({
      certificates: z
        .array(z.object({ rawBytes: Bytes }))
        .min(1)
        .max(16),
    }),
    validFor: Window,
    operator: Operator,
    profile: z.enum(AUTHORITY_PROFILES).optional(),
    relax: z.array(z.enum(RELAXATIONS)).max(RELAXATIONS.length).optional(),
  }),
);
const Schema = z.lazy(() =>
  z.object({
    mediaType: z.string(),
    tlogs: z.array(Log).max(64).default([]),
    certificateAuthorities: z.array(Authority).max(64).default([]),
    ctlogs: z.array(Log).max(64).default([]),
    timestampAuthorities: z.array(Authority).max(64).default([]),
  }),
);

/**
 * Validates a trusted root strictly: a closed list of media types, `validFor.start` on every key and authority, keys
 * of the type they claim, no duplicate JSON keys. `profile` is that of its certificate authorities: `fulcio`, unless given;
 * `relax` is what theirs need not have.
 *
 * @throws SigtrailError `invalid-trusted-root` with `path`, the place in the document
 */
export function parseTrustedRoot(
  input: string | Uint8Array | Readonly<Record<string, unknown>>,
  profile?: AuthorityProfile,
  relax: readonly Relaxation[] = [],
): TrustedRoot {
  const text =
    typeof input === 'string'
      ? input
      : input instanceof Uint8Array
        ? Buffer.from(input).toString('utf8')
        : JSON.stringify(input);
  if (text.length > 4 * 1024 * 1024) throw fault('', 'it is larger than 4 MiB');
  const document = parseJson(text);
  const parsed = Schema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fault(placeOf(issue?.path ?? []), issue?.message ?? 'invalid');
  }
  const root = parsed.data;
  const isOurs = root.mediaType === PROFILED_MEDIA_TYPE;
  if (!isOurs && !MEDIA_TYPES.has(root.mediaType))
    throw fault(
      'mediaType',
      `expected one of ${[...MEDIA_TYPES].join(', ')}; got ${JSON.stringify(root.mediaType.slice(0, 100))}`,
    );
  // A profile says how little is asked. It comes from the caller, or from a document that only we write.
  const said = isOurs
    ? root.certificateAuthorities
    : root.certificateAuthorities.map((authority) => ({
        ...authority,
        profile: profile ?? ('fulcio' as const),
        relax: [...relax],
      }));
  const authorities = said.map((authority, index) => readCertificateAuthority(authority, index));
  return markTrustedRoot({
    certificateAuthorities: authorities,
    timestampAuthorities: root.timestampAuthorities.map((authority, index) =>
      readAuthority(authority, `timestampAuthorities[${index}]`),
    ),
    transparencyLogs: root.tlogs.map((log, index) => readLog(log, `tlogs[${index}]`)),
    certificateTransparencyLogs: root.ctlogs.map((log, index) => readLog(log, `ctlogs[${index}]`)),
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    json: isOurs || profile === undefined ? text : writeProfiles(document as Document, profile, relax),
    original: text,
    documents: [
      {
        text,
        ...(profile === undefined ? {} : { profile }),
        ...(relax.length === 0 ? {} : { relax: [...relax] }),
      },
    ],
  });
}

type Document = { readonly certificateAuthorities?: readonly object[] };

/** Adds the profile to each certificate authority. All else stays as it was given, with fields that only other readers know. */
function writeProfiles(document: Document, profile: AuthorityProfile, relax: readonly Relaxation[]): string {
  const { certificateAuthorities = [] } = document;
  return JSON.stringify({
    ...document,
    mediaType: PROFILED_MEDIA_TYPE,
    certificateAuthorities: certificateAuthorities.map((authority) => ({ ...authority, profile, relax })),
  });
}

function readCertificateAuthority(authority: z.infer<typeof Authority>, index: number): CertificateAuthority {
  const path = `certificateAuthorities[${index}]`;
  const { profile, relax = [] } = authority;
  if (profile === undefined) throw fault(`${path}.profile`, `missing; expected ${AUTHORITY_PROFILES.join(', ')}`);
  if (relax.length > 0 && profile !== 'pki') throw fault(`${path}.relax`, 'only profile "pki" can be relaxed');
  return { ...readAuthority(authority, path), profile, relax };
}

function parseJson(text: string): unknown {
  try {
    return parseJsonStrict(text);
  } catch (cause) {
    throw new SigtrailError(
      'invalid-trusted-root',
      'the trusted root is not JSON; expected a trusted_root.json document',
      { cause },
    );
  }
}

function readLog(log: z.infer<typeof Log>, path: string): TrustedLog {
  const place = `${path}.publicKey`;
  const der = bytesAt(log.publicKey.rawBytes, `${place}.rawBytes`);
  const expected = KEY_TYPES[log.publicKey.keyDetails];
  if (expected === undefined)
    throw fault(
      `${place}.keyDetails`,
      `${JSON.stringify(log.publicKey.keyDetails.slice(0, 60))} is not a key type known here`,
    );
  const publicKey = importKey(der, place);
  const unsupported = unsupportedKey(publicKey);
  if (unsupported !== undefined) throw fault(`${place}.rawBytes`, unsupported);
  const curve = publicKey.asymmetricKeyDetails?.namedCurve;
  const actual = curve === undefined ? String(publicKey.asymmetricKeyType) : `ec/${curve}`;
  if (actual !== expected)
    throw fault(`${place}.keyDetails`, `says ${log.publicKey.keyDetails}, but the key is ${actual}`);
  const named = log.logId ?? log.checkpointKeyId;
  if (named == null) throw fault(`${path}.logId`, 'missing; expected { keyId }');
  const checkpointKeyId =
    log.checkpointKeyId == null ? undefined : bytesAt(log.checkpointKeyId.keyId, `${path}.checkpointKeyId.keyId`);
  return {
    baseUrl: log.baseUrl,
    logId: bytesAt(named.keyId, `${path}.logId.keyId`),
    ...(checkpointKeyId === undefined ? {} : { checkpointKeyId }),
    ...operatorOf(log),
    publicKey,
    keyDetails: log.publicKey.keyDetails,
    validFor: readWindow(log.publicKey.validFor, `${place}.validFor`),
  };
}

function readAuthority(authority: z.infer<typeof Authority>, path: string): AuthorityChain {
  const certificates = authority.certChain.certificates.map(({ rawBytes }, index) => {
    const place = `${path}.certChain.certificates[${index}]`;
    try {
      return parseCertificate(bytesAt(rawBytes, `${place}.rawBytes`));
    } catch (cause) {
      throw fault(place, cause instanceof Error ? cause.message : 'not a certificate', cause);
    }
  });
  return {
    uri: authority.uri,
    ...operatorOf(authority),
    certificates,
    validFor: readWindow(authority.validFor, `${path}.validFor`),
  };
}

function operatorOf({ operator }: { readonly operator?: string | null | undefined }): { readonly operator?: string } {
  return operator == null || operator.trim() === '' ? {} : { operator };
}

function readWindow(window: z.infer<typeof Window>, path: string): ValidityWindow {
  const start = new Date(window.start);
  if (window.end == null) return { start };
  const end = new Date(window.end);
  if (end < start) throw fault(path, 'ends before it starts');
  return { start, end };
}

function importKey(der: Uint8Array, path: string): KeyObject {
  const key = importPublicKey(der);
  if (key === undefined) throw fault(`${path}.rawBytes`, 'not a public key in canonical DER');
  return key;
}

function bytesAt(text: string, path: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw fault(path, 'not canonical base64');
  return bytes;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('');
}

function fault(path: string, why: string, cause?: unknown): SigtrailError {
  return new SigtrailError(
    'invalid-trusted-root',
    `the trusted root is invalid${path === '' ? '' : ` at ${path}`}: ${why}`,
    { path, ...(cause === undefined ? {} : { cause }) },
  );
}
