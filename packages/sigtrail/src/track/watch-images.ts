import type { ImageLocator } from '@sigtrail/triangulate';
import {
  type ExpectedSigner,
  monitor,
  type PlacedSignature,
  type WatchedIdentity,
  type WatchedImage,
  type WatchedPlace,
  type WatchedSigner,
  type WatchRun,
  type WatchSink,
  type WatchStore,
} from '@sigtrail/rekor';
import { type Gap, gapsOf } from '@sigtrail/triangulate';
import { digestOf } from 'oci-client-lite';
import { optionError } from '@sigtrail/encoding';
import { discover } from '../discover/discover-image.ts';
import { withinDeadline } from '../deadline.ts';
import type { CallContext, EvaluationContext } from '../evaluation-context.ts';
import type { CallOptions } from '../options.ts';
import type { Problem } from '../report/report.ts';
import { decodeSigner } from './decode-signer.ts';
import { trackedDigests } from './image-contents.ts';
import { type LogAddress, openLogs } from './log-clients.ts';
import { type RegistrySignature, registrySignatures } from './registry-signatures.ts';
import { readReference } from '../read-reference.ts';

/** What to watch, and how. */
export interface WatchOptions extends CallOptions {
  /** References. A tag is resolved anew in each run, and the image that it names by then is watched. */
  readonly images: readonly string[];
  /** People and keys to watch, whatever they sign. */
  readonly identities?: readonly WatchedIdentity[];
  /** Who may sign; without it, no signer is unexpected. Issuers count, too: they are read from the certificate. */
  readonly expected?: readonly ExpectedSigner[];
  /** Which logs. Default: every log of the trusted root, including logs that it gets later. */
  readonly logs?: readonly LogAddress[];
  /** Read every new entry of v1 logs instead of asking their index: only for small logs. */
  readonly scan?: boolean;
  /**
   * Where the first scan of a log begins: a global index, or `now` (the default). Only for logs that are scanned, and only until the store
   * remembers how far they were read. An index belongs to a single log, so name that log in `logs`.
   */
  readonly from?: 'now' | number;
  readonly store: WatchStore;
  readonly sinks: readonly WatchSink[];
}

/** The result of a run, and what could not be read from the registry. */
export interface ImageWatchRun extends WatchRun {
  /** What was watched in this run. */
  readonly images: readonly WatchedImage[];
  readonly registryProblems: readonly Problem[];
}

/**
 * Runs a watcher of images once: reads the registry for what the logs would know the images by (platforms, payloads of their signatures), and for signatures
 * that have disappeared since an earlier run, then looks at the logs.
 * An unreadable image is a problem, and doesn't stop the others.
 */
export async function watchImagesOnce(options: WatchOptions, context: EvaluationContext): Promise<ImageWatchRun> {
  const { images: references, timeoutMs = context.timeoutMs, signal } = options;
  if (!isList(references)) throw optionError('invalid-option', '"images" must be a list of references');
  const located = references.map(readReference);
  const looks = await withinDeadline(options, context, async (call) =>
    Promise.all(located.map((reference) => watchedImages(reference, options, call))),
  );
  const images = looks.flatMap((look) => look.images);
  const places = looks.flatMap((look) => look.places);
  const registryProblems = looks.flatMap((look) => look.problems);
  const logs = openLogs(context.trust.root, options.logs, timeoutMs);
  try {
    const watcher = monitor({
      logs: logs.map(({ rekor, startedAt }) => ({
        rekor,
        startedAt,
        ...(options.scan === undefined ? {} : { scan: options.scan }),
        ...(options.from === undefined ? {} : { from: options.from }),
      })),
      images,
      ...(options.identities === undefined ? {} : { identities: options.identities }),
      ...(options.expected === undefined ? {} : { expected: options.expected }),
      store: options.store,
      sinks: options.sinks,
      decodeSigner,
      now: () => context.now,
    });
    const run = await watcher.run({ places, ...(signal === undefined ? {} : { signal }) });
    const exitCode = registryProblems.length > 0 && (run.exitCode === 0 || run.exitCode === 10) ? 14 : run.exitCode;
    return { ...run, exitCode, images, registryProblems };
  } catch (error) {
    // An aborted run has released its state by now.
    signal?.throwIfAborted();
    throw error;
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}

const WANTED = ['signatures'] as const;

interface Look {
  readonly images: readonly WatchedImage[];
  readonly places: readonly WatchedPlace[];
  readonly problems: readonly Problem[];
}

async function watchedImages(reference: ImageLocator, options: CallOptions, context: CallContext): Promise<Look> {
  const found = await discover(reference, WANTED, options, context);
  if ('problem' in found) return { images: [], places: [], problems: [found.problem] };
  const { repository, digest } = found.graph;
  const signatures = await registrySignatures(found, context);
  const hashes = signatures.flatMap(({ payload }) =>
    payload?.kind === 'simple-signing' ? payload.hashes.slice(0, 1) : [],
  );
  const gaps = gapsOf(found.graph);
  const platforms = trackedDigests(found.image).slice(1);
  return {
    images: [
      { digest, repository, hashes: [...new Set(hashes)] },
      ...platforms.map(({ digest: platform }) => ({ digest: platform, repository })),
    ],
    places: [
      {
        // A repository elsewhere is a different place: switching to it must not look as if signatures had disappeared.
        name: `${repository}@${digest}${options.repositories === undefined ? '' : ` in ${options.repositories}`}`,
        // Nothing counts as gone while a place that may still hold it could not be read.
        isComplete: gaps.length === 0 && !signatures.some(({ isUnread }) => isUnread),
        signatures: signatures.flatMap(placedSignature),
      },
    ],
    problems: gaps.map(problemOf),
  };
}

function problemOf(gap: Gap): Problem {
  if (gap.kind === 'find')
    return { code: gap.find.unread?.code ?? 'unknown', message: `${gap.find.id} could not be read` };
  const { kind, name, code = 'unknown' } = gap.location;
  return { code, message: `${kind} ${name} could not be read` };
}

/** A signature by its own bytes: if it moved to a different layer or into a bundle, it is not gone. */
function placedSignature({
  signature,
  isAttestation,
  format,
  certificate,
  carried,
}: RegistrySignature): readonly PlacedSignature[] {
  if (signature === undefined || isAttestation) return [];
  return [
    {
      id: digestOf(signature),
      format,
      ...(certificate === undefined ? {} : { signer: signerOf(certificate) }),
      entries: carried.map(({ uuid, logIndex }) => ({ uuid, logIndex })),
    },
  ];
}

/** An unreadable certificate has no names; its fingerprint still identifies it. */
function signerOf(certificate: Uint8Array): WatchedSigner {
  const signer = { kind: 'certificate', fingerprint: digestOf(certificate) } as const;
  try {
    return { ...signer, ...decodeSigner(certificate) };
  } catch {
    return { ...signer, subjects: [] };
  }
}

/** `Array.isArray` would lose the type of the elements. */
function isList(value: unknown): boolean {
  return Array.isArray(value);
}
