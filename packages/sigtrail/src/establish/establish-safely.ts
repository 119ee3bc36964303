import { isSigtrailError } from '../error.ts';
import type { Candidate, UnreadableCandidate } from '../evidence/candidate.ts';
import { establish } from './establish.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';

/**
 * `establish`, for candidates that strangers wrote: whatever one of them makes our code throw, it is refused for it,
 * and the good signature beside it is still judged. An exception is never an acceptance.
 */
export function establishSafely(candidate: Candidate, context: EstablishContext): CandidateFacts | UnreadableCandidate {
  try {
    return establish(candidate, context);
  } catch (error) {
    const { id, format, carrier, isAttestation, manifestDigest, layerDigest } = candidate;
    const known = isSigtrailError(error) && error.code === 'invalid-certificate';
    return {
      id,
      format,
      carrier,
      isAttestation,
      ...(manifestDigest === undefined ? {} : { manifestDigest }),
      ...(layerDigest === undefined ? {} : { layerDigest }),
      unreadable: {
        code: known ? 'certificate-malformed' : 'internal-error',
        message: known
          ? error.message
          : `judging it failed: ${error instanceof Error ? error.message : 'unknown error'}`,
        status: 'failed',
      },
    };
  }
}
