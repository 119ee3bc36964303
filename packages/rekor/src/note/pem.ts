import { decodeBase64, requireObject } from '@sigtrail/encoding';

/** What checked the signature: one certificate, or a bare public key (SubjectPublicKeyInfo). Unverified, as the log stored it. */
export interface Verifier {
  readonly kind: 'certificate' | 'public-key';
  readonly der: Uint8Array;
}

const BLOCK = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\n([A-Za-z0-9+/=\n]+)\n-----END \1-----(?:\n|$)/y;

/**
 * Decodes the PEM text of a certificate (or a chain, whose first certificate is the signer) or a public key; `undefined` for anything else.
 * The log writes canonical PEM, so headers, other labels and text around the blocks are refused rather than skipped.
 */
export function decodePem(bytes: Uint8Array): Verifier | undefined {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n').trimEnd();
  const verifiers: Verifier[] = [];
  BLOCK.lastIndex = 0;
  for (let end = 0; end < text.length; end = BLOCK.lastIndex) {
    const match = BLOCK.exec(text);
    if (match === null) return undefined;
    const der = decodeBase64((match[2] ?? '').replaceAll('\n', ''));
    if (der === undefined || !isOneDerSequence(der)) return undefined;
    verifiers.push({ kind: match[1] === 'CERTIFICATE' ? 'certificate' : 'public-key', der });
  }
  const [first, ...rest] = verifiers;
  const isChain = first?.kind === 'certificate' && rest.every(({ kind }) => kind === 'certificate');
  return rest.length === 0 || isChain ? first : undefined;
}

/** Whether the bytes are a SEQUENCE with a minimal length and nothing after it: what a certificate and a key both are. */
export function isOneDerSequence(der: Uint8Array): boolean {
  const [tag, first] = der;
  if (tag !== 0x30 || first === undefined) return false;
  if (first < 0x80) return der.byteLength === 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4 || der.byteLength < 2 + lengthBytes || der[2] === 0) return false;
  const length = der.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return length >= 0x80 && der.byteLength === 2 + lengthBytes + length;
}

/** Canonical PEM, as Rekor stores and hashes it: 64 characters a line, one line end at the end. */
export function encodePem(verifier: Verifier): string {
  requireObject(verifier, 'encodePem', 'verifier', ['kind', 'der']);
  const { kind, der } = verifier;
  const label = kind === 'certificate' ? 'CERTIFICATE' : 'PUBLIC KEY';
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
