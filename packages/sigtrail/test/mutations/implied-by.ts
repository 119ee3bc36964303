import type { AcceptedSignature, VerifiedLogEntry } from '../../src/report/report.ts';

/**
 * Whether everything that an acceptance of changed bytes says was said of the original too: the signer, what was signed, each log entry
 * and each time. It may say less (evidence that was spoiled is left aside), never more and nothing else.
 * Answers with the first thing that is new, or `undefined`.
 */
export function newStatement(mutated: AcceptedSignature, original: AcceptedSignature): string | undefined {
  const same: readonly (keyof AcceptedSignature)[] = [
    'format',
    'signer',
    'annotations',
    'predicateType',
    'dockerReference',
    'payload',
  ];
  const differs = same.find(
    (name) => JSON.stringify(unnamed(mutated[name])) !== JSON.stringify(unnamed(original[name])),
  );
  if (differs !== undefined) return differs;
  const entry = mutated.log.findIndex((one) => !original.log.some((other) => saysNoMore(one, other)));
  if (entry >= 0) return `log[${entry}]`;
  const time = mutated.times.findIndex(
    ({ time: at, source, accuracyMs }) =>
      !original.times.some((other) => other.time === at && other.source === source && other.accuracyMs === accuracyMs),
  );
  return time >= 0 ? `times[${time}]` : undefined;
}

// Names of logs and authorities come from the trusted root and are unsigned: another root may use other names.
function unnamed(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'authority' in value ? { ...value, authority: '' } : value;
}

function saysNoMore(entry: VerifiedLogEntry, original: VerifiedLogEntry): boolean {
  const proof = entry.inclusionProof === 'absent' || entry.inclusionProof === original.inclusionProof;
  const promise = entry.inclusionPromise === 'absent' || entry.inclusionPromise === original.inclusionPromise;
  return (
    proof &&
    promise &&
    entry.logId === original.logId &&
    isSamePlace(entry, original) &&
    entry.kind === original.kind &&
    (entry.integratedTime === undefined || entry.integratedTime === original.integratedTime) &&
    (entry.treeSize === undefined || entry.treeSize === original.treeSize) &&
    (entry.uuid === undefined || entry.uuid === original.uuid)
  );
}

// Without the promise the index in the whole log is unsigned: the index in the tree is named, which the proof shows.
function isSamePlace(entry: VerifiedLogEntry, original: VerifiedLogEntry): boolean {
  if (entry.logIndex === original.logIndex) return true;
  return entry.inclusionPromise === 'absent' && entry.uuid !== undefined && entry.uuid === original.uuid;
}
