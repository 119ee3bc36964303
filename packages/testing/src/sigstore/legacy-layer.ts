import { checkOptions, optionError, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aDate, anObject, anything, aText, someBytes } from '../option-checks.ts';
import type { Json } from './canonical-json.ts';
import type { SigningOptions } from './key-pair.ts';
import { type LogUse, logSignature } from './log-use.ts';
import { describeBytes, type PackedDescriptor } from './packed-descriptor.ts';
import { toPem } from './pem.ts';
import { type SignedContent, signEnvelope, signMessage } from './signed-content.ts';
import { isCertificate, type Signer } from './signer.ts';
import { type StatementOptions, statementBytes } from './statement.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import { timestamp, type TimestampUse } from './timestamp-token.ts';
import type { AppendedEntry, TransparencyLog } from './log.ts';

/** What is common to signatures and attestations of cosign 1 and 2. */
export interface LegacyOptions {
  readonly signer: Signer;
  /** When it is signed, logged and timestamped; default the sigstore's `now`. */
  readonly at?: Date;
  /** `true` (default): the sigstore's Rekor v1. Rekor v2 has no place in these annotations. */
  readonly rekor?: boolean | TransparencyLog | LogUse;
  /** `true`: the sigstore's TSA; default false. */
  readonly timestamp?: boolean | TimestampAuthority | TimestampUse;
  readonly signing?: SigningOptions;
  readonly tamper?: LegacyTamper;
}

/** Ways to spoil a layer; what was signed and logged before stays as it was. */
export interface LegacyTamper {
  /** The layer's bytes, after they were signed. */
  readonly payload?: (payload: Buffer) => Buffer;
  /** The signature, before it is logged and timestamped. */
  readonly signature?: (signature: Buffer) => Buffer;
  /** The `certificate` and `chain` annotations are another signer's. */
  readonly certificate?: Signer;
  /** Members of `Payload` in the `bundle` annotation, after the log signed them. */
  readonly logPayload?: Readonly<Record<string, Json>>;
  /** The SET. */
  readonly signedEntryTimestamp?: (set: Buffer) => Buffer;
  /** All annotations, at the end. */
  readonly annotations?: (annotations: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/** A `.sig` signature. */
export interface LegacySignatureOptions extends LegacyOptions {
  readonly imageDigest: string;
  /** `registry/repository`; cosign does not check it. */
  readonly dockerReference?: string;
  /** `cosign sign -a key=value`; default `optional: null`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Signs these bytes instead of simple-signing JSON. */
  readonly payload?: Uint8Array;
}

/** A `.att` attestation. */
export interface LegacyAttestationOptions extends LegacyOptions {
  readonly statement: StatementOptions | Uint8Array;
  readonly payloadType?: string;
}

/** One layer of a `.sig` or `.att` manifest. */
export interface LegacyLayer {
  /** The bytes of the layer. */
  readonly payload: Buffer;
  readonly layer: PackedDescriptor;
  readonly signature: Buffer;
  readonly logged?: AppendedEntry;
}

const LEGACY_OPTIONS: OptionTable<LegacyOptions> = {
  signer: anObject,
  at: aDate,
  rekor: anything,
  timestamp: anything,
  signing: anObject,
  tamper: anObject,
};

const LEGACY_SIGNATURE: OptionTable<LegacySignatureOptions> = {
  ...LEGACY_OPTIONS,
  imageDigest: aText,
  dockerReference: aText,
  annotations: anObject,
  payload: someBytes,
};

const LEGACY_ATTESTATION: OptionTable<LegacyAttestationOptions> = {
  ...LEGACY_OPTIONS,
  statement: anObject,
  payloadType: aText,
};

/** What stands in when an option says only `true`. */
export interface LegacyDefaults {
  readonly rekor: TransparencyLog;
  readonly tsa: TimestampAuthority;
  readonly now: Date;
}

/** The payload of cosign's image signatures, byte for byte as cosign writes it. */
export function simpleSigningPayload(
  options: Pick<LegacySignatureOptions, 'imageDigest' | 'dockerReference' | 'annotations'>,
): Buffer {
  requireObject(options, 'simpleSigningPayload', 'options', ['imageDigest']);
  checkOptions(options, LEGACY_SIGNATURE, 'simpleSigningPayload');
  const { imageDigest, dockerReference = 'registry.fake.test/acme/app', annotations } = options;
  const critical = {
    identity: { 'docker-reference': dockerReference },
    image: { 'docker-manifest-digest': imageDigest },
    type: 'cosign container image signature',
  };
  return Buffer.from(JSON.stringify({ critical, optional: annotations ?? null }));
}

/** A `.sig` layer: the simple-signing payload, with the signature and its evidence in annotations. */
export function signImageLegacy(options: LegacySignatureOptions, defaults: LegacyDefaults): LegacyLayer {
  checkOptions(options, LEGACY_SIGNATURE, 'signImageLegacy');
  requireObject(options, 'signImageLegacy', 'options', ['imageDigest', 'signer']);
  const payload = options.payload ?? simpleSigningPayload(options);
  const content = spoilSignature(signMessage(options.signer, payload, options.signing), options.tamper);
  return layerOf(options, defaults, {
    content,
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    payload: content.signedBytes,
    stamped: content.signature,
    first: { 'dev.cosignproject.cosign/signature': content.signature.toString('base64') },
    last: {},
  });
}

/** A `.att` layer: a DSSE envelope. The signature annotation is there and empty; a timestamp covers the whole envelope. */
export function signAttestationLegacy(options: LegacyAttestationOptions, defaults: LegacyDefaults): LegacyLayer {
  checkOptions(options, LEGACY_ATTESTATION, 'signAttestationLegacy');
  requireObject(options, 'signAttestationLegacy', 'options', ['statement', 'signer']);
  const { statement } = options;
  const custom = statement instanceof Uint8Array;
  const payload = custom
    ? statement
    : statementBytes({ statementType: 'https://in-toto.io/Statement/v0.1', ...statement });
  const content = spoilSignature(
    signEnvelope(options.signer, payload, options.payloadType, options.signing),
    options.tamper,
  );
  return layerOf(options, defaults, {
    content,
    mediaType: 'application/vnd.dsse.envelope.v1+json',
    payload: content.envelope,
    stamped: content.envelope,
    first: { 'dev.cosignproject.cosign/signature': '' },
    last: custom || statement.predicateType === undefined ? {} : { predicateType: statement.predicateType },
  });
}

interface LayerParts {
  readonly content: SignedContent;
  readonly mediaType: string;
  readonly payload: Buffer;
  /** What a timestamp covers. */
  readonly stamped: Buffer;
  readonly first: Readonly<Record<string, string>>;
  readonly last: Readonly<Record<string, string>>;
}

function layerOf(options: LegacyOptions, defaults: LegacyDefaults, parts: LayerParts): LegacyLayer {
  const { at = defaults.now, signer, tamper = {} } = options;
  const use = logUse(options.rekor, defaults.rekor);
  const logged = use === undefined ? undefined : { use, entry: logSignature(use, parts.content, signer, at) };
  const stamp = timestampUse(options.timestamp, defaults.tsa);
  // In the order of Go's sorted map keys, as cosign's manifests have them.
  const annotations = {
    ...parts.first,
    ...(logged === undefined
      ? {}
      : { 'dev.sigstore.cosign/bundle': rekorBundle(logged.use.log, logged.entry, tamper) }),
    ...certificateAnnotations(tamper.certificate ?? signer),
    ...(stamp === undefined
      ? {}
      : { 'dev.sigstore.cosign/rfc3161timestamp': timestampJson({ at, ...stamp }, parts.stamped) }),
    ...parts.last,
  };
  const payload = tamper.payload?.(Buffer.from(parts.payload)) ?? parts.payload;
  const layer = {
    ...describeBytes(parts.mediaType, payload),
    annotations: tamper.annotations?.(annotations) ?? annotations,
  };
  return {
    payload,
    layer,
    signature: parts.content.signature,
    ...(logged === undefined ? {} : { logged: logged.entry }),
  };
}

function spoilSignature<T extends SignedContent>(content: T, tamper: LegacyTamper = {}): T {
  return tamper.signature === undefined
    ? content
    : { ...content, signature: tamper.signature(Buffer.from(content.signature)) };
}

function certificateAnnotations(signer: Signer): Readonly<Record<string, string>> {
  if (!isCertificate(signer)) return {};
  const chain = signer.chain.map((der) => toPem('CERTIFICATE', der)).join('');
  return { 'dev.sigstore.cosign/certificate': signer.pem, 'dev.sigstore.cosign/chain': chain };
}

/** The `bundle` annotation: only a SET, no proof. */
function rekorBundle(log: TransparencyLog, entry: AppendedEntry, tamper: LegacyTamper): string {
  const { integratedTime } = entry;
  if (integratedTime === undefined)
    throw optionError('invalid-option', '"rekor" must be a v1 log: a v2 entry has no SET');
  const set = log.signedEntryTimestamp({ ...entry, integratedTime });
  const Payload = {
    body: entry.body.toString('base64'),
    integratedTime,
    logIndex: entry.logIndex,
    logID: log.logId.toString('hex'),
  };
  const SignedEntryTimestamp = (tamper.signedEntryTimestamp?.(Buffer.from(set)) ?? set).toString('base64');
  return JSON.stringify({ SignedEntryTimestamp, Payload: { ...Payload, ...tamper.logPayload } });
}

function timestampJson(use: TimestampUse & { readonly at: Date }, bytes: Buffer): string {
  return JSON.stringify({ SignedRFC3161Timestamp: timestamp(use, bytes).toString('base64') });
}

function logUse(wanted: LegacyOptions['rekor'] = true, rekor: TransparencyLog): LogUse | undefined {
  if (typeof wanted === 'boolean') return wanted ? { log: rekor } : undefined;
  return 'log' in wanted ? wanted : { log: wanted };
}

function timestampUse(wanted: LegacyOptions['timestamp'] = false, tsa: TimestampAuthority): TimestampUse | undefined {
  if (typeof wanted === 'boolean') return wanted ? { authority: tsa } : undefined;
  return 'authority' in wanted ? wanted : { authority: wanted };
}
