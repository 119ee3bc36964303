import { type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { decodePemCertificates } from '../crypto/certificate.ts';
import type { CosignBundle } from '../report/report.ts';
import { decodeBase64Lines, encodeBase64 } from '@sigtrail/encoding';
import type { Candidate, CandidateSigner, CarriedEntry } from './candidate.ts';
import { FormatError, notJson } from './format-error.ts';
import { readCertificate } from './read-certificate.ts';
import { parseSimpleSigning } from './simple-signing.ts';

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

const Bundle = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.int().nonnegative(),
    logIndex: z.int().nonnegative(),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
const KNOWN_KEYS: KnownKeys = {
  names: [
    'SignedEntryTimestamp',
    'Payload',
    'body',
    'integratedTime',
    'logIndex',
    'logID',
    'SignedRFC3161Timestamp',
    'kind',
    'apiVersion',
    'spec',
  ],
  within: ['Payload'],
};

const Timestamp = z.object({ SignedRFC3161Timestamp: z.string() });

/** The evidence in a layer of a `.sig` manifest. */
export type LayerCandidate = Omit<Candidate, 'id' | 'format' | 'carrier' | 'manifestDigest' | 'layerDigest'>;

/**
 * Parses one layer of a `.sig` manifest: the payload and its annotations (cosign `SIGNATURE_SPEC.md`).
 *
 * @throws FormatError
 */
export function parseCosignLayer(payload: Uint8Array, annotations: Readonly<Record<string, string>>): LayerCandidate {
  const text = annotations[SIGNATURE];
  if (text === undefined || text === '')
    throw new FormatError('signature-missing', `the layer has no ${SIGNATURE} annotation`);
  const signature = decodeBase64Lines(text);
  if (signature === undefined)
    throw new FormatError('signature-malformed', `the ${SIGNATURE} annotation is not base64`);
  return {
    isAttestation: false,
    signature,
    content: { kind: 'simple-signing', payload, claims: parseSimpleSigning(payload) },
    original: { kind: 'simple-signing', bytes: payload, annotations },
    ...readAnnotations(annotations),
  };
}

/** Reads cosign's annotations of a signature or an envelope: who signed, where it is logged, when it was seen. Annotations are unsigned. */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
): Omit<LayerCandidate, 'isAttestation' | 'signature' | 'content' | 'stamped' | 'original'> {
  const bundle = readBundle(annotations[BUNDLE]);
  const timestamp = readTimestamp(annotations[TIMESTAMP]);
  return {
    signer: readSigner(annotations),
    logEntries: bundle === undefined ? [] : [bundle.entry],
    timestamps: timestamp === undefined ? [] : [timestamp],
    timestampsInBundle: false,
    ...(bundle === undefined ? {} : { cosignBundle: bundle.raw }),
    ...(timestamp === undefined ? {} : { rfc3161Annotation: encodeBase64(timestamp) }),
  };
}

function readSigner(annotations: Readonly<Record<string, string>>): CandidateSigner {
  const text = annotations[CERTIFICATE] ?? '';
  if (text === '') return { kind: 'key' };
  const [leaf] = readPem(text, CERTIFICATE);
  if (leaf === undefined) throw new FormatError('certificate-malformed', 'no certificate');
  return {
    kind: 'certificate',
    leaf,
    chain: (annotations[CHAIN] ?? '') === '' ? [] : readPem(annotations[CHAIN] ?? '', CHAIN),
  };
}

// As many as a bundle may have.
const MAX_CERTIFICATES = 16;

function readPem(text: string, name: string): readonly ReturnType<typeof readCertificate>[] {
  let blocks: readonly Uint8Array[];
  try {
    blocks = decodePemCertificates(text);
  } catch (cause) {
    // A bare public key here once replaced the user's own key (GHSA-fx35-mq7g-6g98), so only certificates are allowed.
    throw new FormatError('certificate-malformed', `the ${name} annotation is not PEM certificates`, { cause });
  }
  if (blocks.length > MAX_CERTIFICATES)
    throw new FormatError(
      'certificate-malformed',
      `the ${name} annotation has more than ${MAX_CERTIFICATES} certificates`,
    );
  return blocks.map((bytes) => readCertificate(bytes));
}

function readBundle(
  text: string | undefined,
): { readonly entry: CarriedEntry; readonly raw: CosignBundle } | undefined {
  if (text === undefined || text === '') return undefined;
  const raw = readAnnotation(text, Bundle, BUNDLE);
  const body = decodeBase64Lines(raw.Payload.body);
  const signedEntryTimestamp = decodeBase64Lines(raw.SignedEntryTimestamp);
  if (body === undefined || signedEntryTimestamp === undefined)
    throw new FormatError('bundle-malformed', `the ${BUNDLE} annotation has fields that are not base64`);
  const { kind, version } = kindOf(body);
  const { integratedTime, logIndex, logID } = raw.Payload;
  return {
    raw,
    entry: {
      logId: logID,
      logIndex,
      ...(integratedTime === 0 ? {} : { integratedTime }),
      kind,
      version,
      body,
      signedEntryTimestamp,
    },
  };
}

/** The annotation states no kind and version, so they are taken from the body. */
function kindOf(body: Uint8Array): { readonly kind: string; readonly version: string } {
  const parsed = z.object({ kind: z.string(), apiVersion: z.string() }).safeParse(parseStrict(body, BUNDLE));
  if (!parsed.success)
    throw new FormatError('bundle-malformed', `the body in the ${BUNDLE} annotation is not a log entry`);
  return { kind: parsed.data.kind, version: parsed.data.apiVersion };
}

function readTimestamp(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text === '') return undefined;
  const bytes = decodeBase64Lines(readAnnotation(text, Timestamp, TIMESTAMP).SignedRFC3161Timestamp);
  if (bytes === undefined) throw new FormatError('timestamp-malformed', `the ${TIMESTAMP} annotation is not base64`);
  return bytes;
}

function readAnnotation<T>(text: string, schema: z.ZodType<T>, name: string): T {
  const parsed = schema.safeParse(parseStrict(text, name));
  if (!parsed.success)
    throw new FormatError(
      'bundle-malformed',
      `the ${name} annotation is malformed at ${parsed.error.issues[0]?.path.join('.')}`,
    );
  return parsed.data;
}

function parseStrict(text: string | Uint8Array, name: string): unknown {
  try {
    return parseJsonStrict(text, { maxBytes: 1024 * 1024, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    throw notJson('bundle-malformed', `the ${name} annotation`, cause);
  }
}
