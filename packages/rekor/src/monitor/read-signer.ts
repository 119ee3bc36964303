import { RekorError } from '../error.ts';
import { X509Certificate } from 'node:crypto';
import type { EntryVerifier } from '../entry/entry-body.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { WatchedSigner } from './watch-event.ts';

/** Names in a certificate, as far as they can be decoded. Unverified. */
export type DecodeSigner = (certificate: Uint8Array) => {
  readonly subjects: readonly string[];
  readonly issuer?: string;
};

/** The signer that an entry names, and why it can't be read. */
export interface ReadSigner {
  readonly signer: WatchedSigner;
  readonly problem?: string;
}

/** Reads the signer that an entry names. A certificate that can't be read has no names, and so is never an expected signer. */
export function readSigner({ kind, der }: EntryVerifier, decode: DecodeSigner): ReadSigner {
  const signer = { kind, fingerprint: fingerprintOf(der) };
  if (kind === 'public-key') return { signer: { ...signer, subjects: [] } };
  try {
    return { signer: { ...signer, ...decode(der) } };
  } catch (error) {
    const why = error instanceof Error ? `: ${error.message}` : '';
    return { signer: { ...signer, subjects: [] }, problem: `a certificate can’t be read${why}` };
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

/**
 * Node writes `URI:…, email:…`, and quotes as JSON what holds a comma or a quote (CVE-2021-44532). It writes no value of an unknown otherName:
 * such a name is reported as unreadable, not left out.
 */
function splitNames(text: string): readonly string[] {
  const names: string[] = [];
  const name = /([A-Za-z][A-Za-z ]*):(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:, |$)/y;
  for (let end = 0; end < text.length; end = name.lastIndex) {
    const [, , quoted, plain] = name.exec(text) ?? [];
    const value = quoted === undefined ? plain : (JSON.parse(`"${quoted}"`) as string);
    if (value === undefined || value.includes('<unsupported>'))
      throw new RekorError(
        'invalid-entry',
        'the certificate has a subject alternative name of a kind that can’t be read',
      );
    names.push(value);
  }
  return names;
}
