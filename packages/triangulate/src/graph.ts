import { optionError, requireList, requireObject, requireText } from '@sigtrail/encoding';
import type { Digest } from 'oci-client-lite/names';
import type { Wanted } from './options.ts';
import { signatureKinds, wantedKinds } from './search.ts';
import type { Find, Location, TranscriptStep, Triangulation } from './triangulation.ts';

/** What is attached to a manifest of the graph. */
export function findsOf(graph: Pick<Triangulation, 'finds'>, digest: Digest): readonly Find[] {
  requireObject(graph, 'findsOf', 'graph', ['finds']);
  requireText(digest, 'findsOf', 'digest');
  const { finds } = graph;
  return finds.filter(({ signs }) => signs === digest);
}

/** Something that may exist but could not be seen. */
export type Gap =
  | { readonly kind: 'location'; readonly location: Location }
  | { readonly kind: 'find'; readonly find: Find };

/** Everything that could not be read: places, and finds of a wanted kind (or of any kind). */
export function gapsOf(graph: Pick<Triangulation, 'finds' | 'locations' | 'want'>): readonly Gap[] {
  requireObject(graph, 'gapsOf', 'graph', ['finds', 'locations', 'want']);
  const { finds, locations, want } = graph;
  const kinds = wantedKinds(want);
  return [
    ...locations.filter(({ answer }) => answer === 'unknown').map((location): Gap => ({ kind: 'location', location })),
    ...finds
      .filter(({ kind, unread }) => unread !== undefined && (kinds.has(kind) || couldBe(kind, want)))
      .map((find): Gap => ({ kind: 'find', find })),
  ];
}

/** Whether something that may be a signature is attached to the attestation manifest that lists this statement. */
function isSignedStatement({ kind, manifestDigest }: Find, { finds }: Pick<Triangulation, 'finds'>): boolean {
  return (
    kind === 'buildkit-attestation' &&
    finds.some((find) => find.signs === manifestDigest && signatureKinds.has(find.kind))
  );
}

/** Finds that could be anything, and unreadable statements: a signature of their manifest covers them. */
function couldBe(kind: Find['kind'], want: readonly Wanted[]): boolean {
  return kind === 'unknown-referrer' || (kind === 'buildkit-attestation' && want.includes('attestations'));
}

/**
 * Whether it is certain that there is nothing of this kind: every place gave a positive answer, and no find can be of this kind. `false` means "there
 * is something" or "it is unknown"; `gapsOf` tells which. A bundle counts for signatures and for attestations.
 *
 * @throws TypeError when the graph was not asked for this kind
 */
export function isAbsent(graph: Pick<Triangulation, 'finds' | 'locations' | 'want'>, wanted: Wanted): boolean {
  requireObject(graph, 'isAbsent', 'graph', ['finds', 'locations', 'want']);
  if (!graph.want.includes(wanted))
    throw optionError(
      'invalid-option',
      `isAbsent: the graph was not asked for ${String(wanted)}: "want" is ${graph.want.join(', ')}`,
    );
  const kinds = wantedKinds([wanted]);
  const isThere = graph.finds.some(
    (find) => kinds.has(find.kind) || (wanted === 'attestations' && isSignedStatement(find, graph)),
  );
  return gapsOf(graph).length === 0 && !isThere;
}

/** The number of round trips that had to be made one after the other. */
export function dependentSteps(transcript: readonly TranscriptStep[]): number {
  requireList(transcript, 'dependentSteps', 'transcript');
  return transcript.reduce((most, { step }) => Math.max(most, step), 0);
}
