import { checkOptions, expecting, requireObject } from '@sigtrail/encoding';
import type { Location } from '@sigtrail/triangulate/names';
import type { ImageInspection, InspectedCandidate } from '../report/inspection.ts';
import {
  cacheLines,
  evidenceLines,
  otherLines,
  signerLines,
  snapshotLines,
  throughLines,
  unverifiedLines,
} from './candidate-lines.ts';
import { faultsOf } from './nearest.ts';
import { safeText } from './safe-text.ts';
import { checkToText, describeTrust } from './to-text.ts';

/**
 * Who signed this, for people: proven or not is said for each. With `verbose`, also every check and every place that was read.
 *
 * @throws TypeError `invalid-option`
 */
export function inspectionToText(inspection: ImageInspection, options: { readonly verbose?: boolean } = {}): string {
  requireObject(inspection, 'inspectionToText', 'inspection', ['reference', 'candidates']);
  checkOptions(options, OPTIONS, 'inspectionToText');
  const { verbose = false } = options;
  const { reference, trust, candidates, otherSignatures, attachments, locations } = inspection;
  const isEmpty = candidates.length === 0;
  const unread = locations.filter(({ answer }) => answer === 'unknown');
  const lines = [
    safeText(reference),
    `  trust      ${describeTrust(trust)}`,
    ...(isEmpty ? [`  ${nothingOf(otherSignatures)} was found`] : []),
    ...otherLines(otherSignatures),
    ...attachmentLines(attachments),
    ...candidates.flatMap((candidate) => candidateLines(candidate, verbose)),
    ...(isEmpty ? cacheLines(locations) : []),
    ...(verbose ? ['  looked at', ...locations.map(placeLine)] : unread.map(placeLine)),
  ];
  return `${lines.map(safeText).join('\n')}\n`;
}

const OPTIONS = { verbose: expecting('true or false', (value) => typeof value === 'boolean') };

function nothingOf(others: ImageInspection['otherSignatures']): string {
  return others === undefined
    ? 'nothing that is a signature or attestation'
    : 'no signature or attestation of a kind that is verified here';
}

function candidateLines(candidate: InspectedCandidate, verbose: boolean): readonly string[] {
  const { format, proven, isAttestation, signer, log, times, missing, checks } = candidate;
  const shown = verbose ? checks : faultsOf(candidate);
  return [
    `  ${format} ${proven ? 'proven' : '*unverified*'}${isAttestation ? ' (attestation)' : ''}`,
    ...(proven && signer !== undefined ? signerLines(signer) : unverifiedLines(candidate)),
    ...throughLines(candidate),
    ...evidenceLines(log, times),
    ...missing.map(({ code, message }) => `    missing    ${code}: ${safeText(message)}`),
    ...snapshotLines(candidate),
    ...shown.map((check) => `    ${checkToText(check)}`),
  ];
}

/** A place that could not be read says why: it may have held a signature. */
function placeLine({ kind, name, answer, code, message }: Location): string {
  const why = code === undefined ? '' : `: ${safeText(message ?? '')} [${code}]`;
  return `  ${answer.padEnd(10)} ${kind} ${safeText(name)}${why}`;
}

function attachmentLines(attachments: ImageInspection['attachments']): readonly string[] {
  return attachments.map(({ kind, digest, artifactType, predicateType }) => {
    const types = [artifactType, predicateType].filter((type) => type !== undefined);
    return `  attached   ${kind}${types.length === 0 ? '' : ` (${safeText(types.join(', '))})`} ${safeText(digest)}`;
  });
}
