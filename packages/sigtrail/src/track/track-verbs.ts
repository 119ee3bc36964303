import type { VerifierOptions } from '../options.ts';
import { parseRepositoryOptions, parseTrackOptions, parseWatchOptions, TRACK_KEYS } from '../parse-call-options.ts';
import type { Session } from '../session.ts';
import { withSession } from '../with-session.ts';
import type { ImageTrack } from './image-track.ts';
import type { TrackOptions } from './track-image.ts';
import type { RepositoryTrack, TrackRepositoryOptions } from './track-repository.ts';
import type { ImageWatchRun, WatchOptions } from './watch-images.ts';

/** Options of `trackImage`: those of a verifier and those of a track. */
export type TrackImageOptions = VerifierOptions & TrackOptions;

/**
 * Who signed this image, ever, as far as it is on record? Registry and logs side by side: every entry proven, every signer read, what only one side has,
 * and what these sources can't tell.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `invalid-reference`; TypeError `unknown-log` for a log that the trusted root does not have
 * @example
 * const track = await trackImage('ghcr.io/acme/app:1.4');
 * track.reconciliation.loggedNotInRegistry; // signed once, and the signature is not in the registry now
 */
export async function trackImage(reference: string, options: TrackImageOptions = {}): Promise<ImageTrack> {
  return withSession(options, TRACK_KEYS, async (session, call: TrackOptions) => trackIn(session, reference, call));
}

/** `trackImage` in a session that is open already. @throws what `trackImage` throws */
export async function trackIn(session: Session, reference: string, options: TrackOptions = {}): Promise<ImageTrack> {
  return session.answer(parseTrackOptions(options), async (question) => {
    const { readReference } = await import('../read-reference.ts');
    const image = readReference(reference);
    const [{ track }, { call, context }] = await Promise.all([import('./track-image.ts'), question.prepareTrusted()]);
    return track(image, call, context);
  });
}

/** The images of a repository, on one timeline. @throws SigtrailError `registry`, `invalid-reference` */
export async function trackRepositoryIn(
  session: Session,
  repository: string,
  options: TrackRepositoryOptions = {},
): Promise<RepositoryTrack> {
  return session.answer(parseRepositoryOptions(options), async (question) => {
    const { readReference } = await import('../read-reference.ts');
    const named = readReference(repository);
    const [{ trackRepository }, { call, context }] = await Promise.all([
      import('./track-repository.ts'),
      question.prepareTrusted(),
    ]);
    return trackRepository(named, call, context);
  });
}

/** One run of a watcher. @throws RekorError `state-locked`, `invalid-state` */
export async function watchIn(session: Session, options: WatchOptions): Promise<ImageWatchRun> {
  return session.answer(parseWatchOptions(options), async (question) => {
    const [{ watchImagesOnce }, { call, context }] = await Promise.all([
      import('./watch-images.ts'),
      question.prepareTrusted(),
    ]);
    return watchImagesOnce(call, context);
  });
}
