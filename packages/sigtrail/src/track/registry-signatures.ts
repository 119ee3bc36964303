import { decodeBase64Lines, encodeHex, parseJsonStrict } from '@sigtrail/encoding';
import { entryUuid, checkpointTreeId, isRekorError, leafHash, type LogEntry, parseCheckpoint } from '@sigtrail/rekor';
import type { Triangulated } from '@sigtrail/triangulate';
import * as z from 'zod';
import { establishAll } from '../establish/establish-all.ts';
import type { CallContext } from '../evaluation-context.ts';
import type { Candidate, CarriedEntry } from '../evidence/candidate.ts';
import { readEvidence } from '../evidence/read-evidence.ts';
import type { CandidateFormat, VerifiedTime } from '../report/report.ts';
import { type KnownPayload, manifestPayload, simpleSigningPayload, statementPayload } from './known-payload.ts';

/** A signature of the registry, in the form that logs know. */
export interface RegistrySignature {
  readonly id: string;
  readonly digest: string;
  readonly format: CandidateFormat;
  readonly isAttestation: boolean;
  readonly signature?: Uint8Array;
  /** DER of the certificate; absent for a key. */
  readonly certificate?: Uint8Array;
  readonly payload?: KnownPayload;
  /** Entries that came with it. Unverified. */
  readonly carried: readonly LogEntry[];
  /** When a trusted timestamp authority saw it. */
  readonly times: readonly VerifiedTime[];
  /** What was signed and by whom, so that a log can be asked for exactly this entry. */
  readonly signed?: SignedPayload;
  readonly problem?: string;
  /** Its bytes could not be read, so it may be any signature. */
  readonly isUnread?: true;
}

/** As `searchKeys` of `@sigtrail/rekor` takes it. */
export interface SignedPayload {
  readonly payload: Uint8Array;
  readonly signature?: Uint8Array;
  readonly verifierPem?: string;
}

/** Reads everything signed that was found for a digest. Unreadable signatures are kept; it is unknown whether they are logged. */
export async function registrySignatures(
  found: Triangulated,
  context: Pick<CallContext, 'trust' | 'now' | 'signatures' | 'deadline'>,
): Promise<readonly RegistrySignature[]> {
  const evidence = await readEvidence(found, context);
  const { image, candidates } = evidence;
  const established = await establishAll(evidence, undefined, { ...context, secondJudge: 'off' });
  return candidates.map((candidate, index): RegistrySignature => {
    const { id, format, isAttestation } = candidate;
    const origin = { id, digest: image.digest, format, isAttestation, carried: [], times: [] };
    if ('unreadable' in candidate) {
      const envelope = readAttached(found, id);
      if (envelope !== undefined) return { ...origin, ...envelope };
      const { message, status, code } = candidate.unreadable;
      const isUnread = status === 'indeterminate' || code === 'payload-digest-mismatch';
      return { ...origin, problem: message, ...(isUnread ? { isUnread } : {}) };
    }
    const payload = payloadOf(candidate, image.bytes);
    const facts = established[index];
    const times =
      facts === undefined || 'unreadable' in facts
        ? []
        : facts.times.filter(({ source }) => source === 'timestamp-authority');
    const certificate = candidate.signer.kind === 'certificate' ? candidate.signer.leaf.bytes : undefined;
    return {
      ...origin,
      signature: candidate.signature,
      ...(certificate === undefined ? {} : { certificate }),
      ...(payload === undefined ? {} : { payload }),
      carried: candidate.logEntries.map(toLogEntry),
      times,
      ...signedOf(candidate, payload, certificate),
    };
  });
}

function payloadOf({ content }: Candidate, manifest: Uint8Array): KnownPayload | undefined {
  switch (content.kind) {
    case 'simple-signing':
      return simpleSigningPayload(content.payload);
    case 'dsse':
      return statementPayload(content.payload, content.payloadType);
    case 'message':
      return manifestPayload(manifest);
  }
}

/** A log can't be asked for an envelope by content: it hashes the text that was uploaded, which is not kept. The entry is found by its subject. */
function signedOf(
  { content, signature }: Candidate,
  payload: KnownPayload | undefined,
  certificate: Uint8Array | undefined,
): { readonly signed?: SignedPayload } {
  if (payload === undefined || content.kind === 'dsse') return {};
  const signer = certificate === undefined ? {} : { signature, verifierPem: toPem(certificate) };
  return { signed: { payload: payload.signedBytes, ...signer } };
}

function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function toLogEntry(entry: CarriedEntry): LogEntry {
  const { inclusionProof: proof, integratedTime, signedEntryTimestamp } = entry;
  const leaf = leafHash(entry.body);
  return {
    uuid: uuidOf(proof?.checkpoint, leaf),
    logIndex: entry.logIndex,
    logId: entry.logId,
    body: entry.body,
    ...(integratedTime === undefined ? {} : { integratedTime }),
    ...(signedEntryTimestamp === undefined ? {} : { signedEntryTimestamp }),
    ...(proof === undefined ? {} : { treeIndex: proof.logIndex, inclusionProof: proof }),
  };
}

function uuidOf(note: string | undefined, leaf: Uint8Array): string {
  try {
    const treeId = note === undefined ? undefined : checkpointTreeId(parseCheckpoint(note).origin);
    return treeId === undefined ? encodeHex(leaf) : entryUuid(treeId, leaf);
  } catch (error) {
    if (isRekorError(error)) return encodeHex(leaf);
    throw error;
  }
}

const Envelope = z.object({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z.array(z.object({ sig: z.string() })).min(1),
});

/** The envelope of an `.att` layer or a DSSE referrer. */
function readAttached(
  { graph, contents }: Triangulated,
  id: string,
): Pick<RegistrySignature, 'signature' | 'payload'> | undefined {
  const layer = graph.finds.find((find) => find.id === id)?.layer;
  const bytes = layer === undefined ? undefined : contents.get(layer.digest);
  if (bytes === undefined) return undefined;
  let json: unknown;
  try {
    json = parseJsonStrict(bytes, { maxBytes: 128 * 1024 * 1024 });
  } catch {
    return undefined; // not an envelope: the report of the candidate says so
  }
  const parsed = Envelope.safeParse(json);
  if (!parsed.success) return undefined;
  const { payload, payloadType, signatures } = parsed.data;
  const decoded = decodeBase64Lines(payload);
  const signature = decodeBase64Lines(signatures[0]?.sig ?? '');
  const statement = decoded === undefined ? undefined : statementPayload(decoded, payloadType);
  if (signature === undefined || statement === undefined) return undefined;
  return { signature, payload: statement };
}
