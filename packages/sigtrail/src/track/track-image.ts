import { counted } from '@sigtrail/encoding';
import { digestBytes, type Needle, type Rekor } from '@sigtrail/rekor';
import type { ImageLocator, Triangulated } from '@sigtrail/triangulate';
import { discover, unresolvedError } from '../discover/discover-image.ts';
import { unreadFinds, unreadPlaces } from '../discover/unread-places.ts';
import { withinDeadline } from '../deadline.ts';
import type { CallContext, EvaluationContext } from '../evaluation-context.ts';
import type { CallOptions } from '../options.ts';
import type { Problem } from '../report/report.ts';
import { askLog, type Hit, type LogAnswer } from './ask-log.ts';
import { candidatePayloads } from './candidate-payloads.ts';
import { trackedDigests } from './image-contents.ts';
import type { ImageTrack, TrackedDigest, TrackSource } from './image-track.ts';
import { type KnownPayload, manifestPayload } from './known-payload.ts';
import { type AskableLog, type LogAddress, openLogs } from './log-clients.ts';
import { namedQuestions, planQuestions, questionsOf } from './questions.ts';
import { reconcile, trackedSignatures } from './reconcile.ts';
import { type RegistrySignature, registrySignatures } from './registry-signatures.ts';
import { trackedEntries } from './tracked-entries.ts';
import { locatorOf } from '../read-reference.ts';

/** How far to look. */
export interface TrackOptions extends CallOptions {
  /** Which logs to ask. Default: every log of the trusted root. */
  readonly logs?: readonly LogAddress[];
  /** Rekor v2 has no index: how many of its newest entries to read. Default 0. */
  readonly scanEntries?: number;
  /** Whether to include the platforms of an index. Default true. */
  readonly platforms?: boolean;
}

/**
 * Combines registry and logs: who ever signed this image, as far as it is on record.
 *
 * The registry is read once (the image and its platforms at the same time). Then every log is asked everything at once, and the entries that its index
 * led to are fetched: two steps more than discovery.
 *
 * @throws SigtrailError `image-not-found`, `registry`, `invalid-reference`
 */
export async function track(
  reference: ImageLocator,
  options: TrackOptions,
  context: EvaluationContext,
): Promise<ImageTrack> {
  return withinDeadline(options, context, async (call) => trackWithin(reference, options, call));
}

async function trackWithin(reference: ImageLocator, options: TrackOptions, context: CallContext): Promise<ImageTrack> {
  const { signal, timeoutMs = context.timeoutMs } = options;
  const logs = openLogs(context.trust.root, options.logs, timeoutMs);
  try {
    // The kind of a log and its trees don't depend on the image, so they are requested while the registry is read.
    for (const { rekor } of logs) warmUp(rekor, signal);
    const discoveries = await discoverAll(reference, options, context);
    return await trackFound(reference, discoveries, logs, options, context);
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}

function warmUp(rekor: Rekor, signal: AbortSignal | undefined): void {
  // The questions that need the answer report a failure.
  rekor.logInfo(signal === undefined ? {} : { signal }).catch(() => undefined);
}

interface Looks {
  readonly image: Triangulated;
  readonly digests: readonly TrackedDigest[];
  readonly all: readonly Triangulated[];
  readonly problems: readonly Problem[];
}

const WANTED = ['signatures', 'attestations'] as const;

async function discoverAll(reference: ImageLocator, options: TrackOptions, context: CallContext): Promise<Looks> {
  const image = await discover(reference, WANTED, options, context);
  if ('problem' in image) throw unresolvedError(image);
  const all = trackedDigests(image.image);
  const digests = options.platforms === false ? all.slice(0, 1) : all;
  const platforms = await Promise.all(
    digests
      .slice(1)
      .map(({ digest }) =>
        discover(locatorOf({ repository: image.graph.repository, digest }), WANTED, options, context),
      ),
  );
  const problems = platforms.flatMap((look) => ('problem' in look ? [look.problem] : []));
  return { image, digests, all: [image, ...platforms.flatMap((look) => ('problem' in look ? [] : [look]))], problems };
}

async function trackFound(
  reference: ImageLocator,
  { image, digests, all, problems }: Looks,
  logs: readonly AskableLog[],
  options: TrackOptions,
  context: CallContext,
): Promise<ImageTrack> {
  const { graph } = image;
  const signatures = (await Promise.all(all.map(async (found) => registrySignatures(found, context)))).flat();
  const tracked = digests.map(({ digest }) => digest);
  const payloads = payloadsOf(all, signatures, tracked, graph.repository);
  const questions = planQuestions(digests, signatures, graph.repository);
  const answers = await Promise.all(
    logs.map(({ rekor, logIds }) =>
      askLog(
        rekor,
        {
          hashes: questions.hashes,
          entries: [...namedQuestions(signatures, logIds), ...questions.proposed],
          scan: {
            entries: options.scanEntries ?? 0,
            hashes: new Set(payloads.flatMap((payload) => payload.hashes)),
            needles: tracked.map((digest) => needleOf(digest, payloads)),
          },
        },
        options.signal,
      ),
    ),
  );
  const hits: readonly Hit[] = answers.flatMap((answer) => answer.hits);
  const now = context.now;
  const entries = await trackedEntries(hits, {
    trust: context.trust.root,
    now,
    verifier: context.signatures,
    tracked,
    payloads,
    signatures,
  });
  const unread = [
    ...problems,
    ...all.flatMap((found) => [...unreadPlaces(found.graph.locations), ...unreadFinds(found.graph.finds)]),
  ];
  const registry = registrySource(graph.repository, all, unread);
  const reach = { registryComplete: registry.answer === 'answered', sources: sourcesOf(registry, answers) };
  const judged = trackedSignatures(signatures, entries, reach);
  return {
    schemaVersion: 1,
    requested: reference.text,
    reference: graph.pinned,
    repository: graph.repository,
    digest: graph.digest,
    mediaType: graph.mediaType,
    digests,
    questions: questionsOf(questions, signatures),
    entries,
    signatures: judged,
    reconciliation: reconcile(judged, entries, reach),
    sources: reach.sources,
    limits: limitsOf(answers, logs.length),
    problems: [
      ...unread,
      ...(logs.length === 0 && options.logs === undefined ? [NO_LOG] : []),
      ...answers.flatMap((answer) => answer.problems),
    ],
    alarms: answers.flatMap((answer) => answer.alarms),
    locations: all.flatMap((found) => found.graph.locations),
    transcript: all.flatMap((found) => found.graph.transcript),
    trust: { ...context.trust.source },
    evaluatedAt: now.toISOString(),
  };
}

/** The payloads that entries can be recognised by: the registry's content, the manifests themselves, and what cosign would sign. */
function payloadsOf(
  all: readonly Triangulated[],
  signatures: readonly RegistrySignature[],
  tracked: readonly string[],
  repository: string,
): readonly KnownPayload[] {
  return [
    ...signatures.flatMap(({ payload }) => (payload === undefined ? [] : [payload])),
    ...all.map((found) => manifestPayload(found.image.bytes)),
    ...tracked.flatMap((digest) => candidatePayloads(digest, repository)),
  ];
}

/** All digests by which a log would know one of an image's manifests. */
function needleOf(digest: string, payloads: readonly KnownPayload[]): Needle {
  const own = payloads.filter(({ subjects }) => subjects.includes(digest));
  return { name: digest, bytes: [digest, ...own.flatMap(({ hashes }) => hashes)].map(digestBytes) };
}

const NO_LOG: Problem = {
  code: 'no-log',
  message: 'no log was asked: the trusted root has no log with an address; name a log with its address',
};

function registrySource(repository: string, all: readonly Triangulated[], unread: readonly Problem[]): TrackSource {
  const places = all.flatMap(({ graph }) => graph.locations).length;
  const covers = `${counted(places, 'place')} of ${counted(all.length, 'digest')}`;
  return { source: 'registry', where: repository, answer: unread.length === 0 ? 'answered' : 'partly', covers };
}

function sourcesOf(registry: TrackSource, answers: readonly LogAnswer[]): readonly TrackSource[] {
  return [registry, ...answers.flatMap(({ sources }) => sources)];
}

function limitsOf(answers: readonly LogAnswer[], logCount: number): readonly string[] {
  const sources = answers.flatMap((answer) => answer.sources);
  const has = (source: TrackSource['source']): boolean => sources.some((one) => one.source === source);
  return [
    ...(logCount === 0 ? ['No log was asked.'] : []),
    ...(has('index')
      ? [
          'The index of a Rekor v1 log is not part of the log: it may leave out entries without a trace.',
          'A classic signature with annotations, or for another repository name, is in the log under a digest that can’t be guessed: only its signature in the registry leads to it.',
        ]
      : []),
    ...(has('scan')
      ? [
          'A Rekor v2 log has no index: entries outside the scanned range are found only through the signatures in the registry.',
        ]
      : []),
    'A signature that was never logged, or is in a log that the trusted root does not have, leaves no trace here.',
  ];
}
