import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aDate, anObject, aText } from '../option-checks.ts';
import { createHash } from 'node:crypto';
import { octetString } from './der.ts';
import { generateKeyPair, KEY_KIND, type KeyKind, type KeyPair, signBytes } from './key-pair.ts';
import { aroundNow, type Validity } from './validity.ts';
import type { ExtensionParts } from './x509.ts';

/** A certificate transparency log. */
export interface CtLogOptions {
  readonly kind?: KeyKind;
  readonly baseUrl?: string;
  readonly now?: Date;
  readonly validFor?: Validity;
}

const CT_LOG_OPTIONS: OptionTable<CtLogOptions> = {
  kind: KEY_KIND,
  baseUrl: aText,
  now: aDate,
  validFor: anObject,
};

/** A log that promises, by an SCT, to publish a certificate (RFC 6962 §3). */
export interface CtLog {
  readonly key: KeyPair;
  /** SHA-256 of the log's key. */
  readonly logId: Buffer;
  readonly baseUrl: string;
  readonly validFor: Validity;
}

/** One SCT to put into a certificate. */
export interface SctRequest {
  readonly log: CtLog;
  /** Default: the certificate's `notBefore`. */
  readonly at?: Date;
  readonly extensions?: Uint8Array;
  /** Spoils its signature. */
  readonly corrupt?: boolean;
}

/** Creates a CT log. */
export function createCtLog(options: CtLogOptions = {}): CtLog {
  checkOptions(options, CT_LOG_OPTIONS, 'createCtLog');
  const key = generateKeyPair(options.kind);
  return {
    key,
    logId: createHash('sha256').update(key.spki).digest(),
    baseUrl: options.baseUrl ?? 'https://ct.fake.test/log',
    validFor: options.validFor ?? { start: aroundNow(options.now).start },
  };
}

/** The SCT of a precertificate: its TBS without the SCT list, and the key that issues it (RFC 6962 §3.2). */
export function signSct(request: SctRequest & { readonly at: Date }, tbs: Uint8Array, issuer: KeyPair): Buffer {
  const { log, at, extensions = new Uint8Array() } = request;
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at.getTime()));
  const extensionBlock = withLength(2, extensions);
  const issuerKeyHash = createHash('sha256').update(issuer.spki).digest();
  // v1, certificate_timestamp, time, precert_entry, issuer_key_hash, TBS, extensions
  const signed = Buffer.concat([
    Buffer.of(0, 0),
    time,
    Buffer.of(0, 1),
    issuerKeyHash,
    withLength(3, tbs),
    extensionBlock,
  ]);
  const signature = signBytes(log.key, signed, { hash: 'sha256' });
  if (request.corrupt === true)
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  // SHA-256 with RSA (1), ECDSA (3) or, for a log that should not exist, Ed25519 (7): RFC 5246 §7.4.1.4.1
  const algorithm = log.key.kind.startsWith('rsa') ? 1 : log.key.kind === 'ed25519' ? 7 : 3;
  return Buffer.concat([
    Buffer.of(0),
    log.logId,
    time,
    extensionBlock,
    Buffer.of(4, algorithm),
    withLength(2, signature),
  ]);
}

/** The extension that carries SCTs inside a certificate (RFC 6962 §3.3). */
export function sctListExtension(scts: readonly Uint8Array[]): ExtensionParts {
  const list = withLength(2, Buffer.concat(scts.map((sct) => withLength(2, sct))));
  return { oid: '1.3.6.1.4.1.11129.2.4.2', value: octetString(list) };
}

/** A TLS vector: big-endian length in `width` bytes, then the bytes. */
function withLength(width: 2 | 3, bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(width);
  length.writeUIntBE(bytes.length, 0, width);
  return Buffer.concat([length, bytes]);
}
