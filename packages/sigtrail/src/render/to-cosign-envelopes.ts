import type { AcceptedSignature, ImageReport } from '../report/report.ts';
import { safeText } from './safe-text.ts';

/** What `cosign verify-attestation` prints: the DSSE envelope of each accepted attestation, one a line, in the order of its format. */
export function toCosignEnvelopes(report: ImageReport): string {
  return report.signatures.map((signature) => `${safeText(JSON.stringify(envelopeOf(signature)))}\n`).join('');
}

function envelopeOf({ format, payload, payloadType, signature }: AcceptedSignature): unknown {
  return format === 'sigstore-bundle'
    ? { payload, payloadType, signatures: [{ sig: signature }] }
    : { payloadType, payload, signatures: [{ keyid: '', sig: signature }] };
}
