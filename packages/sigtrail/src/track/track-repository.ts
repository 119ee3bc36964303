import type { LogEvidence } from '@sigtrail/rekor';
import type { ImageLocator } from '@sigtrail/triangulate';
import type { TagsOptions } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';
import { isSigtrailError, SigtrailError } from '../error.ts';
import { toSigtrailError } from '../lower-errors.ts';
import { type Deadline, withinDeadline } from '../deadline.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Problem } from '../report/report.ts';
import type { ImageTrack } from './image-track.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { deadlineError, deadlineProblem } from '../until.ts';
import { track, type TrackOptions } from './track-image.ts';
import { readReference } from '../read-reference.ts';

/** How far to look in a repository. */
export interface TrackRepositoryOptions extends TrackOptions {
  /** Which tags. Default: all except signatures, attestations and SBOMs of other images, newest name first. */
  readonly tags?: readonly string[];
  /** The maximum number of images. Default 20: each costs requests to every log. */
  readonly limit?: number;
  /** Tags to ask the registry for in one page. Default 1000; a registry may answer with fewer. */
  readonly tagPageSize?: number;
  /** Most pages of tags to read; a longer list is an error, never cut. Default 1000. */
  readonly maxTagPages?: number;
}

/** The images of a repository, and who signed them over time. Plain JSON. */
export interface RepositoryTrack {
  readonly schemaVersion: 1;
  readonly repository: string;
  readonly tracks: readonly ImageTrack[];
  readonly timeline: Timeline;
  /** Tags beyond the limit, which were not looked at. */
  readonly leftOut: readonly string[];
  /** What could not be tracked or read, for each image. Empty only if every registry and log answered. */
  readonly problems: readonly Problem[];
  /** What misbehaving logs said, for `verifyEvidence`; `problems` has each of them, too. */
  readonly alarms: readonly LogEvidence[];
}

const DEFAULT_LIMIT = 20;
// cosign's tags (`sha256-….sig`) and the fallback tags of referrers.
const NO_IMAGE = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.(?:sig|att|sbom))?$/;

/**
 * Tracks the images of a repository: one timeline for all of them, on which a new signer stands out.
 * An image that can't be tracked is a problem, and doesn't stop the others.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `timeout`, `deadline`, `invalid-reference` when the tags can't be listed
 */
export async function trackRepository(
  named: ImageLocator,
  options: TrackRepositoryOptions,
  context: EvaluationContext,
): Promise<RepositoryTrack> {
  const { tags: chosen, limit = DEFAULT_LIMIT, tagPageSize: pageSize, maxTagPages: maxPages, ...call } = options;
  if (!Number.isSafeInteger(limit) || limit <= 0)
    throw optionError('invalid-option', '"limit" must be a positive number');
  const repository = repositoryOf(named);
  const tags =
    chosen ??
    (await withinDeadline(call, context, async ({ deadline }) =>
      listTags(repository, { ...call, pageSize, maxPages }, context, deadline),
    ));
  const tracks = new Map<string, ImageTrack>();
  const problems: Problem[] = [];
  // One after the other, since each already asks every log several things at the same time.
  for (const tag of tags.slice(0, limit)) {
    try {
      const one = await track(readReference(`${repository}:${tag}`), call, context);
      tracks.set(one.digest, one);
    } catch (error) {
      if (!isSigtrailError(error)) throw error;
      problems.push({ code: error.code, message: `${repository}:${tag}: ${error.message}` });
    }
  }
  const all = [...tracks.values()];
  const leftOut = tags.slice(limit);
  const timeline = timelineOf(all, { problems, leftOut });
  return {
    schemaVersion: 1,
    repository,
    tracks: all,
    timeline,
    leftOut,
    problems: timeline.problems,
    alarms: all.flatMap(({ alarms }) => alarms),
  };
}

/** A repository has many images: naming a tag or digest is a mistake, not a state of the registry. */
function repositoryOf(named: ImageLocator): string {
  const { text } = named;
  if (named.kind === 'layout') return text;
  const { tag, digest } = named.reference;
  // `latest` is filled in if there is neither.
  if (digest === undefined && (tag === undefined || !text.endsWith(`:${tag}`))) return text;
  throw new SigtrailError('invalid-reference', `expected a repository without a tag or digest, got ${text}`);
}

async function listTags(
  repository: string,
  { signal, pageSize, maxPages }: Pick<TrackOptions, 'signal'> & Pick<TagsOptions, 'pageSize' | 'maxPages'>,
  context: EvaluationContext,
  deadline: Deadline,
): Promise<readonly string[]> {
  try {
    const tags = await context.client
      .repository(repository)
      .listTags({ timeoutMs: deadline.leftMs(), signal, pageSize, maxPages });
    return tags.filter((tag) => !NO_IMAGE.test(tag)).toReversed();
  } catch (error) {
    const { until, signal: over } = deadline;
    if (until !== undefined && over.aborted)
      throw deadlineError(deadlineProblem(until, 'the registry had listed the tags'), error);
    throw toSigtrailError(error, `could not list the tags of ${repository}`);
  }
}
