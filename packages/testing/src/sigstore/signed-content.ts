import { type HashName, hashFor, type SigningOptions, signBytes } from './key-pair.ts';
import { type Signer, signingKey } from './signer.ts';

/** A signature with all that a bundle, an annotation or a log entry says about what was signed. */
export type SignedContent =
  | { readonly kind: 'message'; readonly hash: HashName; readonly signedBytes: Buffer; readonly signature: Buffer }
  | {
      readonly kind: 'dsse';
      readonly hash: HashName;
      /** The pre-authentication encoding (DSSE protocol §"Signature definition"). */
      readonly signedBytes: Buffer;
      readonly signature: Buffer;
      readonly payload: Buffer;
      readonly payloadType: string;
      /** The envelope as JSON text. */
      readonly envelope: Buffer;
    };

/** The payload type of in-toto statements. */
export const IN_TOTO = 'application/vnd.in-toto+json';

/** Signs bytes as they are. */
export function signMessage(signer: Signer, message: Uint8Array, options: SigningOptions = {}): SignedContent {
  const key = signingKey(signer);
  const hash = hashFor(key.kind, options);
  return { kind: 'message', hash, signedBytes: Buffer.from(message), signature: signBytes(key, message, options) };
}

/** Signs a payload as a DSSE envelope. */
export function signEnvelope(
  signer: Signer,
  payload: Uint8Array,
  payloadType: string = IN_TOTO,
  options: SigningOptions = {},
): Extract<SignedContent, { kind: 'dsse' }> {
  const key = signingKey(signer);
  const signedBytes = preAuthenticationEncoding(payloadType, payload);
  const signature = signBytes(key, signedBytes, options);
  const envelope = envelopeText(payload, payloadType, signature);
  const hash = hashFor(key.kind, options);
  return { kind: 'dsse', hash, signedBytes, signature, payload: Buffer.from(payload), payloadType, envelope };
}

/** `PAE(type, body)` of DSSE. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

function envelopeText(payload: Uint8Array, payloadType: string, signature: Buffer): Buffer {
  const signatures = [{ keyid: '', sig: signature.toString('base64') }];
  return Buffer.from(JSON.stringify({ payloadType, payload: Buffer.from(payload).toString('base64'), signatures }));
}
