import { checkOptions, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aDate, aFlag, aFunction, aList, anObject, aText, oneOf, someBytes } from '../option-checks.ts';
import { createHash } from 'node:crypto';
import { PROTOBUF_HASH } from './entry-body.ts';
import type { SigningOptions } from './key-pair.ts';
import { type LogUse, logSignature, type TlogEntryJson, toTlogEntry } from './log-use.ts';
import { signEnvelope, type SignedContent, signMessage } from './signed-content.ts';
import { isCertificate, type Signer } from './signer.ts';
import { type StatementOptions, statementBytes } from './statement.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import { timestamp, type TimestampUse } from './timestamp-token.ts';
import type { TransparencyLog } from './log.ts';

/** What the bundle signs. */
export type BundleContent =
  | { readonly content: 'message'; readonly artifact: Uint8Array }
  | {
      readonly content?: 'dsse';
      /** Options of an in-toto statement, or any payload. */
      readonly statement: StatementOptions | Uint8Array;
      /** Default in-toto's. */
      readonly payloadType?: string;
    };

/** A bundle; everything that is not asked otherwise is right. */
export type BundleOptions = BundleContent & {
  /** Default 0.3. */
  readonly version?: '0.1' | '0.2' | '0.3';
  readonly signer: Signer;
  /** When it is signed, logged and timestamped; default the sigstore's `now`. */
  readonly at?: Date;
  /** Logs in the order of `tlogEntries`; default the sigstore's Rekor v1; `[]` for none. */
  readonly logs?: readonly (TransparencyLog | LogUse)[];
  /** Timestamps; default one of the sigstore's TSA if a log has no time of its own (v2). */
  readonly timestamps?: readonly (TimestampAuthority | TimestampUse)[];
  readonly signing?: SigningOptions;
  /** `publicKey.hint` of a signer with a key; default cosign's. */
  readonly hint?: string;
  /** Version 0.3 with a whole chain, which its specification forbids and private PKIs write; default false. */
  readonly withChain?: boolean;
  /** Edits the signature after signing: log, timestamps and bundle all carry the edited one. */
  readonly signature?: (signature: Buffer) => Buffer;
  /** Edits the finished bundle, in place or not. */
  readonly edit?: (bundle: BundleJson) => BundleJson;
};

type BundleOption = BundleOptions & Record<'artifact' | 'statement' | 'payloadType', unknown>;

const BUNDLE_OPTIONS: OptionTable<BundleOption> = {
  content: oneOf('message', 'dsse'),
  artifact: someBytes,
  statement: anObject,
  payloadType: aText,
  version: oneOf('0.1', '0.2', '0.3'),
  signer: anObject,
  at: aDate,
  logs: aList,
  timestamps: aList,
  signing: anObject,
  hint: aText,
  withChain: aFlag,
  signature: aFunction,
  edit: aFunction,
};

/** A bundle as protobuf JSON. Plain and writable: tests may spoil it. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    publicKey?: { hint: string };
    tlogEntries: TlogEntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] };
}

/** Signs, logs, timestamps and packs. */
export function signBundle(
  options: BundleOptions,
  defaults: { readonly rekor: TransparencyLog; readonly tsa: TimestampAuthority; readonly now: Date },
): BundleJson {
  checkOptions<object>(options, BUNDLE_OPTIONS, 'signBundle');
  requireObject(options, 'signBundle', 'options', [options.content === 'message' ? 'artifact' : 'statement', 'signer']);
  const { signer, at = defaults.now, version = '0.3' } = options;
  const content = withSignature(sign(options), options.signature);
  const logs = (options.logs ?? [defaults.rekor]).map(toLogUse);
  const needsTime = logs.some(({ log }) => log.version === 2);
  const timestamps = (options.timestamps ?? (needsTime ? [defaults.tsa] : [])).map(toTimestampUse);
  // All are logged before any is proven, so that each proof is of a tree in which the entry is not the last.
  const logged = logs.map((use) => ({ use, entry: logSignature(use, content, signer, at) }));
  const tokens = timestamps.map((use) => timestamp({ at, ...use }, content.signature).toString('base64'));
  const bundle: BundleJson = {
    mediaType: mediaTypeOf(version),
    verificationMaterial: {
      ...signerMaterial(options, version),
      tlogEntries: logged.map(({ use, entry }) => toTlogEntry(use, entry)),
      ...(tokens.length === 0
        ? {}
        : { timestampVerificationData: { rfc3161Timestamps: tokens.map((signedTimestamp) => ({ signedTimestamp })) } }),
    },
    ...contentJson(content),
  };
  return options.edit?.(bundle) ?? bundle;
}

/** The media type of a bundle version. */
export function mediaTypeOf(version: '0.1' | '0.2' | '0.3'): string {
  if (version === '0.3') return 'application/vnd.dev.sigstore.bundle.v0.3+json';
  return `application/vnd.dev.sigstore.bundle+json;version=${version}`;
}

function sign(options: BundleOptions): SignedContent {
  if (options.content === 'message') return signMessage(options.signer, options.artifact, options.signing);
  const { statement, payloadType, signer, signing } = options;
  const payload = statement instanceof Uint8Array ? statement : statementBytes(statement);
  return signEnvelope(signer, payload, payloadType, signing);
}

function withSignature(content: SignedContent, edit: BundleOptions['signature']): SignedContent {
  return edit === undefined ? content : { ...content, signature: edit(Buffer.from(content.signature)) };
}

/** Versions before 0.3 carry a chain, without the root: a verifier must have that already. */
function signerMaterial(options: BundleOptions, version: string): Partial<BundleJson['verificationMaterial']> {
  const { signer, withChain = version !== '0.3' } = options;
  if (!isCertificate(signer)) return { publicKey: { hint: options.hint ?? signer.hint } };
  if (!withChain) return { certificate: rawBytes(signer.der) };
  return { x509CertificateChain: { certificates: [signer.der, ...signer.chain.slice(0, -1)].map(rawBytes) } };
}

function contentJson(content: SignedContent): Pick<BundleJson, 'messageSignature' | 'dsseEnvelope'> {
  const signature = content.signature.toString('base64');
  if (content.kind === 'message') {
    const digest = createHash(content.hash).update(content.signedBytes).digest('base64');
    return { messageSignature: { messageDigest: { algorithm: PROTOBUF_HASH[content.hash], digest }, signature } };
  }
  const { payload, payloadType } = content;
  return { dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig: signature }] } };
}

function rawBytes(der: Uint8Array): { rawBytes: string } {
  return { rawBytes: Buffer.from(der).toString('base64') };
}

function toLogUse(log: TransparencyLog | LogUse): LogUse {
  return 'log' in log ? log : { log };
}

function toTimestampUse(authority: TimestampAuthority | TimestampUse): TimestampUse {
  return 'authority' in authority ? authority : { authority };
}
