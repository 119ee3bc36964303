import { encodeHex, requireObject, sameBytes } from '@sigtrail/encoding';
import type { EntryHash, EntrySignature, KnownEntryBody } from '../entry/entry-body.ts';
import type { Verifier } from '../note/pem.ts';

/** The signature that an entry should record. */
export interface SignatureOfEntry {
  readonly signature: Uint8Array;
  /** The signer's certificate or key; `undefined` when it isn't known. */
  readonly verifier?: Verifier;
  /**
   * The digest that such an entry names: of the envelope's payload (`dsse`, `intoto`), or of the bytes that were signed (`hashedrekord`,
   * `rekord`; of an envelope in Rekor v2, its PAE). `undefined`: this signature can't have such an entry.
   */
  digest(of: 'payload' | 'signed-bytes', algorithm: EntryHash['algorithm']): Uint8Array | undefined;
  /** The digest of the envelope as it was uploaded, where it is at hand: for `intoto` 0.0.1 it stands in for the signature. */
  envelopeDigest?(algorithm: EntryHash['algorithm']): Uint8Array | undefined;
  /**
   * `true`: the envelope at hand is, byte for byte, the one that was uploaded, so that an entry which names an envelope's hash must name its hash.
   * So it is for cosign's `.att` layers. A bundle's envelope is written anew, and every signer's library hashed a form of its own.
   */
  readonly envelopeAsUploaded?: boolean;
}

/** Which of the three agree. An entry is about a signature only when all three do (CVE-2022-23649, CVE-2026-22703). */
export interface EntryComparison {
  readonly signature: 'same' | 'other';
  readonly verifier: 'same' | 'other' | 'unknown';
  readonly digest: 'same' | 'other';
  /** The hash of the whole envelope, beside that of its payload. */
  readonly envelope: 'same' | 'other' | 'not-compared';
  /** The one among the entry's signatures that was compared. */
  readonly recorded?: EntrySignature;
  /** `<algorithm>:<hex>` of what was signed and of what the entry names. */
  readonly expectedDigest?: string;
  readonly actualDigest?: string;
}

/** Compares an entry's body with a signature: the signature's bytes, who signed, and over what. */
export function compareEntry(body: KnownEntryBody, signed: SignatureOfEntry): EntryComparison {
  requireObject(body, 'compareEntry', 'body', ['kind']);
  requireObject(signed, 'compareEntry', 'signed');
  // `intoto` 0.0.1 stores no signature: its key and its payload's digest decide.
  const own = body.signatures.find(
    ({ signature }) => signature === undefined || sameBytes(signature, signed.signature),
  );
  const recorded = own ?? body.signatures[0];
  const ofEnvelope =
    own !== undefined && own.signature === undefined && body.envelopeHash !== undefined
      ? signed.envelopeDigest?.(body.envelopeHash.algorithm)
      : undefined;
  const named = ofEnvelope === undefined ? (body.payloadHash ?? body.artifactHash) : body.envelopeHash;
  const expected =
    ofEnvelope ??
    (named === undefined
      ? undefined
      : signed.digest(body.payloadHash === undefined ? 'signed-bytes' : 'payload', named.algorithm));
  const same = named !== undefined && expected !== undefined && sameBytes(named.digest, expected);
  return {
    signature: own === undefined ? 'other' : 'same',
    verifier: compareVerifier(recorded?.verifier, signed.verifier),
    digest: same ? 'same' : 'other',
    envelope: ofEnvelope === undefined ? compareEnvelope(body, signed) : 'not-compared',
    ...(recorded === undefined ? {} : { recorded }),
    ...(named === undefined || expected === undefined
      ? {}
      : { expectedDigest: `${named.algorithm}:${encodeHex(expected)}` }),
    ...(named === undefined ? {} : { actualDigest: `${named.algorithm}:${encodeHex(named.digest)}` }),
  };
}

function compareEnvelope({ envelopeHash }: KnownEntryBody, signed: SignatureOfEntry): EntryComparison['envelope'] {
  if (envelopeHash === undefined || signed.envelopeAsUploaded !== true) return 'not-compared';
  const own = signed.envelopeDigest?.(envelopeHash.algorithm);
  return own !== undefined && sameBytes(own, envelopeHash.digest) ? 'same' : 'other';
}

function compareVerifier(recorded: Verifier | undefined, own: Verifier | undefined): EntryComparison['verifier'] {
  if (own === undefined) return 'unknown';
  return recorded?.kind === own.kind && sameBytes(recorded.der, own.der) ? 'same' : 'other';
}
