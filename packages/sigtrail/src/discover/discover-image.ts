import { type ImageLocator, triangulate, type Triangulated, type TriangulateOptions } from '@sigtrail/triangulate';
import { SigtrailError } from '../error.ts';
import type { CallContext } from '../evaluation-context.ts';
import { byDeadline } from './by-deadline.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import { toProblem, toSigtrailError } from '../lower-errors.ts';
import { lookUpEntries } from './look-up-entries.ts';
import type { SharedDiscoveries } from '../many/shared-discoveries.ts';
import { observed } from '../observe-stages.ts';
import type { DiscoverEnd } from '../stage-event.ts';
import type { CallOptions, LogLookup, NamedCallOptions } from '../options.ts';
import type { GithubCall } from './ask-github.ts';
import type { GithubAttestations } from './github-option.ts';
import type { Neighbours } from './github-neighbours.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf } from '../policy/resolve-rules.ts';
import type { Discovered, LookedUp, NotDiscovered } from '../replay/tape.ts';
import { openLogs } from '../track/log-clients.ts';

/** Which attestation manifests are walked to their signatures: those that are `signed`, or only those that an index lists for this image (and referrers). */
export type AttestationManifests = Exclude<NonNullable<TriangulateOptions['attestationManifests']>, 'each'>;

type DiscoverOptions = CallOptions & Pick<NamedCallOptions, 'github'>;

/** Discovers what is attached to an image. The state of the world becomes a problem; a malformed reference throws. */
export async function discover(
  reference: ImageLocator,
  want: readonly ('signatures' | 'attestations' | 'sboms')[],
  options: DiscoverOptions,
  context: Pick<CallContext, 'client' | 'deadline' | 'tape' | 'observer' | 'listings' | 'discoveries' | 'neighbours'>,
  attestationManifests: AttestationManifests = 'none',
): Promise<Discovered> {
  const askAbout = (image: ImageLocator): Promise<Discovered> =>
    askRegistry(image, want, options, context, attestationManifests);
  const askOnce = (discoveries: SharedDiscoveries): Promise<Discovered> => {
    const given =
      typeof attestationManifests === 'string'
        ? attestationManifests
        : attestationManifests.map(({ digest }) => digest).join();
    const question = `${want.join()} ${given} ${context.listings ?? 'own'}`;
    const { client, deadline } = context;
    return orProblem(reference, () =>
      discoveries.discover(reference, question, { client, deadline, signal: options.signal }, askAbout),
    );
  };
  const { discoveries } = context;
  const read = (): Promise<Discovered> =>
    byDeadline(context.deadline, () => (discoveries === undefined ? askAbout(reference) : askOnce(discoveries)));
  const ask = (): Promise<Discovered> => observed(context.observer, 'discover', reference.text, read, countOf);
  if (context.tape === undefined) return ask();
  const given = typeof attestationManifests === 'string' ? [] : attestationManifests.map(({ digest }) => digest);
  return context.tape.discovered(questionOf({ reference: reference.text, want, given }), ask);
}

/** What discovery read, in numbers. */
function countOf(found: Discovered): Pick<DiscoverEnd, 'requests' | 'bytes' | 'finds' | 'unread' | 'problem'> {
  if ('problem' in found) return { requests: 0, bytes: 0, finds: 0, unread: 0, problem: found.problem.code };
  const { transcript, finds, locations } = found.graph;
  return {
    requests: transcript.filter(
      ({ method, note }) => method !== 'READ' && note !== 'cached' && note !== 'shared' && note !== 'shared listing',
    ).length,
    bytes: transcript.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    finds: finds.length,
    unread: locations.filter(({ answer }) => answer === 'unknown').length,
  };
}

/** The question as text. It names everything that the answer depends on; attestation manifests are only walked for attestations. */
export function questionOf({
  reference,
  want,
  given,
}: {
  readonly reference: string;
  readonly want: readonly string[];
  readonly given: readonly string[];
}): string {
  const isWalked = given.length > 0 && want.includes('attestations');
  return `${want.join(', ')} of ${reference}${isWalked ? ` with the attestation manifests ${given.join(', ')}` : ''}`;
}

async function askRegistry(
  reference: ImageLocator,
  want: readonly ('signatures' | 'attestations' | 'sboms')[],
  { signal, repositories, tagPrefix, github }: DiscoverOptions,
  { client, deadline, listings, neighbours }: Pick<CallContext, 'client' | 'deadline' | 'listings' | 'neighbours'>,
  attestationManifests: AttestationManifests,
): Promise<Discovered> {
  return orProblem(reference, async () => {
    const found = await triangulate(reference, {
      client,
      want,
      attestationManifests,
      timeoutMs: deadline.readingMs(),
      ...(listings === undefined ? {} : { sharedListings: listings }),
      ...(signal === undefined ? {} : { signal }),
      ...(repositories === undefined ? {} : { repositories }),
      ...(tagPrefix === undefined ? {} : { tagPrefix }),
    });
    return github === undefined
      ? found
      : await withGithub(
          found,
          github,
          { timeoutMs: deadline.readingMs(), ...(signal === undefined ? {} : { signal }) },
          neighbours,
        );
  });
}

/** The result of a read. The state of the world becomes a problem. */
async function orProblem(reference: ImageLocator, read: () => Promise<Discovered>): Promise<Discovered> {
  try {
    return await read();
  } catch (thrown) {
    const what = `could not read ${reference.text}`;
    const error = toSigtrailError(thrown, what, reference.text);
    if (error.code === 'invalid-reference') throw error;
    return { problem: toProblem(thrown, what, reference.text), error };
  }
}

/** Reads GitHub after all other places, as a place with an answer of its own. The code is loaded only if GitHub is asked. */
async function withGithub(
  found: Triangulated,
  github: GithubAttestations,
  call: GithubCall,
  neighbours?: Neighbours,
): Promise<Triangulated> {
  const { readGithubAttestations } = await import('./github-attestations.ts');
  const { graph } = found;
  const { finds, location, contents, transcript } = await readGithubAttestations(
    graph.digest,
    github,
    call,
    neighbours,
  );
  const lastStep = Math.max(0, ...graph.transcript.map(({ step }) => step));
  return {
    ...found,
    graph: {
      ...graph,
      finds: [...graph.finds, ...finds],
      locations: [...graph.locations, location],
      transcript: [...graph.transcript, ...transcript.map((entry) => ({ ...entry, step: entry.step + lastStep }))],
    },
    contents: new Map([...found.contents, ...contents]),
  };
}

/** The error that says why an image could not be resolved, for an answer without a verdict. */
export function unresolvedError({ problem, error }: NotDiscovered): SigtrailError {
  return (
    error ?? new SigtrailError(problem.code === 'image-not-found' ? 'image-not-found' : 'registry', problem.message)
  );
}

/** The only place in an evaluation that may ask a log, and only if the verifier has the `log` option. */
export async function withLookup(evidence: Evidence, policy: ParsedPolicy, context: CallContext): Promise<LookedUp> {
  const { lookup, tape } = context;
  if (tape?.mode === 'replay') return tape.lookedUp(evidence, () => Promise.resolve({ evidence, problems: [] }));
  if (lookup === undefined) return { evidence, problems: [] };
  const ask = (): Promise<LookedUp> => askLogs(evidence, policy, { ...context, lookup });
  return tape === undefined ? ask() : tape.lookedUp(evidence, ask);
}

async function askLogs(
  evidence: Evidence,
  policy: ParsedPolicy,
  { trust, deadline, lookup }: CallContext & { readonly lookup: LogLookup },
): Promise<LookedUp> {
  const logs = openLogs(trust.root, lookup.logs, deadline.leftMs());
  try {
    return await lookUpEntries(evidence, { logs, keys: keysOf(policy), signal: deadline.signal });
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}
