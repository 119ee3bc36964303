import type { Command } from 'commander';
import { isOciError } from 'oci-client-lite';
import { createVerifier, isSigtrailError } from 'sigtrail';
import { safeText } from 'sigtrail/report';
import { parseImageLocator } from 'sigtrail/triangulate';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { historyIn } from './history.ts';
import { trackingOptionsOf } from '../../options.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { type PlaceFlags, placesOf, withPlaceFlags } from '../../places.ts';
import { collect, type TrustFlags, withTrustFlags } from '../../trust-flags.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { withTraceFlag } from '../../detail-flags.ts';

interface TimelineFlags extends TrustFlags, PlaceFlags, RegistryFlags, OutputFlags {
  readonly tag?: readonly string[];
  readonly limit: string;
  readonly tagPageSize?: string;
  readonly maxTagPages?: string;
  readonly rekorUrl?: string;
  readonly rekorLog?: string;
  readonly timeout?: string;
}

/** `sigtrail rekor timeline <repository>`: who signed its images over time, and what changed. */
export function addTimeline(parent: Command, { exit, stdout, stderr, defaults }: CommandContext): void {
  withOutputFlags(withTraceFlag(withRegistryFlags(withPlaceFlags(withTrustFlags(parent.command('timeline'))))), [
    'text',
    'json',
    'html',
  ])
    .description('who signed the images of a repository over time, and what changed')
    .argument('<repository>', 'registry/repository, without a tag')
    .option('--tag <tag>', 'this tag; repeatable; default: all that are images', collect)
    .option('--limit <count>', 'at most so many images', '20')
    .option('--tag-page-size <count>', 'tags to ask the registry for in one page; default: 1000')
    .option('--max-tag-pages <count>', 'most pages of tags; a longer list is an error; default: 1000')
    .option('--rekor-url <url>', 'ask this log only; default: every log of the trusted root')
    .option('--rekor-log <url>', 'which log of the trusted root answers at --rekor-url')
    .option('-t, --timeout <duration>', 'deadline of each image, for example 30s')
    .action(async (argument: string, flags: TimelineFlags) => {
      const repository = repositoryOf(argument);
      const limit = countOf('--limit', flags.limit);
      const { tagPageSize, maxTagPages } = flags;
      const { rekorUrl: url, rekorLog: log } = flags;
      await using verifier = createVerifier(await trackingOptionsOf(flags, warnOn({ stderr }), defaults));
      const tracking = verifier.trackRepository(repository, {
        limit,
        ...(tagPageSize === undefined ? {} : { tagPageSize: countOf('--tag-page-size', tagPageSize) }),
        ...(maxTagPages === undefined ? {} : { maxTagPages: countOf('--max-tag-pages', maxTagPages) }),
        ...placesOf(flags),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
        ...(url === undefined ? {} : { logs: [{ url, ...(log === undefined ? {} : { log }) }] }),
      });
      const { timeline, problems, alarms, tracks } = await tracking.catch((error: unknown) => {
        if (isTooManyTags(error)) stderr(`${TOO_MANY_TAGS}\n`);
        throw error;
      });
      if (tracks.length + problems.length === 0) {
        // Some registries answer an empty list for a repository that they don't have.
        stderr(
          `sigtrail: ${safeText(repository)} has no tag that is an image; check the name of the repository [image-not-found]\n`,
        );
        return exit(11);
      }
      await writeResult(await historyIn(timeline, flags.output), flags, stdout);
      exit(alarms.length > 0 ? 30 : exitCodeOf(problems, tracks.length));
    });
}

const TOO_MANY_TAGS =
  '--max-tag-pages allows more pages of tags, --tag-page-size asks for more tags in each, and --tag names those that matter';

/** The client of the registry read as many pages as it may. */
function isTooManyTags(error: unknown): boolean {
  return isSigtrailError(error) && isOciError(error.cause) && error.cause.code === 'too-large';
}

/** 11: no tag that was named is there · 14: the timeline has a gap. */
function exitCodeOf(problems: readonly { readonly code: string }[], tracked: number): ExitCode {
  if (problems.length === 0) return 0;
  return tracked === 0 && problems.every(({ code }) => code === 'image-not-found') ? 11 : 14;
}

/** The argument, where it names a whole repository. */
function repositoryOf(text: string): string {
  const locator = parseImageLocator(text);
  if (locator.kind === 'layout')
    throw new UsageError(
      `expected a repository of a registry, got the layout ${text}; for the log entries of its image: sigtrail rekor track ${text}`,
    );
  const { tag = '', digest } = locator.reference;
  if (digest !== undefined)
    throw new UsageError(
      `expected a repository without a digest, got ${text}; for the log entries of one image: sigtrail rekor track ${text}`,
    );
  // `latest` is filled in where there is no tag.
  if (!text.endsWith(`:${tag}`)) return text;
  const repository = text.slice(0, -tag.length - 1);
  throw new UsageError(
    `expected a repository without a tag, got ${text}; for this tag alone: sigtrail rekor timeline ${repository} --tag ${tag}`,
  );
}

function countOf(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count <= 0) throw new UsageError(`${flag} must be a positive number`);
  return count;
}
