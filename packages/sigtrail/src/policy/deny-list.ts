import { type KeyObject, X509Certificate } from 'node:crypto';
import { claimNames } from '@sigtrail/fulcio-claims/names';
import type { PemOrDer } from '../trust/trust-parts.ts';
import { optionError } from '@sigtrail/encoding';
import { type KeyInput, parseKey } from '../keys/parse-key.ts';
import type { TextMatcher } from './matcher.ts';
import { assertKeys, parseText } from './parse-options.ts';
import type { ClaimName } from './policy.ts';

/**
 * A key that no signature may use, whether a policy names it, a certificate holds it, or an authority uses it. The numbers of the key are denied, however they are
 * written: a fingerprint (SHA-256 of the SPKI) may be of any usual encoding, with an RSA key as RSASSA-PSS or plain, a point compressed or not.
 */
export type DeniedKey = ({ readonly key: KeyInput } | { readonly fingerprint: string }) & { readonly reason?: string };

/** A certificate that no signature may rest on: the signer's, or one of its authority. */
export type DeniedCertificate = (
  | {
      /**
       * SHA-256 of its DER, or of the part of it that the authority signed (TBSCertificate): `sha256:` and hex, or hex as openssl prints
       * it, with colons. Both spellings of an ECDSA signature are denied.
       */
      readonly fingerprint: string;
    }
  | {
      /** Hex, as openssl prints it. */
      readonly serialNumber: string;
      /**
       * The certificate of the authority that gave this serial number: PEM or DER. Only its name counts, so that a renewed certificate denies the same. Without it,
       * the number is denied for every authority.
       */
      readonly issuer?: PemOrDer;
    }
) & { readonly reason?: string };

/** An identity that may not sign; a certificate that matches every field here is denied, in any letter case. */
export type DeniedIdentity = {
  readonly issuer?: TextMatcher;
  readonly subject?: TextMatcher;
  readonly reason?: string;
} & {
  readonly [Name in ClaimName]?: TextMatcher;
};

/**
 * What must no longer be accepted, whatever a policy says. Write it first when a key, a certificate or a workflow was
 * stolen, before you have found every policy that names it.
 *
 * @example
 * createVerifier({ deny: { identities: [{ sourceRepositoryUri: 'https://github.com/acme/app', reason: 'INC-7' }] } });
 */
export interface DenyList {
  readonly keys?: readonly DeniedKey[];
  readonly certificates?: readonly DeniedCertificate[];
  readonly identities?: readonly DeniedIdentity[];
}

/** An entry, checked once at the edge. Reports show `reason`. */
export interface ParsedDenial<T> {
  readonly what: T;
  readonly reason?: string;
}

/**
 * A deny-list, checked at the edge and copied. The first question parses it (`read-deny-list.ts`), since the readers of certificates and of
 * keys' spellings would be a fifth of what loads with the package.
 */
export interface CheckedDenyList {
  /** Keys, and fingerprints of keys. */
  readonly keys: readonly ParsedDenial<KeyObject | string>[];
  /** Fingerprints. */
  readonly certificates: readonly ParsedDenial<string>[];
  readonly serialNumbers: readonly CheckedSerial[];
  readonly identities: readonly ParsedDenial<DeniedClaims>[];
}

/** A serial number; `path` is where the list names its authority. */
export interface CheckedSerial extends ParsedDenial<bigint> {
  readonly issuer?: PemOrDer;
  readonly path: string;
}

/** A deny-list, ready for comparison. */
export interface ParsedDenyList {
  /** By the fingerprint of each SPKI in which the key can be written. */
  readonly keys: ReadonlyMap<string, ParsedDenial<string>>;
  /** By the fingerprint of the DER, or of the TBSCertificate. */
  readonly certificates: ReadonlyMap<string, ParsedDenial<string>>;
  readonly serialNumbers: readonly DeniedSerial[];
  readonly identities: readonly ParsedDenial<DeniedClaims>[];
}

/** A serial number of the authority with this name (DER), or of every authority. */
export interface DeniedSerial extends ParsedDenial<string> {
  readonly serialNumber: bigint;
  readonly issuer?: Uint8Array;
}

/** The conditions of a denied identity; a certificate must meet all of them. */
export interface DeniedClaims {
  readonly subject?: TextMatcher;
  readonly claims: readonly (readonly ['issuer' | ClaimName, TextMatcher])[];
}

const CLAIMS: readonly string[] = Object.values(claimNames);

/**
 * Checks a deny-list: a misspelt entry would deny nothing.
 *
 * @throws TypeError with `code`: `unknown-option`, `invalid-option`, `invalid-key`
 */
export function checkDenyList(list: DenyList): CheckedDenyList {
  assertKeys(list, ['keys', 'certificates', 'identities'], 'deny');
  const keys = entriesOf(list.keys, 'deny.keys', ['key', 'fingerprint']).map(({ fields, path, reason }) => {
    const value =
      'key' in fields
        ? parseKey(fields['key'], `${path}.key`)
        : parseFingerprint(fields['fingerprint'], `${path}.fingerprint`);
    return { what: value, ...reason };
  });
  const certificates = entriesOf(list.certificates, 'deny.certificates', ['fingerprint', 'serialNumber'], ['issuer']);
  for (const { fields, path } of certificates)
    if ('issuer' in fields && !('serialNumber' in fields))
      throw optionError(
        'invalid-option',
        `"${path}.issuer" belongs to a serial number; a fingerprint names one certificate`,
      );
  return {
    keys,
    certificates: certificates
      .filter(({ fields }) => 'fingerprint' in fields)
      .map(({ fields, path, reason }) => ({
        what: parseFingerprint(fields['fingerprint'], `${path}.fingerprint`),
        ...reason,
      })),
    serialNumbers: certificates
      .filter(({ fields }) => 'serialNumber' in fields)
      .map(({ fields, path, reason }) => {
        const { issuer } = fields;
        return {
          what: parseSerial(fields['serialNumber'], `${path}.serialNumber`),
          ...(issuer === undefined ? {} : { issuer: checkIssuer(issuer, `${path}.issuer`) }),
          path: `${path}.issuer`,
          ...reason,
        };
      }),
    identities: entriesOf(list.identities, 'deny.identities').map(({ fields, path, reason }) => ({
      what: parseClaims(fields, path),
      ...reason,
    })),
  };
}

interface Entry {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly reason: { readonly reason?: string };
}

function entriesOf(
  list: unknown,
  path: string,
  oneOf?: readonly string[],
  beside: readonly string[] = [],
): readonly Entry[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw optionError('invalid-option', `"${path}" must be a list`);
  return list.map((entry: unknown, index) => {
    const place = `${path}[${index}]`;
    assertKeys(entry, [...(oneOf ?? ['subject', ...CLAIMS]), ...beside, 'reason'], place);
    const fields = entry as Readonly<Record<string, unknown>>;
    const { reason } = fields;
    if (reason !== undefined && typeof reason !== 'string')
      throw optionError('invalid-option', `"${place}.reason" must be a string`);
    if (oneOf !== undefined && oneOf.filter((name) => name in fields).length !== 1)
      throw optionError('invalid-option', `"${place}" must have exactly one of ${oneOf.join(' and ')}`);
    return { fields, path: place, reason: reason === undefined ? {} : { reason } };
  });
}

function parseClaims(fields: Readonly<Record<string, unknown>>, path: string): DeniedClaims {
  const conditions = Object.entries(fields).filter(([name]) => name !== 'reason');
  // An entry without conditions would deny everyone, which is almost always a mistake.
  if (conditions.length === 0) throw optionError('invalid-option', `"${path}" must say whom it denies`);
  const subject = fields['subject'];
  return {
    ...(subject === undefined ? {} : { subject: parseText(subject, `${path}.subject`) }),
    claims: conditions
      .filter(([name]) => name !== 'subject')
      .map(([name, value]) => [name as 'issuer' | ClaimName, parseText(value, `${path}.${name}`)] as const),
  };
}

function parseFingerprint(value: unknown, path: string): string {
  const hex =
    typeof value === 'string'
      ? value
          .replace(/^sha256:/i, '')
          .replaceAll(':', '')
          .toLowerCase()
      : '';
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw optionError('invalid-option', `"${path}" must be a SHA-256 fingerprint: "sha256:" and 64 hexadecimal digits`);
  return `sha256:${hex}`;
}

function parseSerial(value: unknown, path: string): bigint {
  const hex = typeof value === 'string' ? value.replace(/^0x/i, '').replaceAll(':', '') : '';
  if (!/^[0-9a-f]{1,64}$/i.test(hex)) throw optionError('invalid-option', `"${path}" must be hexadecimal digits`);
  return BigInt(`0x${hex}`);
}

/** A single certificate, as far as Node can tell; the strict reader of `read-deny-list.ts` has the last word. */
function checkIssuer(value: unknown, path: string): PemOrDer {
  if (value instanceof Uint8Array && isCertificate(value)) return Uint8Array.from(value);
  if (typeof value === 'string' && value.split('-----BEGIN ').length === 2 && isCertificate(value)) return value;
  throw notAnIssuer(path);
}

function isCertificate(value: PemOrDer): boolean {
  try {
    return new X509Certificate(value).raw.byteLength > 0;
  } catch {
    return false; // Node can't read it
  }
}

/** The error for a value that names no authority. */
export function notAnIssuer(path: string): TypeError {
  return optionError('invalid-option', `"${path}" must be one certificate, as PEM text or DER bytes`);
}
