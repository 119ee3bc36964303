import { decodeBase64Lines, encodeHex, type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import type { Certificate } from '../crypto/certificate.ts';
import type { Candidate, CandidateContent, CandidateSigner, EntryProof, CarriedEntry } from './candidate.ts';
import { dsseContent } from './dsse.ts';
import { FormatError, notJson } from './format-error.ts';
import { type ReadCertificate, readCertificate } from './read-certificate.ts';
import { COSIGN_SIGN_PREDICATE } from './statement.ts';

const VERSIONS: Readonly<Record<string, '0.1' | '0.2' | '0.3'>> = {
  'application/vnd.dev.sigstore.bundle+json;version=0.1': '0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2': '0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3': '0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json': '0.3',
};

const HASHES = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' } as const;
const LENGTHS = { sha256: 32, sha384: 48, sha512: 64 } as const;

// protobuf JSON writes 64-bit integers as strings and leaves zeros out. Only canonical digits are numbers, so not -0, 0x1 or 1e3.
const Integer = z
  .union([z.string().regex(/^(0|[1-9]\d{0,15})$/), z.int().nonnegative()])
  .transform(Number)
  .pipe(z.int().nonnegative());
const Base64 = z.string().transform((text, context) => {
  const bytes = decodeBase64Lines(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'not base64' });
  return z.NEVER;
});
const RawBytes = z.object({ rawBytes: Base64 });
const Proof = z.object({
  logIndex: Integer.optional(),
  rootHash: Base64.optional(),
  treeSize: Integer.optional(),
  hashes: z.array(Base64).max(64).optional(),
  checkpoint: z.object({ envelope: z.string().max(65_536) }).nullish(),
});
const Entry = z.object({
  logIndex: Integer.optional(),
  logId: z.object({ keyId: Base64 }),
  kindVersion: z.object({ kind: z.string(), version: z.string() }),
  integratedTime: Integer.nullish(),
  inclusionPromise: z.object({ signedEntryTimestamp: Base64 }).nullish(),
  inclusionProof: Proof.nullish(),
  canonicalizedBody: Base64,
});
const Document = z.object({
  mediaType: z.string(),
  verificationMaterial: z.object({
    certificate: RawBytes.optional(),
    x509CertificateChain: z
      .object({ certificates: z.array(RawBytes).min(1, 'an empty certificate chain').max(16) })
      .optional(),
    publicKey: z.object({ hint: z.string().optional() }).optional(),
    // 32 of each, as sigstore-go allows (CVE-2024-45395).
    tlogEntries: z.array(Entry).max(32).nullish(),
    timestampVerificationData: z
      .object({
        rfc3161Timestamps: z
          .array(z.object({ signedTimestamp: Base64 }))
          .max(32)
          .nullish(),
      })
      .nullish(),
  }),
  messageSignature: z
    .object({
      messageDigest: z.object({ algorithm: z.enum(['SHA2_256', 'SHA2_384', 'SHA2_512']), digest: Base64 }),
      signature: Base64,
    })
    .optional(),
  dsseEnvelope: z
    .object({
      payload: Base64,
      payloadType: z.string().max(256),
      signatures: z.array(z.object({ sig: Base64 })).length(1),
    })
    .optional(),
});
type Document = z.infer<typeof Document>;

// An envelope of the longest statement, in base64.
const MAX_BYTES = 96 * 1024 * 1024;

// 32 log entries with proofs of 64 hashes have about 3,000.
const MAX_MEMBERS = 10_000;

const MESSAGES = [
  'verificationMaterial',
  'certificate',
  'x509CertificateChain',
  'certificates',
  'publicKey',
  'tlogEntries',
  'logId',
  'kindVersion',
  'inclusionPromise',
  'inclusionProof',
  'checkpoint',
  'timestampVerificationData',
  'rfc3161Timestamps',
  'messageSignature',
  'messageDigest',
  'dsseEnvelope',
  'signatures',
];
const FIELDS = [
  'mediaType',
  'rawBytes',
  'hint',
  'logIndex',
  'keyId',
  'kind',
  'version',
  'integratedTime',
  'signedEntryTimestamp',
  'rootHash',
  'treeSize',
  'hashes',
  'envelope',
  'canonicalizedBody',
  'signedTimestamp',
  'algorithm',
  'digest',
  'signature',
  'payload',
  'payloadType',
  'sig',
  'keyid',
];
// Readers generated from the protobuf also accept the field names of its source in JSON: `tlog_entries` would hold entries that this reader ignores.
const KNOWN_KEYS: KnownKeys = {
  names: [...MESSAGES, ...FIELDS],
  otherSpellings: Object.fromEntries(
    [...MESSAGES, ...FIELDS].flatMap((name) => {
      const inProto = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return inProto === name ? [] : [[inProto, name]];
    }),
  ),
  within: MESSAGES,
};

/** The evidence in a bundle; the caller adds where it was found. */
export type BundleCandidate = Pick<
  Candidate,
  'signer' | 'signature' | 'content' | 'logEntries' | 'timestamps' | 'timestampsInBundle' | 'isAttestation' | 'original'
>;

/**
 * Parses a Sigstore bundle v0.1, v0.2 or v0.3 strictly (protobuf-specs `Bundle` in JSON form). The result refers to the given bytes, so don't change
 * them afterwards: an SBOM is too large to hold twice.
 *
 * @throws FormatError `bundle-*`, `certificate-malformed`, `statement-malformed`
 */
export function parseBundle(
  input: Uint8Array | string | object,
  read: ReadCertificate = readCertificate,
): BundleCandidate {
  // Both judges get the same bytes.
  const original = typeof input === 'string' || input instanceof Uint8Array ? input : JSON.stringify(input);
  const json = parseJson(original);
  const mediaType: unknown =
    typeof json === 'object' && json !== null && 'mediaType' in json ? json.mediaType : undefined;
  const version = typeof mediaType === 'string' ? VERSIONS[mediaType] : undefined;
  if (version === undefined)
    throw new FormatError(
      'bundle-version-unknown',
      `${mediaType === undefined ? 'this document names no media type, so it is not a bundle; expected' : `the bundle's media type ${JSON.stringify(mediaType)?.slice(0, 120)} is not`} one of ${Object.keys(VERSIONS).join(', ')}`,
    );
  const parsed = Document.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FormatError('bundle-malformed', `the bundle is malformed at ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const document = parsed.data;
  const content = readContent(document);
  return {
    signer: readSigner(document, version, read),
    signature: document.messageSignature?.signature ?? document.dsseEnvelope?.signatures[0]?.sig ?? Buffer.alloc(0),
    content,
    logEntries: (document.verificationMaterial.tlogEntries ?? []).map((entry, index) =>
      readEntry(entry, index, version),
    ),
    timestamps: (document.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map(
      ({ signedTimestamp }) => signedTimestamp,
    ),
    timestampsInBundle: true,
    isAttestation: content.kind === 'dsse' && content.statement?.predicateType !== COSIGN_SIGN_PREDICATE,
    original: { kind: 'bundle', json: original },
  };
}

function parseJson(input: Uint8Array | string): unknown {
  try {
    return parseJsonStrict(input, { maxBytes: MAX_BYTES, maxMembers: MAX_MEMBERS, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    throw notJson('bundle-not-json', 'the bundle', cause);
  }
}

function readContent({ messageSignature, dsseEnvelope }: Document): CandidateContent {
  if ((messageSignature === undefined) === (dsseEnvelope === undefined))
    throw new FormatError('bundle-malformed', 'the bundle must have exactly one of messageSignature and dsseEnvelope');
  if (dsseEnvelope !== undefined) return dsseContent(dsseEnvelope.payloadType, dsseEnvelope.payload);
  const { algorithm: name, digest } = (messageSignature as NonNullable<typeof messageSignature>).messageDigest;
  const algorithm = HASHES[name];
  if (digest.length !== LENGTHS[algorithm])
    throw new FormatError(
      'bundle-malformed',
      `the bundle's message digest has ${digest.length} bytes, which is not the length of ${name}`,
    );
  return { kind: 'message', digest, algorithm };
}

function readSigner(
  { verificationMaterial: material }: Document,
  version: string,
  read: ReadCertificate,
): CandidateSigner {
  const { certificate, x509CertificateChain, publicKey } = material;
  if ([certificate, x509CertificateChain, publicKey].filter((part) => part !== undefined).length !== 1)
    throw new FormatError(
      'bundle-malformed',
      'the bundle must have exactly one of certificate, x509CertificateChain and publicKey',
    );
  if (publicKey !== undefined)
    return { kind: 'key', ...(publicKey.hint === undefined ? {} : { hint: publicKey.hint }) };
  const [leaf, ...others] = (
    certificate === undefined ? (x509CertificateChain?.certificates ?? []) : [certificate]
  ).map(({ rawBytes }) => read(rawBytes));
  if (leaf === undefined) throw new FormatError('bundle-malformed', 'the bundle has an empty certificate chain');
  // Private PKIs write such bundles all the same; the trusted root says whether they may count.
  const chainAgainstFormat = x509CertificateChain !== undefined && version === '0.3';
  // protobuf-specs `X509CertificateChain`: must not hold a root. A carried root is never used: an anchor never comes from the artifact.
  const roots = others.filter(isSelfIssued);
  return {
    kind: 'certificate',
    leaf,
    chain: others.filter((certificate) => !isSelfIssued(certificate)),
    ...(chainAgainstFormat ? { chainAgainstFormat } : {}),
    ...(roots.length === 0 ? {} : { carriedRoots: roots, endsWithRoot: roots.at(-1) === others.at(-1) }),
  };
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return Buffer.from(subject).equals(issuer);
}

function readEntry(entry: z.infer<typeof Entry>, index: number, version: string): CarriedEntry {
  const proof = readProof(entry.inclusionProof, index, version);
  if (version === '0.1' && entry.inclusionPromise == null)
    throw new FormatError(
      'bundle-inclusion-promise-missing',
      `log entry ${index} of this v0.1 bundle has no inclusion promise`,
    );
  if (version !== '0.1' && proof === undefined)
    throw new FormatError(
      'bundle-inclusion-proof-missing',
      `log entry ${index} of this bundle has no inclusion proof with a checkpoint`,
    );
  return {
    logId: encodeHex(entry.logId.keyId),
    logIndex: entry.logIndex ?? 0,
    ...(entry.integratedTime == null || entry.integratedTime === 0 ? {} : { integratedTime: entry.integratedTime }),
    kind: entry.kindVersion.kind,
    version: entry.kindVersion.version,
    body: entry.canonicalizedBody,
    ...(entry.inclusionPromise == null ? {} : { signedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp }),
    ...(proof === undefined ? {} : { inclusionProof: proof }),
  };
}

function readProof(
  proof: z.infer<typeof Entry>['inclusionProof'],
  index: number,
  version: string,
): EntryProof | undefined {
  if (proof == null) return undefined;
  // In v0.1 the proof was optional and written without a checkpoint: its root is unsigned, so it proves nothing (the promise does).
  if (proof.checkpoint == null) {
    if (version === '0.1') return undefined;
    throw new FormatError(
      'bundle-checkpoint-missing',
      `log entry ${index} has an inclusion proof without a checkpoint`,
    );
  }
  if (proof.rootHash === undefined || proof.treeSize === undefined)
    throw new FormatError(
      'bundle-malformed',
      `log entry ${index} has an inclusion proof without a root hash or a tree size`,
    );
  return {
    logIndex: proof.logIndex ?? 0,
    treeSize: proof.treeSize,
    rootHash: proof.rootHash,
    hashes: proof.hashes ?? [],
    checkpoint: proof.checkpoint.envelope,
  };
}
