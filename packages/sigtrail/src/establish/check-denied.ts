import { createHash, type KeyObject } from 'node:crypto';
import { sameBytes } from '@sigtrail/encoding';
import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import { type Certificate, readCertificateData } from '../crypto/certificate.ts';
import { otherSpellings } from '../crypto/other-spelling.ts';
import { keySpellings } from '../keys/key-spellings.ts';
import type { Check } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';
import { describeTexts } from '../policy/matcher.ts';
import { matchesTextInAnyCase } from '../policy/pattern.ts';
import type { DeniedClaims, ParsedDenial, ParsedDenyList } from '../policy/deny-list.ts';

/** Everything that a signature rests on. */
export interface Signatory {
  /** The key that verified it. */
  readonly key?: KeyObject;
  /** The leaf, and the certificates of the authority that issued it. */
  readonly certificates: readonly Certificate[];
  readonly claims?: FulcioClaims;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
}

/** Is anything that the signature rests on denied? The list wins over every policy. */
export function checkDenied(
  signatory: Signatory,
  { deny, withoutChecks }: Pick<EstablishContext, 'deny' | 'withoutChecks'>,
): readonly Check[] {
  if (deny === undefined) return [];
  const record = createRecorder(withoutChecks);
  const found = deniedKey(signatory, deny) ?? deniedCertificate(signatory, deny) ?? deniedIdentity(signatory, deny);
  if (found === undefined) {
    record.pass('deny-list', 'nothing that this signature rests on is on the deny-list');
    return record.checks;
  }
  const { code, what, denial } = found;
  record.fail(
    'deny-list',
    code,
    `${what} is on the deny-list${denial.reason === undefined ? '' : `: ${denial.reason}`}`,
    {
      actual: typeof denial.what === 'string' ? denial.what : describeClaims(denial.what),
    },
  );
  return record.checks;
}

interface Found {
  readonly code: 'key-denied' | 'certificate-denied' | 'identity-denied';
  readonly what: string;
  readonly denial: ParsedDenial<string> | ParsedDenial<DeniedClaims>;
}

function deniedKey({ key, certificates }: Signatory, { keys }: ParsedDenyList): Found | undefined {
  if (keys.size === 0) return undefined;
  const all = [...(key === undefined ? [] : [key]), ...certificates.map(({ publicKey }) => publicKey)];
  const denial = all
    .flatMap(keySpellings)
    .map((name) => keys.get(name))
    .find((one) => one !== undefined);
  return denial === undefined ? undefined : { code: 'key-denied', what: 'a key of this signature', denial };
}

function deniedCertificate({ certificates }: Signatory, deny: ParsedDenyList): Found | undefined {
  for (const certificate of certificates) {
    const denial = deniedSerial(certificate, deny) ?? deniedFingerprint(certificate, deny);
    if (denial !== undefined) return { code: 'certificate-denied', what: 'a certificate of this signature', denial };
  }
  return undefined;
}

function deniedSerial(
  { serialNumber, issuer }: Certificate,
  { serialNumbers }: ParsedDenyList,
): ParsedDenial<string> | undefined {
  return serialNumbers.find(
    (denied) =>
      denied.serialNumber === serialNumber && (denied.issuer === undefined || sameBytes(denied.issuer, issuer)),
  );
}

/** Compares the bytes that the authority signed, and both spellings of the whole certificate: rewriting the signature must not defeat the list. */
function deniedFingerprint(
  certificate: Certificate,
  { certificates }: ParsedDenyList,
): ParsedDenial<string> | undefined {
  if (certificates.size === 0) return undefined;
  const spellings = [certificate.tbs, certificate.bytes, ...readCertificateData(() => otherSpellings(certificate))];
  return spellings
    .map((bytes) => certificates.get(`sha256:${createHash('sha256').update(bytes).digest('hex')}`))
    .find((denial) => denial !== undefined);
}

function deniedIdentity({ claims, subjectAlternativeNames }: Signatory, deny: ParsedDenyList): Found | undefined {
  const denial = deny.identities.find(
    ({ what }) =>
      (what.subject === undefined ||
        subjectAlternativeNames.some(({ value }) => matchesTextInAnyCase(what.subject ?? '', value))) &&
      what.claims.every(([name, matcher]) => {
        const value = claims?.[name];
        return value !== undefined && matchesTextInAnyCase(matcher, value);
      }),
  );
  return denial === undefined ? undefined : { code: 'identity-denied', what: 'the signer’s identity', denial };
}

function describeClaims({ subject, claims }: DeniedClaims): string {
  const all = [...(subject === undefined ? [] : [['subject', subject] as const]), ...claims];
  return all.map(([name, matcher]) => `${name} ${describeTexts([matcher])}`).join(', ');
}
