import { createHash } from 'node:crypto';
import { encodeHex } from '@sigtrail/encoding';

/** `sha256:` and the hexadecimal digest of bytes. */
export function fingerprintOf(bytes: Uint8Array): string {
  return `sha256:${encodeHex(createHash('sha256').update(bytes).digest())}`;
}

/** `sha256:` of the DER in a PEM block. */
export function fingerprintOfPem(pem: string): string {
  return fingerprintOf(derOfPem(pem));
}

/** The DER in a PEM block. */
export function derOfPem(pem: string): Uint8Array {
  const base64 = /-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(base64.replaceAll(/\s/g, ''), 'base64');
}
