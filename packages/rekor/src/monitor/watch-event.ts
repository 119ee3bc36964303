import * as z from 'zod';
import type { AlarmCode } from '../alarm-code.ts';
import type { LogEvidence } from '../proof/log-evidence.ts';

/**
 * What happened to a log that doesn't prove misbehaviour:
 *
 * - `first-use`: a log or tree was seen for the first time; everything before it rests on the log's word
 * - `shard-rollover`: a new tree was opened, the one before is closed and proven to its end
 * - `inactive-tree-changed`: a closed tree has grown, consistently
 * - `log-frozen`: its last checkpoint says that nothing will be added
 * - `index-incomplete`: the index no longer names an entry that the log still has
 */
export type NoticeCode = 'first-use' | 'shard-rollover' | 'inactive-tree-changed' | 'log-frozen' | 'index-incomplete';

/** The log an event is about. */
export interface WatchedLogName {
  /** The name in its checkpoints, without a tree id; absent as long as none could be read. */
  readonly name?: string;
  readonly url: string;
}

/** Who signed an entry, as its certificate or key says. The log does not vouch for a certificate: only the proofs beside it are proven. */
export interface WatchedSigner {
  readonly kind: 'certificate' | 'public-key';
  /** `sha256:` of the certificate's or key's DER. */
  readonly fingerprint: string;
  /** Subject alternative names; empty for a key. Unverified. */
  readonly subjects: readonly string[];
  /** Issuer of the identity. Unverified; absent if nothing decodes Fulcio's extensions. */
  readonly issuer?: string;
}

/** An entry that was found, with what is proven of it. */
export interface WatchedEntry {
  /** 80 hexadecimal digits, where the log has tree ids; otherwise the leaf hash. */
  readonly uuid: string;
  /** Global index. */
  readonly logIndex: number;
  /** Index in its tree. */
  readonly treeIndex: number;
  /** Size of the tree it is proven in. */
  readonly treeSize: string;
  /** The signed checkpoint it is proven in. */
  readonly checkpoint: string;
  readonly origin: string;
  readonly kind: string;
  readonly apiVersion: string;
  /** Digests in the body, as `sha256:…`. */
  readonly hashes: readonly string[];
  readonly signers: readonly WatchedSigner[];
  /** RFC 3339; only where the log signed it. */
  readonly integratedTime?: string;
  /** Base64 of the canonicalised body. */
  readonly body: string;
  /** Every entry that is reported is proven: its leaf is in the tree of a checkpoint that the log signed. */
  readonly inclusion: 'verified';
  readonly promise: 'verified' | 'absent';
  /** Why its body can't be read, wholly or in part: more may have signed it, and more may be in it, than is said here. */
  readonly unread?: string;
}

/** A signature in a place outside the logs, such as a registry. */
export interface PlacedSignature {
  /** `sha256:` of the signature's bytes: its identity, however it is attached. */
  readonly id: string;
  /** How it is attached, for people: `cosign-signature`, `sigstore-bundle`. */
  readonly format: string;
  /** Unverified; absent for a signature that brings no certificate. */
  readonly signer?: WatchedSigner;
  /** The entries that came with it, by which a log still has it. Unverified. */
  readonly entries: readonly { readonly uuid: string; readonly logIndex: number }[];
}

interface EventBase {
  /** The same for the same observation, however often it is delivered: a receiver that drops repeats sees each event once. */
  readonly id: string;
  /** Rises by one with each event of a store. */
  readonly sequence: number;
  /** RFC 3339. */
  readonly at: string;
}

interface LogEventBase extends EventBase {
  readonly log: WatchedLogName;
}

/** A new entry of a watched target. */
export interface EntryEvent extends LogEventBase {
  readonly kind: 'entry';
  /** What led to it: `image sha256:…`, `subject …`, `key sha256:…`, `hash sha256:…`. */
  readonly matchedBy: readonly string[];
  /** `yes`: every signer is on the list of expected signers; `not-asked`: there is no such list. */
  readonly expected: 'yes' | 'no' | 'not-asked';
  /** It was in the log before the first run. */
  readonly baseline: boolean;
  readonly entry: WatchedEntry;
}

/**
 * An entry that can't be read, and whose bytes hold nothing that is watched: it may still belong to a watched signer.
 * One in which something was found is an `EntryEvent` with `entry.unread`.
 */
export interface UnreadEvent extends LogEventBase {
  readonly kind: 'unread';
  readonly code: 'entry-unread';
  /** Why. */
  readonly message: string;
  /** Global index: read it with a tool that can. */
  readonly logIndex: number;
  readonly treeIndex: number;
  readonly uuid: string;
  readonly origin: string;
  /** As the entry says, in place of its kind and version. */
  readonly entryKind: string;
  readonly apiVersion: string;
}

/** A log misbehaved. */
export interface AlarmEvent extends LogEventBase {
  readonly kind: 'alarm';
  readonly code: AlarmCode;
  readonly message: string;
  /** What `verifyEvidence` checks again offline. */
  readonly evidence?: LogEvidence;
  /** Where the store keeps the evidence. */
  readonly evidenceFile?: string;
  /** It stands in every run, even when the log changes back, until it is acknowledged by its id. */
  readonly standing?: true;
}

/** A log changed in a permitted way. */
export interface NoticeEvent extends LogEventBase {
  readonly kind: 'notice';
  readonly code: NoticeCode;
  readonly message: string;
}

/**
 * A signature is gone from a place outside the logs: it was deleted or replaced. The log is honest, and
 * still has the entry, which a look at the place alone can't show.
 */
export interface GoneEvent extends EventBase {
  readonly kind: 'gone';
  readonly code: 'signature-gone';
  readonly message: string;
  /** As the caller named it: `ghcr.io/acme/app@sha256:…`. */
  readonly place: string;
  /** RFC 3339: the run that first saw it there. */
  readonly since: string;
  readonly signature: PlacedSignature;
}

/** What sinks receive. Plain JSON. */
export type WatchEvent = EntryEvent | UnreadEvent | AlarmEvent | NoticeEvent | GoneEvent;

/** An event before it enters the outbox. */
export type NewEvent =
  | NewEntryEvent
  | Omit<UnreadEvent, 'sequence' | 'at'>
  | Omit<AlarmEvent, 'sequence' | 'at'>
  | Omit<NoticeEvent, 'sequence' | 'at'>
  | Omit<GoneEvent, 'sequence' | 'at'>;

/** A find before it enters the outbox. */
export type NewEntryEvent = Omit<EntryEvent, 'sequence' | 'at'>;

const text = z.string();
const count = z.int().nonnegative();
const base = { id: text, sequence: count, at: text };
const ofLog = { ...base, log: z.strictObject({ name: z.exactOptional(text), url: text }) };

const Signer: z.ZodType<WatchedSigner> = z.strictObject({
  kind: z.enum(['certificate', 'public-key']),
  fingerprint: text,
  subjects: z.array(text),
  issuer: z.exactOptional(text),
});

/** A signature of a place, given by a caller or read back from JSON. */
export const PlacedSignatureSchema: z.ZodType<PlacedSignature> = z.strictObject({
  id: text.regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 lower-case hexadecimal digits'),
  format: text,
  signer: z.exactOptional(Signer),
  entries: z.array(z.strictObject({ uuid: text, logIndex: count })),
});

const WatchedEntrySchema: z.ZodType<WatchedEntry> = z.strictObject({
  uuid: text,
  logIndex: count,
  treeIndex: count,
  treeSize: text,
  checkpoint: text,
  origin: text,
  kind: text,
  apiVersion: text,
  hashes: z.array(text),
  signers: z.array(Signer),
  integratedTime: z.exactOptional(text),
  body: text,
  inclusion: z.literal('verified'),
  promise: z.enum(['verified', 'absent']),
  unread: z.exactOptional(text),
});

/** An event read back from JSON. */
export const WatchEventSchema: z.ZodType<WatchEvent> = z.discriminatedUnion('kind', [
  z.strictObject({
    ...ofLog,
    kind: z.literal('entry'),
    matchedBy: z.array(text),
    expected: z.enum(['yes', 'no', 'not-asked']),
    baseline: z.boolean(),
    entry: WatchedEntrySchema,
  }),
  z.strictObject({
    ...ofLog,
    kind: z.literal('unread'),
    code: z.literal('entry-unread'),
    message: text,
    logIndex: count,
    treeIndex: count,
    uuid: text,
    origin: text,
    entryKind: text,
    apiVersion: text,
  }),
  z.strictObject({
    ...ofLog,
    kind: z.literal('alarm'),
    // Made by this package and read back from its own file; new codes must not make an old file unreadable.
    code: z.custom<AlarmCode>((value) => typeof value === 'string'),
    message: text,
    evidence: z.exactOptional(z.custom<LogEvidence>((value) => typeof value === 'object' && value !== null)),
    evidenceFile: z.exactOptional(text),
    standing: z.exactOptional(z.literal(true)),
  }),
  z.strictObject({
    ...ofLog,
    kind: z.literal('notice'),
    code: z.enum(['first-use', 'shard-rollover', 'inactive-tree-changed', 'log-frozen', 'index-incomplete']),
    message: text,
  }),
  z.strictObject({
    ...base,
    kind: z.literal('gone'),
    code: z.literal('signature-gone'),
    message: text,
    place: text,
    since: text,
    signature: PlacedSignatureSchema,
  }),
]);
