import { createHash } from 'node:crypto';
import {
  type CertificateAuthority,
  createAuthority,
  issueLeaf,
  type Leaf,
  type LeafOptions,
  type Name,
} from './certificate-authority.ts';
import { type CertificateLog, createCertificateLog, sctList } from './certificate-log.ts';
import { der } from './der.ts';
import { generateKeyPair, type KeyKind, type KeyPair, toPem } from './key-pair.ts';
import { createTimestampAuthority, type TimestampAuthority } from './timestamp-authority.ts';
import { createTransparencyLog, type LogEntryJson, type TransparencyLog } from './transparency-log.ts';
import { trustedRootOf, type TrustedRootJson } from './trusted-root.ts';

/** Who signs: a certificate that this Sigstore issued, or a bare key. */
export type FakeSigner =
  | { readonly kind: 'certificate'; readonly leaf: Leaf }
  | { readonly kind: 'key'; readonly key: KeyPair };

/** What a certificate should say; everything has an honest default. */
export interface CertificateOptions extends Partial<Omit<LeafOptions, 'scts'>> {
  readonly issuer?: string;
  /** Fulcio OIDs (1.3.6.1.4.1.57264.1.x) to text, by x. */
  readonly claims?: Readonly<Record<number, string>>;
  readonly scts?: 'valid' | 'none' | 'corrupt' | 'unknown-log';
  readonly sctTime?: Date;
  readonly authority?: CertificateAuthority;
}

/** What to sign and how to record it. */
export interface SignOptions {
  readonly signer: FakeSigner;
  /** `sha256:…` of the image. */
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly time?: Date;
  /** Record this certificate or key in the log instead of the signer's. */
  readonly loggedVerifier?: Uint8Array;
  /** Record this signature instead. */
  readonly loggedSignature?: Uint8Array;
  /** Record the digest of these bytes instead. */
  readonly loggedBytes?: Uint8Array;
}

/** Options of a bundle. */
export interface BundleOptions extends SignOptions {
  readonly predicateType?: string;
  readonly payloadType?: string;
  readonly log?: 'v1' | 'v2' | 'none';
  readonly timestamp?: boolean;
  readonly edit?: (bundle: BundleJson) => void;
}

/** A Sigstore bundle v0.3 in JSON form, open to tampering. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    publicKey?: { hint: string };
    tlogEntries: LogEntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
}

/** One layer of a cosign `.sig` manifest. */
export interface SignatureLayer {
  readonly payload: Uint8Array;
  readonly annotations: Record<string, string>;
}

/** A whole Sigstore in memory: real cryptography, nobody's trust. */
export interface FakeSigstore {
  readonly now: Date;
  readonly authority: CertificateAuthority;
  readonly certificateLog: CertificateLog;
  readonly rekor1: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly timestampAuthority: TimestampAuthority;
  generateKey(kind?: KeyKind): Promise<FakeSigner & { readonly kind: 'key' }>;
  issueCertificate(options?: CertificateOptions): Promise<FakeSigner & { readonly kind: 'certificate' }>;
  trustedRoot(): TrustedRootJson;
  /** A `.sig` layer as cosign 2 writes it, with Rekor's promise unless `log` is false. */
  signImageLegacy(options: SignOptions & { readonly log?: boolean }): SignatureLayer;
  /** A bundle v0.3 as cosign 3 writes it. */
  signBundle(options: BundleOptions): BundleJson;
}

/** The identity that certificates have unless told otherwise. */
export const DEFAULT_IDENTITY: { readonly issuer: string; readonly subject: string } = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
};

/** Starts a Sigstore: a CA with intermediate, a CT log, Rekor v1 and v2, and a timestamp authority, at a time of its own. */
export async function createSigstore(options: { readonly now?: Date } = {}): Promise<FakeSigstore> {
  const now = options.now ?? new Date('2026-03-01T12:00:00Z');
  const authority = await createAuthority('fake fulcio', now);
  const certificateLog = await createCertificateLog();
  const rekor1 = await createTransparencyLog(1, 'rekor1.fake.test');
  const rekor2 = await createTransparencyLog(2, 'rekor2.fake.test');
  const timestampAuthority = await createTimestampAuthority(now);
  return {
    now,
    authority,
    certificateLog,
    rekor1,
    rekor2,
    timestampAuthority,
    generateKey: async (kind) => ({ kind: 'key', key: await generateKeyPair(kind) }),
    issueCertificate: async (certificate = {}) => ({
      kind: 'certificate',
      leaf: await issue(authority, certificateLog, now, certificate),
    }),
    trustedRoot: () =>
      trustedRootOf({
        authority,
        certificateLog,
        logs: [rekor1, rekor2],
        timestampAuthority,
        start: new Date(now.getTime() - 86_400_000),
      }),
    signImageLegacy: (sign) => signLayer(rekor1, now, sign),
    signBundle: (sign) => signBundle({ rekor1, rekor2, timestampAuthority, now }, sign),
  };
}

async function issue(
  ownAuthority: CertificateAuthority,
  log: CertificateLog,
  now: Date,
  options: CertificateOptions,
): Promise<Leaf> {
  const {
    issuer = DEFAULT_IDENTITY.issuer,
    claims = {},
    scts = 'valid',
    sctTime = now,
    authority = ownAuthority,
    ...leaf
  } = options;
  const otherLog = scts === 'unknown-log' ? await createCertificateLog() : log;
  const names: readonly Name[] = leaf.names ?? [{ kind: 'uri', value: DEFAULT_IDENTITY.subject }];
  return issueLeaf(authority, {
    ...leaf,
    names,
    notBefore: leaf.notBefore ?? now,
    extensions: [
      { oid: '1.3.6.1.4.1.57264.1.1', value: Buffer.from(issuer) },
      { oid: '1.3.6.1.4.1.57264.1.8', value: der(0x0c, Buffer.from(issuer)) },
      // 1.2 to 1.6 are raw text, later ones UTF8Strings.
      ...Object.entries(claims).map(([number, text]) => ({
        oid: `1.3.6.1.4.1.57264.1.${number}`,
        value: Number(number) <= 6 ? Buffer.from(text) : der(0x0c, Buffer.from(text)),
      })),
      ...(leaf.extensions ?? []),
    ],
    scts: (tbs) => {
      if (scts === 'none') return undefined;
      const sct = Buffer.from(otherLog.issueSct(tbs, authority.issuing.spki, sctTime));
      if (scts === 'corrupt') sct[sct.length - 1] = (sct.at(-1) ?? 0) ^ 1;
      return sctList([sct]);
    },
  });
}

function keyOf(signer: FakeSigner): KeyPair {
  return signer.kind === 'certificate' ? signer.leaf.key : signer.key;
}

function verifierOf(
  signer: FakeSigner,
  logged: Uint8Array | undefined,
): { readonly label: 'CERTIFICATE' | 'PUBLIC KEY'; readonly der: Uint8Array } {
  return signer.kind === 'certificate'
    ? { label: 'CERTIFICATE', der: logged ?? signer.leaf.der }
    : { label: 'PUBLIC KEY', der: logged ?? signer.key.spki };
}

function signLayer(
  rekor: TransparencyLog,
  now: Date,
  options: SignOptions & { readonly log?: boolean },
): SignatureLayer {
  const { signer, digest } = options;
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'registry.test/acme/app' },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: options.annotations ?? null,
    }),
  );
  const signature = Buffer.from(keyOf(signer).sign(payload));
  const annotations: Record<string, string> = { 'dev.cosignproject.cosign/signature': signature.toString('base64') };
  if (signer.kind === 'certificate')
    annotations['dev.sigstore.cosign/certificate'] = toPem('CERTIFICATE', signer.leaf.der);
  if (options.log === false) return { payload, annotations };
  const entry = rekor.append('hashedrekord', '0.0.1', hashedRekord(options, payload, signature), options.time ?? now);
  annotations['dev.sigstore.cosign/bundle'] = JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(rekor.logId).toString('hex'),
    },
  });
  return { payload, annotations };
}

function hashedRekord(options: SignOptions, payload: Uint8Array, signature: Uint8Array): object {
  const { label, der: bytes } = verifierOf(options.signer, options.loggedVerifier);
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: {
        hash: {
          algorithm: 'sha256',
          value: createHash('sha256')
            .update(options.loggedBytes ?? payload)
            .digest('hex'),
        },
      },
      signature: {
        content: base64(options.loggedSignature ?? signature),
        publicKey: { content: base64(Buffer.from(toPem(label, bytes))) },
      },
    },
  };
}

interface Services {
  readonly rekor1: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly timestampAuthority: TimestampAuthority;
  readonly now: Date;
}

function signBundle({ rekor1, rekor2, timestampAuthority, now }: Services, options: BundleOptions): BundleJson {
  const {
    signer,
    digest,
    log = 'v1',
    timestamp = log === 'v2',
    time = now,
    payloadType = 'application/vnd.in-toto+json',
  } = options;
  const [algorithm = '', hex = ''] = digest.split(':');
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { [algorithm]: hex }, annotations: options.annotations ?? {} }],
      predicateType: options.predicateType ?? 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    }),
  );
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
  const signature = keyOf(signer).sign(signed);
  const entries =
    log === 'none'
      ? []
      : log === 'v1'
        ? [rekor1.append('dsse', '0.0.1', dsseBody(options, payload, signature), time)]
        : [rekor2.append('hashedrekord', '0.0.2', hashedRekordV2(options, signed, signature), time)];
  const bundle: BundleJson = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      ...(signer.kind === 'certificate'
        ? { certificate: { rawBytes: base64(signer.leaf.der) } }
        : { publicKey: { hint: 'fake' } }),
      tlogEntries: entries,
      ...(timestamp
        ? {
            timestampVerificationData: {
              rfc3161Timestamps: [{ signedTimestamp: base64(timestampAuthority.stamp(signature, time)) }],
            },
          }
        : {}),
    },
    dsseEnvelope: { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature) }] },
  };
  options.edit?.(bundle);
  return bundle;
}

function dsseBody(options: BundleOptions, payload: Uint8Array, signature: Uint8Array): object {
  const { label, der: bytes } = verifierOf(options.signer, options.loggedVerifier);
  const hash = (data: Uint8Array): object => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(data).digest('hex'),
  });
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: hash(payload),
      payloadHash: hash(options.loggedBytes ?? payload),
      signatures: [
        { signature: base64(options.loggedSignature ?? signature), verifier: base64(Buffer.from(toPem(label, bytes))) },
      ],
    },
  };
}

function hashedRekordV2(options: BundleOptions, signed: Uint8Array, signature: Uint8Array): object {
  const { label, der: bytes } = verifierOf(options.signer, options.loggedVerifier);
  const verifier =
    label === 'CERTIFICATE'
      ? { x509Certificate: { rawBytes: base64(bytes) } }
      : { publicKey: { rawBytes: base64(bytes) } };
  return {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: {
          algorithm: 'SHA2_256',
          digest: createHash('sha256')
            .update(options.loggedBytes ?? signed)
            .digest('base64'),
        },
        signature: {
          content: base64(options.loggedSignature ?? signature),
          verifier: { keyDetails: keyOf(options.signer).details, ...verifier },
        },
      },
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
