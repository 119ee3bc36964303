import { createHash, type KeyObject } from 'node:crypto';
import { isProposed, type ProposedEntry, proposeHashedRekord, type Rekor, type RekorEntry } from '@sigtrail/rekor';
import { sameBytes } from '@sigtrail/encoding';
import { toProblem } from '../lower-errors.ts';
import type { Problem } from '../report/report.ts';
import type { AskableLog } from '../track/log-clients.ts';
import type { Candidate, CarriedEntry } from '../evidence/candidate.ts';
import type { Evidence } from '../evidence/read-evidence.ts';

/** Which logs a lookup may ask, and with which keys. */
export interface LookupContext {
  readonly logs: readonly AskableLog[];
  /** The keys that the policy names: a signature by a key is logged with the key, which the signature does not carry. */
  readonly keys: readonly KeyObject[];
  readonly signal?: AbortSignal;
}

/**
 * Asks logs for the entries of signatures that came without one, as part of discovery. Only entries whose inclusion is proven are taken, and they are
 * proven and checked again like any other: a lookup adds evidence and decides nothing. A log that can't be asked is a problem, never an absence.
 */
export async function lookUpEntries(
  evidence: Evidence,
  context: LookupContext,
): Promise<{ readonly evidence: Evidence; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const candidates = await Promise.all(
    evidence.candidates.map(async (candidate) => {
      if ('unreadable' in candidate || candidate.logEntries.length > 0) return candidate;
      const answers = await Promise.all(
        context.logs.map(({ rekor }) =>
          lookUp(rekor, candidate, candidate.listed?.manifest.bytes ?? evidence.image.bytes, context, problems),
        ),
      );
      return { ...candidate, logEntries: distinct(answers.flat().map(toCarriedEntry)) };
    }),
  );
  return { evidence: { ...evidence, candidates }, problems };
}

/** Two clients may ask the same log; an entry that both get counts once. */
function distinct(entries: readonly CarriedEntry[]): readonly CarriedEntry[] {
  return entries.filter(
    ({ logId, body }, index) =>
      entries.findIndex((other) => other.logId === logId && sameBytes(other.body, body)) === index,
  );
}

async function lookUp(
  rekor: Rekor,
  candidate: Candidate,
  manifest: Uint8Array,
  { keys, signal }: LookupContext,
  problems: Problem[],
): Promise<readonly RekorEntry[]> {
  const call = signal === undefined ? {} : { signal };
  try {
    // Rekor v2 has no search by content: its bundles carry their entry.
    if ((await rekor.version(call)) === 2) return [];
    const { content } = candidate;
    if (content.kind === 'dsse') return await byPayload(rekor, candidate.signature, content.payload, call);
    const signed = content.kind === 'simple-signing' ? content.payload : manifest;
    const proposed = pemsOf(candidate, keys).map((verifierPem) => propose(signed, candidate.signature, verifierPem));
    if (proposed.length === 0) return [];
    const { entries, refused } = await rekor.entries(
      proposed.map((one) => ({ proposed: one })),
      call,
    );
    for (const { error } of refused) problems.push(problemOf(rekor, error));
    return entries.filter((entry) => isProven(entry) && proposed.some((one) => isProposed(entry.contents, one)));
  } catch (error) {
    problems.push(problemOf(rekor, error));
    return [];
  }
}

/** The log hashed the text of the envelope as it was uploaded, so an envelope is found by its payload and recognised by its signature. */
async function byPayload(
  rekor: Rekor,
  signature: Uint8Array,
  payload: Uint8Array,
  call: { readonly signal?: AbortSignal },
): Promise<readonly RekorEntry[]> {
  const { uuids } = await rekor.search({ hash: `sha256:${createHash('sha256').update(payload).digest('hex')}` }, call);
  if (uuids.length === 0) return [];
  const { entries } = await rekor.entries(
    uuids.slice(0, MAX_LEADS).map((uuid) => ({ uuid })),
    call,
  );
  return entries.filter(
    (entry) =>
      isProven(entry) &&
      entry.contents.kind !== 'unknown' &&
      entry.contents.signatures.some(
        (logged) => logged.signature !== undefined && sameBytes(logged.signature, signature),
      ),
  );
}

// Anyone may log an envelope with this payload; the signer's own entry is the oldest.
const MAX_LEADS = 50;

function propose(signed: Uint8Array, signature: Uint8Array, verifierPem: string): ProposedEntry {
  const digest = { algorithm: 'sha256', digest: createHash('sha256').update(signed).digest() } as const;
  return proposeHashedRekord({ digest, signature, verifierPem });
}

/** The names under which a log may know the signer. A certificate may also accompany the signature of a key that the policy names. */
function pemsOf({ signer, original }: Candidate, keys: readonly KeyObject[]): readonly string[] {
  const named = keys.map((key) => key.export({ format: 'pem', type: 'spki' }).toString());
  if (signer.kind === 'key') return named;
  const lines =
    Buffer.from(signer.leaf.bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return original.kind === 'bundle' ? [certificate] : [certificate, ...named];
}

function isProven({ provenance, inclusionProof }: RekorEntry): boolean {
  return provenance.body === 'proven' && inclusionProof?.checkpoint !== undefined;
}

function toCarriedEntry({
  logId,
  logIndex,
  body,
  contents,
  integratedTime,
  signedEntryTimestamp,
  inclusionProof,
}: RekorEntry): CarriedEntry {
  const checkpoint = inclusionProof?.checkpoint;
  return {
    logId,
    logIndex,
    kind: contents.kind === 'unknown' ? contents.name : contents.kind,
    version: contents.apiVersion,
    body,
    ...(integratedTime === undefined ? {} : { integratedTime }),
    ...(signedEntryTimestamp === undefined ? {} : { signedEntryTimestamp }),
    ...(inclusionProof === undefined || checkpoint === undefined
      ? {}
      : { inclusionProof: { ...inclusionProof, checkpoint } }),
  };
}

function problemOf({ url }: Rekor, error: unknown): Problem {
  return toProblem(error, `log lookup at ${url}`);
}
