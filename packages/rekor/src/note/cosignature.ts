import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Checkpoint, CheckpointSignature } from './checkpoint.ts';
import { encodeHex, requireList, requireObject, sameBytes } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import { verifyLogSignature } from './log-key.ts';
import { importEd25519, isOriginOf, splitVerifierKey } from './trusted-log.ts';

/** A witness whose cosignatures are to be verified. */
export interface WitnessKey {
  readonly name: string;
  readonly publicKey: KeyObject;
  /** The four bytes before its signatures. */
  readonly keyHint: Uint8Array;
}

/** A line on a checkpoint that isn't the log's own: usually a witness's (C2SP tlog-cosignature). */
export interface Cosignature {
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly keyHint: string;
  /** Seconds since 1970 when the witness says it saw the checkpoint. Absent when the line has another form. */
  readonly time?: number;
  /** `verified` under a key that was given; `unknown-key`: no key for it. A failing line of a given key is an alarm. */
  readonly status: 'verified' | 'unknown-key' | 'invalid';
}

const ED25519_COSIGNATURE = 0x04;
const BYTES = 8 + 64;

/**
 * A witness's verifier key, `<name>+<hint>+<base64>` of type 4 (Ed25519 cosignature).
 *
 * @throws RekorError `invalid-key`
 * @example parseWitnessKey('witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv')
 */
export function parseWitnessKey(text: string): WitnessKey {
  const { name, hint, type, key } = splitVerifierKey(text);
  if (type !== ED25519_COSIGNATURE || key.byteLength !== 32)
    throw new RekorError(
      'invalid-key',
      `expected the verifier key of a witness, of type 4 (Ed25519 cosignature) with 32 bytes; got type ${String(type)} with ${String(key.byteLength)} bytes`,
    );
  const keyHint = createHash('sha256')
    .update(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), key]))
    .digest()
    .subarray(0, 4);
  if (encodeHex(keyHint) !== hint)
    throw new RekorError(
      'invalid-key',
      `the verifier key has the hint ${hint}, but its name and key give ${encodeHex(keyHint)}; copy the key again`,
    );
  return { name, publicKey: importEd25519(key), keyHint: new Uint8Array(keyHint) };
}

/**
 * The lines of a checkpoint that are not the log's, with those of known witnesses verified: the signature is over
 * `cosignature/v1`, the time, and the checkpoint's text.
 */
export function readCosignatures(
  checkpoint: Checkpoint,
  witnesses: readonly WitnessKey[] = [],
): readonly Cosignature[] {
  requireObject(checkpoint, 'readCosignatures', 'checkpoint', ['signatures', 'signedText']);
  requireList(witnesses, 'readCosignatures', 'witnesses');
  return checkpoint.signatures
    .filter(({ name }) => !isOriginOf(checkpoint.origin, name))
    .map((line) => {
      const time = cosignatureTime(line);
      const witness = witnesses.find(({ name, keyHint }) => name === line.name && sameBytes(keyHint, line.keyHint));
      return {
        name: line.name,
        keyHint: encodeHex(line.keyHint),
        ...(time === undefined ? {} : { time }),
        status: witness === undefined ? 'unknown-key' : holds(checkpoint, line, time, witness) ? 'verified' : 'invalid',
      };
    });
}

function cosignatureTime({ signature }: CheckpointSignature): number | undefined {
  if (signature.byteLength !== BYTES) return undefined;
  const time = Buffer.from(signature).readBigUInt64BE();
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : undefined;
}

function holds(
  checkpoint: Checkpoint,
  { signature }: CheckpointSignature,
  time: number | undefined,
  witness: WitnessKey,
): boolean {
  if (time === undefined) return false;
  const text = `cosignature/v1\ntime ${String(time)}\n${checkpoint.signedText}`;
  return verifyLogSignature(witness.publicKey, Buffer.from(text), signature.subarray(8));
}
