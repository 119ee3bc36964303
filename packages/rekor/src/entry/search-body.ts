import { requireBytes, requireDocument, requireList, requireText } from '@sigtrail/encoding';
import { createPublicKey, X509Certificate } from 'node:crypto';

/** Something to look for in bytes that no reader understands. */
export interface Needle {
  readonly name: string;
  /** Each of them stands for it: the text of a name, the bytes of a digest, the coordinate or modulus of a key. */
  readonly bytes: readonly Uint8Array[];
}

/** What a search through a body found. */
export interface BodySearch {
  /** Names of the needles that are in it. */
  readonly names: readonly string[];
  /** Whether all of it was unwrapped; else more may be in it. */
  readonly isComplete: boolean;
}

// An entry holds base64 of PEM of base64 of DER; twice-encoded signatures make it one more.
const MAX_DEPTH = 5;
// Unwrapping a run at every alignment makes three bytes of each one. What an attacker wraps deeper is told as not searched.
const MAX_UNWRAPPED_BYTES = 128 * 1024 * 1024;

/**
 * Looks for names, digests and keys in the body of an entry that can't be read: as they are, and inside everything that looks like base64 (also base64url, with
 * line breaks, at any alignment) or hexadecimal, over and over. It reads no structure, so nothing that makes the structure unreadable hides what is in it.
 *
 * @example
 * searchBody(entry.body, [{ name: 'me', bytes: [Buffer.from('dev@acme.example')] }]).names; // ['me'] when the address is anywhere in it
 */
export function searchBody(body: Uint8Array, needles: readonly Needle[]): BodySearch {
  requireBytes(body, 'searchBody', 'body');
  requireList(needles, 'searchBody', 'needles');
  const names = new Set<string>();
  let budget = MAX_UNWRAPPED_BYTES;
  let isComplete = true;
  let views: readonly Buffer[] = [Buffer.from(body)];
  for (let depth = 0; views.length > 0; depth += 1) {
    for (const view of views)
      for (const { name, bytes } of needles)
        if (
          !names.has(name) &&
          bytes.some(
            (wanted) =>
              wanted.byteLength > 0 && view.includes(Buffer.from(wanted.buffer, wanted.byteOffset, wanted.byteLength)),
          )
        )
          names.add(name);
    const size = views.reduce((sum, { byteLength }) => sum + byteLength, 0);
    // Each view is unwrapped at four alignments of base64 and two of hexadecimal, with escapes and line breaks taken out.
    budget -= 4 * size;
    if (depth === MAX_DEPTH || budget < 0) {
      isComplete = !views.some((view) => LONG_RUN.test(view.toString('latin1')));
      break;
    }
    views = views.flatMap(unwrap);
  }
  return { names: [...names], isComplete };
}

/** A run that is long by chance in no bytes that are not text. */
const LONG_RUN = /[A-Za-z0-9+/_-]{64}/;

function unwrap(view: Buffer): readonly Buffer[] {
  const raw = view.toString('latin1');
  const text = withoutEscapes(raw);
  const joined = text.replaceAll(/\s+/g, '');
  const unwrapped = (joined === text ? [text] : [text, joined]).flatMap((one) => [
    ...[0, 1, 2, 3].map((start) => decodeRuns(one, /[A-Za-z0-9+/_-]{6,}/g, start, 'base64')),
    ...[0, 1].map((start) => decodeRuns(one, /[0-9A-Fa-f]{12,}/g, start, 'hex')),
  ]);
  const plain = text === raw ? [] : [Buffer.from(text, 'latin1')];
  return [...plain, ...unwrapped].filter(({ byteLength }) => byteLength > 0);
}

/** JSON may write any character as an escape. */
function withoutEscapes(text: string): string {
  return text
    .replaceAll(/(?:\\u[0-9A-Fa-f]{4})+/g, (run) => Buffer.from(JSON.parse(`"${run}"`) as string).toString('latin1'))
    .replaceAll(/\\[nrtbf]/g, '\n')
    .replaceAll(/\\(["\\/])/g, '$1');
}

/** All runs of an alphabet, decoded from this character of each on. A byte between them keeps what was apart from growing together. */
function decodeRuns(text: string, runs: RegExp, start: number, encoding: 'base64' | 'hex'): Buffer {
  const parts = [...text.matchAll(runs)].flatMap(([run]) => [Buffer.from(run.slice(start), encoding), SEPARATOR]);
  return Buffer.concat(parts);
}

const SEPARATOR = Buffer.from('\0');

/** The bytes of a digest `sha256:…`. Its text is found as hexadecimal. */
export function digestBytes(digest: string): Uint8Array {
  requireText(digest, 'digestBytes', 'digest');
  return Buffer.from(digest.slice(digest.indexOf(':') + 1), 'hex');
}

/**
 * What is in every encoding of a public key: the modulus of RSA, the x of a curve. The key may stand in a certificate, an SPKI, a JWK, an SSH key, or with
 * its point compressed. `undefined` for a key that Node can't read.
 */
export function keyBytes(pemOrDer: string | Uint8Array): Buffer | undefined {
  requireDocument(pemOrDer, 'keyBytes', 'pemOrDer');
  try {
    const key = readKey(pemOrDer);
    const { x, n } = key.export({ format: 'jwk' });
    const coordinate = x ?? n;
    return coordinate === undefined
      ? key.export({ format: 'der', type: 'spki' })
      : Buffer.from(coordinate, 'base64url');
  } catch {
    return undefined;
  }
}

function readKey(pemOrDer: string | Uint8Array): ReturnType<typeof createPublicKey> {
  if (typeof pemOrDer === 'string')
    return pemOrDer.includes('-----BEGIN CERTIFICATE-----')
      ? new X509Certificate(pemOrDer).publicKey
      : createPublicKey(pemOrDer);
  return createPublicKey({ key: Buffer.from(pemOrDer), format: 'der', type: 'spki' });
}
