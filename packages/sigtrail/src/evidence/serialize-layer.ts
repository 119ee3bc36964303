import crypto, { X509Certificate } from 'node:crypto';
import type { SerializedBundle } from '@sigstore/bundle';
import { withoutLineBreaks } from '@sigtrail/encoding';
import type { SerializedEntry } from './serialize-entry.ts';
import type { SignatureLayer } from './signature-layer.ts';

/**
 * A signature of cosign's own layers in the JSON form of a Sigstore bundle: v0.3 if each entry has a proof, v0.1 if an entry only has the
 * log's promise. `logEntries` count only if the layer carries no entry. Nothing is checked here: `toBundle` does that for callers, and the
 * second judge only asks about layers that could be read. Line breaks in base64 are left out: readers generated from the protobuf count them as digits.
 */
export function serializeLayer(layer: SignatureLayer, logEntries: readonly SerializedEntry[] = []): SerializedBundle {
  const { kind, bytes, annotations } = layer;
  const entries = entriesOf(annotations, logEntries);
  const isProven = entries.every(({ inclusionProof }) => inclusionProof !== undefined);
  const [leaf, ...issuers] = certificatesOf(annotations);
  const material = {
    tlogEntries: entries,
    timestampVerificationData: kind === 'dsse' ? undefined : timestampsOf(annotations),
  };
  const key =
    leaf === undefined
      ? { publicKey: { hint: '' } }
      : isProven
        ? { certificate: { rawBytes: leaf } }
        : {
            x509CertificateChain: {
              certificates: [leaf, ...issuers.filter(isIssued)].map((rawBytes) => ({ rawBytes })),
            },
          };
  const content =
    kind === 'dsse'
      ? { dsseEnvelope: envelopeOf(layer) }
      : {
          messageSignature: {
            messageDigest: digestOf(bytes, entries),
            signature: withoutLineBreaks(annotations[SIGNATURE] ?? ''),
          },
        };
  return {
    mediaType: isProven
      ? 'application/vnd.dev.sigstore.bundle.v0.3+json'
      : 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: { ...key, ...material },
    ...content,
  } as SerializedBundle; // its type wants the absent alternatives named as `undefined`
}

const HASHES = { sha256: 'SHA2_256', sha384: 'SHA2_384', sha512: 'SHA2_512' } as const;

/** The layer doesn't say which digest was signed; its log entry does. */
function digestOf(
  bytes: Uint8Array,
  [entry]: readonly SerializedEntry[],
): { readonly algorithm: string; readonly digest: string } {
  const { spec } = (entry === undefined ? {} : parseBody(entry.canonicalizedBody)) as {
    readonly spec?: { readonly data?: { readonly hash?: { readonly algorithm?: string } } };
  };
  const named = spec?.data?.hash?.algorithm;
  const algorithm = named === 'sha384' || named === 'sha512' ? named : 'sha256';
  return { algorithm: HASHES[algorithm], digest: crypto.hash(algorithm, bytes, 'base64') };
}

function parseBody(base64Text: string): unknown {
  return JSON.parse(Buffer.from(base64Text, 'base64').toString('utf8'));
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** The layer as if a key had signed it, without its certificate. */
export function withoutCertificate(layer: SignatureLayer): SignatureLayer {
  const { [CERTIFICATE]: _leaf, [CHAIN]: _issuers, ...annotations } = layer.annotations;
  return { ...layer, annotations };
}

/** The leaf and the certificates that came with it, in base64. */
export function certificatesOf(annotations: SignatureLayer['annotations']): readonly string[] {
  const blocks = [annotations[CERTIFICATE], annotations[CHAIN]].flatMap((text = '') =>
    [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(([, body = '']) =>
      body.replaceAll(/\s/g, ''),
    ),
  );
  return annotations[CERTIFICATE] ? blocks : [];
}

/** A bundle must not hold a root. A certificate that can't be read leads nowhere, so it is left out, too. */
function isIssued(rawBytes: string): boolean {
  try {
    const { subject, issuer } = new X509Certificate(Buffer.from(rawBytes, 'base64'));
    return subject !== issuer;
  } catch {
    return false;
  }
}

function envelopeOf({ bytes, signature = 0 }: SignatureLayer): SerializedBundle['dsseEnvelope'] {
  const { payload, payloadType, signatures } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
  };
  const chosen = signatures[signature];
  if (chosen === undefined) throw new TypeError(`the envelope has no signature ${signature}`);
  return {
    payload: withoutLineBreaks(payload),
    payloadType,
    signatures: [{ sig: withoutLineBreaks(chosen.sig), keyid: chosen.keyid ?? '' }],
  };
}

/** cosign's timestamp: it covers the signature of a `.sig` layer, but the whole envelope of a `.att` layer. */
export function timestampsOf(
  annotations: SignatureLayer['annotations'],
): SerializedBundle['verificationMaterial']['timestampVerificationData'] {
  const text = annotations[TIMESTAMP];
  if (!text) return undefined;
  const { SignedRFC3161Timestamp: signedTimestamp } = JSON.parse(text) as { readonly SignedRFC3161Timestamp: string };
  return { rfc3161Timestamps: [{ signedTimestamp: withoutLineBreaks(signedTimestamp) }] };
}

function entriesOf(
  annotations: SignatureLayer['annotations'],
  logEntries: readonly SerializedEntry[],
): SerializedEntry[] {
  const text = annotations[BUNDLE];
  if (!text) return [...logEntries];
  const { SignedEntryTimestamp: signedEntryTimestamp, Payload } = JSON.parse(text) as {
    readonly SignedEntryTimestamp: string;
    readonly Payload: {
      readonly body: string;
      readonly integratedTime: number;
      readonly logIndex: number;
      readonly logID: string;
    };
  };
  const { kind, apiVersion } = parseBody(Payload.body) as {
    readonly kind: string;
    readonly apiVersion: string;
  };
  return [
    {
      logIndex: String(Payload.logIndex),
      logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(Payload.integratedTime),
      inclusionPromise: { signedEntryTimestamp: withoutLineBreaks(signedEntryTimestamp) },
      inclusionProof: undefined,
      canonicalizedBody: withoutLineBreaks(Payload.body),
    },
  ];
}
