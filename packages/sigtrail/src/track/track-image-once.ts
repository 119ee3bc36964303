import type { VerifierOptions } from '../options.ts';
import { TRACK_KEYS } from '../parse-call-options.ts';
import { withVerifier } from '../with-verifier.ts';
import type { ImageTrack } from './image-track.ts';
import type { TrackOptions } from './track-image.ts';

/** Options of `trackImage`: those of a verifier and those of a track. */
export type TrackImageOptions = VerifierOptions & TrackOptions;

/**
 * Who signed this image, ever, as far as it is on record? Registry and logs side by side: every entry proven, every signer read, what only one side knows,
 * and what nobody can know.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `invalid-reference`; TypeError `unknown-log` for a log that the trusted root does not have
 * @example
 * const track = await trackImage('ghcr.io/acme/app:1.4');
 * track.reconciliation.loggedNotInRegistry; // signed once, and the signature is not in the registry now
 */
export async function trackImage(reference: string, options: TrackImageOptions = {}): Promise<ImageTrack> {
  return withVerifier(options, TRACK_KEYS, (verifier, call: TrackOptions) => verifier.track(reference, call));
}
