import {
  type FulcioClaims,
  decodeClaims,
  decodeSubjectAlternativeNames,
  isClaimsError,
  type SubjectAlternativeName,
} from '@sigtrail/fulcio-claims/extensions';
import { type Certificate, findExtension, OID } from '../crypto/certificate.ts';
import type { Check } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/** Whom a certificate names. */
export interface ClaimsChecked {
  readonly claims?: FulcioClaims;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  readonly checks: readonly Check[];
}

/** Whom does the certificate name? A certificate that contradicts itself is refused. */
export async function checkClaims(
  leaf: Certificate,
  { withoutChecks }: Pick<EstablishContext, 'withoutChecks'>,
): Promise<ClaimsChecked> {
  const record = createRecorder(withoutChecks);
  const { checks } = record;
  try {
    const san = findExtension(leaf, OID.subjectAlternativeName);
    const subjectAlternativeNames = san === undefined ? [] : decodeSubjectAlternativeNames(san.value);
    const claims = decodeClaims(leaf.extensions);
    record.pass('certificate-claims', 'the certificate’s claims are well-formed');
    return { claims, subjectAlternativeNames, checks };
  } catch (error) {
    if (!isClaimsError(error)) throw error;
    record.fail('certificate-claims', 'certificate-claims-malformed', error.message);
    return { subjectAlternativeNames: [], checks };
  }
}
