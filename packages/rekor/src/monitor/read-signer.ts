import { X509Certificate } from 'node:crypto';
import type { EntryVerifier } from '../entry/entry-body.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { WatchedSigner } from './watch-event.ts';

/** Names in a certificate, as far as somebody can decode them. Unverified. */
export type DecodeSigner = (certificate: Uint8Array) => {
  readonly subjects: readonly string[];
  readonly issuer?: string;
};

/** Who an entry says signed. A certificate that can't be read has no names, and so is nobody who is expected. */
export function readSigner({ kind, der }: EntryVerifier, decode: DecodeSigner): WatchedSigner {
  const signer = { kind, fingerprint: fingerprintOf(der) };
  if (kind === 'public-key') return { ...signer, subjects: [] };
  try {
    return { ...signer, ...decode(der) };
  } catch {
    return { ...signer, subjects: [] };
  }
}

/**
 * Subject alternative names by Node's own X.509 reader. It does not know the issuer extension of Fulcio: give a decoder of your own
 * (`@sigtrail/fulcio-claims` has one) where issuers count.
 */
export const decodeByNode: DecodeSigner = (certificate) => {
  const text = new X509Certificate(certificate).subjectAltName ?? '';
  return { subjects: splitNames(text) };
};

/** Node writes `URI:…, email:…`, and quotes as JSON what holds a comma or a quote (CVE-2021-44532). */
function splitNames(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|, )(?:URI|email|DNS|othername):(?:"((?:[^"\\]|\\.)*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => (quoted === undefined ? (plain ?? '') : (JSON.parse(`"${quoted}"`) as string)),
  );
}
