import {
  type ExpectedSigner,
  monitor,
  type WatchedIdentity,
  type WatchedImage,
  type WatchRun,
  type WatchSink,
  type WatchStore,
} from '@sigtrail/rekor';
import { optionError } from '../error.ts';
import { discover } from '../discover-image.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallOptions } from '../options.ts';
import type { Problem } from '../report.ts';
import { decodeSigner } from './decode-signer.ts';
import { trackedDigests } from './image-contents.ts';
import { type LogAddress, openLogs } from './log-clients.ts';
import { registrySignatures } from './registry-signatures.ts';

/** What to watch, and how. */
export interface WatchOptions extends CallOptions {
  /** References: a tag is looked up anew in each run, so that what it names then is watched. */
  readonly images: readonly string[];
  /** People and keys to watch, whatever they sign. */
  readonly identities?: readonly WatchedIdentity[];
  /** Who may sign; without it, nobody is unexpected. Issuers count: they are read from the certificate. */
  readonly expected?: readonly ExpectedSigner[];
  /** Which logs. Default: every log of the trusted root, also those that it gets later. */
  readonly logs?: readonly LogAddress[];
  /** Read every new entry of v1 logs instead of asking their index: only for small logs. */
  readonly scan?: boolean;
  readonly store: WatchStore;
  readonly sinks: readonly WatchSink[];
}

/** One run, and what of the registry could not be read for it. */
export interface ImageWatchRun extends WatchRun {
  /** What was watched in this run. */
  readonly images: readonly WatchedImage[];
  readonly registryProblems: readonly Problem[];
}

/**
 * One run of a watcher of images: reads the registry for what the log would know them by (platforms, payloads of their signatures), then looks at the logs.
 * An image that can't be read now is a problem, and the others are watched all the same.
 */
export async function watchImagesOnce(options: WatchOptions, context: EvaluationContext): Promise<ImageWatchRun> {
  const { images: references, timeoutMs = context.timeoutMs, signal } = options;
  if (!isList(references)) throw optionError('invalid-option', '"images" must be a list of references');
  const looks = await Promise.all(references.map((reference) => watchedImages(reference, options, context)));
  const images = looks.flatMap((look) => look.images);
  const registryProblems = looks.flatMap((look) => look.problems);
  const logs = openLogs(context.trust.root, options.logs, timeoutMs);
  try {
    const watcher = monitor({
      logs: logs.map(({ rekor }) => ({ rekor, ...(options.scan === undefined ? {} : { scan: options.scan }) })),
      images,
      ...(options.identities === undefined ? {} : { identities: options.identities }),
      ...(options.expected === undefined ? {} : { expected: options.expected }),
      store: options.store,
      sinks: options.sinks,
      decodeSigner,
      now: () => context.now,
    });
    const run = await watcher.run(signal === undefined ? {} : { signal });
    const exitCode = registryProblems.length > 0 && (run.exitCode === 0 || run.exitCode === 10) ? 14 : run.exitCode;
    return { ...run, exitCode, images, registryProblems };
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}

const WANTED = ['signatures'] as const;

async function watchedImages(
  reference: string,
  options: CallOptions,
  context: EvaluationContext,
): Promise<{ readonly images: readonly WatchedImage[]; readonly problems: readonly Problem[] }> {
  const found = await discover(reference, WANTED, options, context);
  if ('problem' in found) return { images: [], problems: [found.problem] };
  const { repository, digest } = found.graph;
  const hashes = registrySignatures(found, context).flatMap(({ payload }) =>
    payload?.kind === 'simple-signing' ? payload.hashes.slice(0, 1) : [],
  );
  const platforms = trackedDigests(digest, found.image.bytes).slice(1);
  return {
    images: [
      { digest, repository, hashes: [...new Set(hashes)] },
      ...platforms.map(({ digest: platform }) => ({ digest: platform, repository })),
    ],
    problems: found.graph.locations
      .filter(({ answer }) => answer === 'unknown')
      .map(({ kind, name, code = 'unknown' }) => ({ code, message: `${kind} ${name} could not be read` })),
  };
}

/** `Array.isArray` would forget what is in the list. */
function isList(value: unknown): boolean {
  return Array.isArray(value);
}
