import { decodePemCertificates, parseCertificate } from '../crypto/certificate.ts';
import { isSigtrailError } from '../error.ts';
import { keyMaterial } from '../keys/key-spellings.ts';
import type { PemOrDer } from '../trust/trust-parts.ts';
import { checkDenyList, type CheckedDenyList, type DenyList, notAnIssuer, type ParsedDenyList } from './deny-list.ts';

/** Checks a deny-list and parses it. @throws TypeError with `code`: `unknown-option`, `invalid-option`, `invalid-key` */
export function parseDenyList(list: DenyList): ParsedDenyList {
  return readDenyList(checkDenyList(list));
}

/**
 * Parses a checked deny-list.
 *
 * @throws TypeError `invalid-option` if the strict reader refuses the certificate of an authority
 */
export function readDenyList({ keys, certificates, serialNumbers, identities }: CheckedDenyList): ParsedDenyList {
  return {
    keys: new Map(
      keys.map(({ what, ...reason }) => {
        const value = typeof what === 'string' ? what : keyMaterial(what);
        return [value, { what: value, ...reason }];
      }),
    ),
    certificates: new Map(certificates.map((denial) => [denial.what, denial])),
    serialNumbers: serialNumbers.map(({ what, issuer, path, ...reason }) => ({
      serialNumber: what,
      ...(issuer === undefined ? {} : { issuer: nameOf(issuer, path) }),
      what: what.toString(16),
      ...reason,
    })),
    identities,
  };
}

function nameOf(issuer: PemOrDer, path: string): Uint8Array {
  try {
    const [der, ...others] = typeof issuer === 'string' ? decodePemCertificates(issuer) : [issuer];
    if (der !== undefined && others.length === 0) return parseCertificate(der).subject;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
  }
  throw notAnIssuer(path);
}
