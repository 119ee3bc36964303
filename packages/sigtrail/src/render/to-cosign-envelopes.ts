import { requireObject } from '@sigtrail/encoding';
import type { AcceptedStatement, VerifiedAttestationsReport } from '../report/attestations-report.ts';
import { safeText } from './safe-text.ts';

/** What `cosign verify-attestation` prints: the DSSE envelope of each accepted attestation, one a line, in the order of its format. */
export function toCosignEnvelopes(report: VerifiedAttestationsReport): string {
  requireObject(report, 'toCosignEnvelopes', 'report', ['kind', 'attestations']);
  return report.attestations.map((statement) => `${safeText(JSON.stringify(envelopeOf(statement)))}\n`).join('');
}

function envelopeOf({ format, payload, payloadType, signature, through }: AcceptedStatement): unknown {
  // The signature is over the attestation manifest that lists this payload: beside the payload it would verify nothing.
  if (through !== undefined) return { payloadType, payload, signatures: [] };
  return format === 'sigstore-bundle'
    ? { payload, payloadType, signatures: [{ sig: signature }] }
    : { payloadType, payload, signatures: [{ keyid: '', sig: signature }] };
}
