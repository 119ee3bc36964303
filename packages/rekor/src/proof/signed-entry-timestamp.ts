import { decodeBase64, decodeHex, encodeBase64, requireObject } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';

/** What Rekor v1 signs as its promise to include an entry (signed entry timestamp, SET). */
export interface SignedEntryTimestampFields {
  /** The body in base64, exactly as the log gave it. */
  readonly body: string;
  /** Seconds since 1970. */
  readonly integratedTime: number;
  /** The *global* index, unlike the one in the inclusion proof. */
  readonly logIndex: number;
  /** Lower-case hexadecimal SHA-256 of the log key's SPKI. */
  readonly logID: string;
}

/** The same with the body as bytes, which have one spelling. */
export type SignedEntryTimestampInput = Omit<SignedEntryTimestampFields, 'body'> & {
  readonly body: string | Uint8Array;
};

/**
 * The bytes under a signed entry timestamp: these four fields as canonical JSON (RFC 8785), keys in code-unit order, no spaces.
 *
 * @throws RekorError `invalid-entry` when a field could be spelled in two ways, with its `path`
 */
export function signedEntryTimestampPayload(fields: SignedEntryTimestampInput): Uint8Array {
  requireObject(fields, 'signedEntryTimestampPayload', 'fields');
  const { integratedTime, logIndex, logID } = fields;
  const body = fields.body instanceof Uint8Array ? encodeBase64(fields.body) : fields.body;
  // Base64 and hexadecimal need no JSON escapes, and RFC 8785 writes safe integers as plain digits.
  if (typeof body !== 'string' || (body === fields.body && decodeBase64(body) === undefined))
    throw refusal('body', 'standard base64');
  if (!isCount(integratedTime)) throw refusal('integratedTime', 'a whole number from 0 to 2^53-1');
  if (typeof logID !== 'string' || decodeHex(logID)?.byteLength !== 32)
    throw refusal('logID', '64 lower-case hexadecimal digits');
  if (!isCount(logIndex)) throw refusal('logIndex', 'a whole number from 0 to 2^53-1');
  return new Uint8Array(promiseBytes({ body, integratedTime, logIndex, logID }));
}

/**
 * The same over fields that were read from a checked entry, and a body that was just written as base64. Put together by hand: writing some
 * KB of base64 as JSON would cost as much as the hashing. The bytes hold until the next call.
 */
export function promiseBytes({ body, integratedTime, logIndex, logID }: SignedEntryTimestampFields): Uint8Array {
  const rest = `","integratedTime":${String(integratedTime)},"logID":"${logID}","logIndex":${String(logIndex)}}`;
  // Written piece by piece: one long string of them would be copied once more.
  const length = HEAD.byteLength + body.length + rest.length;
  const bytes = length > scratch.byteLength ? Buffer.allocUnsafe(length) : scratch.subarray(0, length);
  bytes.set(HEAD);
  bytes.write(body, HEAD.byteLength, 'latin1');
  bytes.write(rest, HEAD.byteLength + body.length, 'latin1');
  return bytes;
}

const HEAD = Buffer.from('{"body":"');
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

function isCount(value: number): boolean {
  // -0 would be written as 0.
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function refusal(path: string, expected: string): RekorError {
  return new RekorError(
    'invalid-entry',
    `the log’s signed entry timestamp covers a "${path}" that is not ${expected}`,
    { path, expected },
  );
}
