import crypto, { createPublicKey, type KeyObject } from 'node:crypto';

const fingerprints = new WeakMap<KeyObject, string>();

/** `sha256:` and the hex digest of a key's SPKI in its usual encoding: the key's name in reports, in deny-lists and among remembered answers. */
export function keyFingerprint(key: KeyObject): string {
  let fingerprint = fingerprints.get(key);
  if (fingerprint === undefined) {
    fingerprint = fingerprintOf(usualEncoding(key));
    fingerprints.set(key, fingerprint);
  }
  return fingerprint;
}

/** Imports a key from its encoding. If that is the usual encoding, it also gives the fingerprint and the curve, without asking the key. */
export function importSpki(spki: Uint8Array): KeyObject {
  const key = createPublicKey(spkiToPem(spki));
  if (!isUsual(spki)) return key;
  fingerprints.set(key, fingerprintOf(spki));
  curves.set(key, CURVES.get(spki.length));
  return key;
}

const curves = new WeakMap<KeyObject, string | undefined>();

/** OpenSSL's name of an EC key's curve. For an imported key it comes from the encoding: asking Node takes a tenth of the time of a signature. */
export function curveOf(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'ec') return undefined;
  return curves.get(key) ?? key.asymmetricKeyDetails?.namedCurve;
}

const CURVES: ReadonlyMap<number, string> = new Map([
  [91, 'prime256v1'],
  [120, 'secp384r1'],
  [158, 'secp521r1'],
]);

// P-256, P-384, P-521 with an uncompressed point (RFC 5480 §2), Ed25519 (RFC 8410 §4): the bytes before the key itself, and the total length.
const USUAL: ReadonlyMap<number, string> = new Map([
  [91, '3059301306072a8648ce3d020106082a8648ce3d03010703420004'],
  [120, '3076301006072a8648ce3d020106052b8104002203620004'],
  [158, '30819b301006072a8648ce3d020106052b810400230381860004'],
  [44, '302a300506032b6570032100'],
]);

function isUsual(spki: Uint8Array): boolean {
  const head = USUAL.get(spki.length);
  return head !== undefined && Buffer.from(spki.subarray(0, head.length / 2)).toString('hex') === head;
}

/**
 * The canonical encoding of a key. A point can be written in three forms and RSA's parameters in two, and a different spelling must
 * not get a key past a deny-list.
 */
function usualEncoding(key: KeyObject): Uint8Array {
  const spki = key.export({ format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ec' || isUsual(spki)) return spki;
  // A JWK has the coordinates, whatever the form of the point.
  return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }).export({ format: 'der', type: 'spki' });
}

// OpenSSL reads lines of up to 254 characters. No key of an elliptic curve is longer.
const MAX_LINE_LENGTH = 254;

/** A key's encoding as PEM: Node imports text in less than half the time that it takes to import the same bytes. */
function spkiToPem(spki: Uint8Array): string {
  const text = Buffer.from(spki).toString('base64');
  const lines = text.length <= MAX_LINE_LENGTH ? text : text.replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

function fingerprintOf(spki: Uint8Array): string {
  return `sha256:${crypto.hash('sha256', spki, 'hex')}`;
}
