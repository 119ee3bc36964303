import crypto, { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Checkpoint, CheckpointSignature } from './checkpoint.ts';
import { decodeBase64, encodeHex, requireList, requireObject } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { importPublicKey } from './import-public-key.ts';
import { checkpointKeyHints, logIdOf, noteKeyId, verifyLogSignature } from './log-key.ts';

/**
 * A log that is trusted, known by its key. It comes from a trusted root (`readTrustedLogs`) or from the user (`parseLogKey`), never from
 * the log itself: a log that picks its own key can prove anything.
 */
export interface TrustedLog {
  readonly publicKey: KeyObject;
  /** Where the log is reached. Informative: private logs are often reached under another name than the one in their checkpoints. */
  readonly baseUrl?: string;
  /** The name on its signature lines and in its origin, where it is known. Without it any name is accepted, as long as the origin repeats it. */
  readonly name?: string;
  /** The id that entries name it by. Default: SHA-256 of the key. */
  readonly logId?: Uint8Array;
  /** Rekor v2: the id of its checkpoint key, where the trusted root names it apart. */
  readonly checkpointKeyId?: Uint8Array;
  /** Who runs it, where the trusted root says so (v0.2). */
  readonly operator?: string;
  /** The type of the key as a trusted root names it, for example `PKIX_ED25519`. */
  readonly keyDetails?: string;
  /** When the key was in use. Default: always. */
  readonly validFor?: { readonly start: Date; readonly end?: Date };
  /** Refuse the forms of entry that Rekor v2 stopped writing in 2026 (`dsse` 0.0.2, pure Ed25519), which a private log may still write. */
  readonly refuseRetiredEntries?: boolean;
}

// The SPKI of an Ed25519 key is this head and the 32-byte key (RFC 8410 §4).
const ED25519_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * A log key that a user gives: PEM of a public key, or a verifier key of a signed note (`<name>+<hint>+<base64>`, C2SP signed-note, Ed25519).
 *
 * @throws RekorError `invalid-key`
 * @example parseLogKey('log2025-1.rekor.sigstore.dev+cf119915+AbfK5adZJxsI323FwGD2AJJ9F4i89cfDuLdGJBIYntuO')
 */
export function parseLogKey(text: string): TrustedLog {
  if (typeof text !== 'string') throw optionError('invalid-option', 'parseLogKey: expected the text of a key');
  if (text.includes('-----BEGIN PUBLIC KEY-----')) {
    try {
      return { publicKey: createPublicKey(text) };
    } catch (cause) {
      throw invalidKey('the text of the log key is not a PEM public key', '', cause);
    }
  }
  const { name, type, key, hint } = splitVerifierKey(text);
  if (type !== 0x01 || key.byteLength !== 32)
    throw invalidKey(
      `expected the verifier key of a log, of type 1 (Ed25519) with 32 bytes; got type ${String(type)} with ${String(key.byteLength)} bytes`,
      '',
    );
  const publicKey = importKey(Buffer.concat([ED25519_HEAD, key]), '');
  if (!checkpointKeyHints(publicKey, name).some((candidate) => encodeHex(candidate) === hint))
    throw invalidKey('the key hint of the verifier key is not that of its name and key', '');
  // Rekor v2 names its entries' log by the whole hash of which the hint is the start.
  const logId = crypto.hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), key]), 'buffer');
  return { publicKey, name, logId };
}

/** The three parts of a signed note's verifier key. @throws RekorError `invalid-key` */
export function splitVerifierKey(text: string): {
  readonly name: string;
  readonly hint: string;
  readonly type: number;
  readonly key: Uint8Array;
} {
  if (typeof text !== 'string') throw optionError('invalid-option', 'expected the text of a verifier key');
  const [, name = '', hint = '', encoded = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const bytes = encoded === '' ? undefined : decodeBase64(encoded);
  const [type] = bytes ?? [];
  if (bytes === undefined || type === undefined)
    throw invalidKey('expected a PEM public key or a verifier key "<name>+<8 hexadecimal digits>+<base64>"', '');
  return { name, hint, type, key: bytes.subarray(1) };
}

/** Imports the 32 bytes of an Ed25519 key. */
export function importEd25519(raw: Uint8Array): KeyObject {
  return importKey(Buffer.concat([ED25519_HEAD, raw]), '');
}

/** Which trusted log signed a checkpoint, and whether the signature holds. */
export type CheckpointVerdict =
  | { readonly status: 'valid'; readonly log: TrustedLog; readonly line: CheckpointSignature }
  | { readonly status: 'invalid' | 'absent' };

/**
 * What a checkpoint's lines say about trusted keys: `valid` for one of them, `invalid` when a line names a trusted key and fails
 * (tampering), `absent` when no line is by a trusted key. Lines of other keys are ignored, as signed-note asks. A line counts only when the
 * origin is its name, or its name and a tree: a key must not vouch for somebody else's log.
 */
export function verifyCheckpoint(checkpoint: Checkpoint, logs: readonly TrustedLog[]): CheckpointVerdict {
  requireObject(checkpoint, 'verifyCheckpoint', 'checkpoint', ['signatures', 'signedText']);
  requireList(logs, 'verifyCheckpoint', 'logs');
  const bytes = Buffer.from(checkpoint.signedText, 'utf8');
  let valid: CheckpointVerdict | undefined;
  let named = false;
  for (const line of checkpoint.signatures) {
    const candidates = logs.filter((log) => isSignatureLine(checkpoint, line, log));
    if (candidates.length === 0) continue;
    named = true;
    const log = candidates.find(({ publicKey }) => holds(publicKey, bytes, line.signature));
    if (log === undefined) return { status: 'invalid' };
    valid ??= { status: 'valid', log, line };
  }
  return valid ?? { status: named ? 'invalid' : 'absent' };
}

/**
 * The lines of a checkpoint that count for this log: they name its key, and the checkpoint's origin is the name on the line, or that name and
 * a tree of Rekor v1. A key must not vouch for another log's tree, and a name alone proves nothing. This is the only rule for whose line counts.
 */
export function signatureLines(checkpoint: Checkpoint, log: TrustedLog): readonly CheckpointSignature[] {
  requireObject(checkpoint, 'signatureLines', 'checkpoint', ['signatures', 'origin']);
  requireObject(log, 'signatureLines', 'log', ['publicKey']);
  return checkpoint.signatures.filter((line) => isSignatureLine(checkpoint, line, log));
}

function isSignatureLine({ origin }: Checkpoint, line: CheckpointSignature, log: TrustedLog): boolean {
  return isOriginOf(origin, line.name) && isLineOf(log, line);
}

/** The log's id that its entries carry. */
export function trustedLogId(log: TrustedLog): Uint8Array {
  return log.logId ?? logIdOf(log.publicKey);
}

/**
 * The logs that an entry's log id, in lower-case hexadecimal, names: those that the trusted root gives this id. Where it names none, the id
 * may be made of a trusted key and a name (Rekor v2): the origin, which is the first line of the checkpoint.
 */
export function logsNamed<Log extends TrustedLog>(
  logs: readonly Log[],
  logId: string,
  note: string | undefined,
): readonly Log[] {
  const named = logs.filter((log) => idsOf(log).includes(logId));
  const origin = /^[^\n]{1,512}/.exec(note ?? '')?.[0];
  if (named.length > 0 || origin === undefined) return named;
  return logs.filter(({ publicKey }) => {
    const id = noteKeyId(publicKey, origin);
    return id !== undefined && encodeHex(id) === logId;
  });
}

const IDS = new WeakMap<TrustedLog, readonly string[]>();

function idsOf(log: TrustedLog): readonly string[] {
  const known = IDS.get(log);
  if (known !== undefined) return known;
  const { checkpointKeyId } = log;
  const ids = [encodeHex(trustedLogId(log)), ...(checkpointKeyId === undefined ? [] : [encodeHex(checkpointKeyId)])];
  IDS.set(log, ids);
  return ids;
}

/** Whether a PEM key is one of the trusted ones. */
export function isTrustedPem(pem: string, logs: readonly TrustedLog[]): boolean {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return false;
  }
  return logs.some(({ publicKey }) => publicKey.equals(key));
}

/**
 * Whether a checkpoint's line names this log's key: under any of the hints that the key may stand under, and under the log's name where that is
 * known. Any log can claim any name.
 */
export function isLineOf(
  log: Pick<TrustedLog, 'publicKey' | 'name' | 'logId' | 'checkpointKeyId'>,
  { name, keyHint }: CheckpointSignature,
): boolean {
  if (log.name !== undefined && log.name !== name) return false;
  if (log.checkpointKeyId !== undefined && isHintOf(keyHint, log.checkpointKeyId)) return true;
  if (log.logId !== undefined && isHintOf(keyHint, log.logId)) return true;
  if (isHintOf(keyHint, logIdOf(log.publicKey))) return true;
  const named = noteKeyId(log.publicKey, name);
  return named !== undefined && isHintOf(keyHint, named);
}

/** A key's hint is the first four bytes of its id. */
function isHintOf(hint: Uint8Array, id: Uint8Array): boolean {
  return hint[0] === id[0] && hint[1] === id[1] && hint[2] === id[2] && hint[3] === id[3] && hint.byteLength === 4;
}

/** `rekor.sigstore.dev - 1193050959916656506` belongs to the key named `rekor.sigstore.dev`; a v2 origin is the name itself. */
export function isOriginOf(origin: string, name: string): boolean {
  if (!origin.startsWith(name)) return false;
  return origin.length === name.length || /^ - [0-9]+$/.test(origin.slice(name.length));
}

/** A signature of a form that this key never makes doesn't count. */
function holds(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifyLogSignature(key, bytes, signature);
  } catch {
    return false;
  }
}

function importKey(der: Uint8Array, path: string): KeyObject {
  const key = importPublicKey(der);
  if (key === undefined) throw invalidKey('the log key is not a public key in canonical DER', path);
  return key;
}

function invalidKey(message: string, path: string, cause?: unknown): RekorError {
  return new RekorError('invalid-key', message, { path, ...(cause === undefined ? {} : { cause }) });
}
