import type { Reconciliation, TrackedEntry, TrackedSignature, TrackSource } from './image-track.ts';
import type { RegistrySignature } from './registry-signatures.ts';

/** How much could be read. */
export interface Reach {
  /** Whether every place of the registry gave a positive answer, and everything that it named could be read. */
  readonly registryComplete: boolean;
  readonly sources: readonly TrackSource[];
}

/** Is each of the registry's signatures in a log? "No" is only said when every log that could have it answered. */
export function trackedSignatures(
  signatures: readonly RegistrySignature[],
  entries: readonly TrackedEntry[],
  { sources }: Reach,
): readonly TrackedSignature[] {
  const answered = (needed: readonly TrackSource[]): boolean =>
    needed.every(({ source, answer }) => answer === 'answered' || (answer === 'not-asked' && source === 'entries'));
  const logs = sources.filter(({ source }) => source !== 'registry');
  const bundlesAnswered = answered(logs);
  // cosign's layers have no place for an entry of Rekor v2, and only Rekor v2 is scanned.
  const layersAnswered = answered(logs.filter(({ source }) => source !== 'scan'));
  return signatures.map(({ id, digest, format, isAttestation, payload, problem, signature }) => {
    const own = entries.filter((entry) => entry.signatures.includes(id));
    const shown = own.some(({ provenance }) => provenance.body !== 'unproven');
    const logsAnswered = format === 'sigstore-bundle' ? bundlesAnswered : layersAnswered;
    const tellable = signature !== undefined && payload !== undefined && logsAnswered && logs.length > 0;
    return {
      id,
      digest,
      format,
      isAttestation,
      ...(payload?.predicateType === undefined ? {} : { predicateType: payload.predicateType }),
      logged: shown ? 'yes' : tellable ? 'no' : 'unknown',
      entries: own.map((entry) => entry.id),
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** Compares the log with the registry. Only entries about the image as their subject count: building on a base image doesn't sign it. */
export function reconcile(
  signatures: readonly TrackedSignature[],
  entries: readonly TrackedEntry[],
  { registryComplete }: Reach,
): Reconciliation {
  const concerned = entries.filter(
    ({ role, about, provenance }) => role !== 'material' && about.length > 0 && provenance.body !== 'unproven',
  );
  // An unreadable signature may be exactly the missing one.
  const unreadable = new Set(signatures.filter(({ problem }) => problem !== undefined).map(({ digest }) => digest));
  const isTellable = ({ about }: TrackedEntry): boolean =>
    registryComplete && !about.some((digest) => unreadable.has(digest));
  const without = concerned.filter((entry) => entry.signatures.length === 0);
  const named = (logged: TrackedSignature['logged']): readonly string[] =>
    signatures.filter((signature) => signature.logged === logged).map(({ id }) => id);
  return {
    loggedNotInRegistry: without.filter(isTellable).map(({ id }) => id),
    inRegistryNotLogged: named('no'),
    inBoth: concerned.filter((entry) => entry.signatures.length > 0).map(({ id }) => id),
    undecided: [...named('unknown'), ...without.filter((entry) => !isTellable(entry)).map(({ id }) => id)],
  };
}
