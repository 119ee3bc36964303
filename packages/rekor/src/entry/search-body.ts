import { requireBytes, requireDocument, requireList, requireText } from '@sigtrail/encoding';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { checkCall } from '../options.ts';

/** Something to look for in bytes that no reader understands. */
export interface Needle {
  readonly name: string;
  /** Any of these identifies it: the text of a name, the bytes of a digest, the coordinate or modulus of a key. */
  readonly bytes: readonly Uint8Array[];
}

/** What a search through a body found. */
export interface BodySearch {
  /** Names of the needles that are in it. */
  readonly names: readonly string[];
  /** Whether the search unwrapped everything; otherwise there may be more in the body. */
  readonly isComplete: boolean;
}

// An entry holds base64 of PEM of base64 of DER; twice-encoded signatures make it one more.
const MAX_DEPTH = 5;
// Unwrapping a run at every alignment makes three bytes of each one. Content that is wrapped deeper is reported as not searched.
const MAX_UNWRAPPED_BYTES = 128 * 1024 * 1024;

/**
 * Looks for names, digests and keys in the body of an entry that can't be read: as they are, and inside everything that looks like base64 (also base64url, with
 * line breaks, at any alignment) or hexadecimal, repeatedly. It reads no structure, so a broken structure can't hide what is in the body.
 * A body of a megabyte takes a second: in between, timers and sockets have their turn.
 *
 * @throws `signal.reason` once the signal is aborted
 * @example
 * await searchBody(entry.body, [{ name: 'me', bytes: [Buffer.from('dev@acme.example')] }]); // names: ['me'] when the address is anywhere in it
 */
export async function searchBody(
  body: Uint8Array,
  needles: readonly Needle[],
  call: { readonly signal?: AbortSignal } = {},
): Promise<BodySearch> {
  requireBytes(body, 'searchBody', 'body');
  requireList(needles, 'searchBody', 'needles');
  checkCall('searchBody', call);
  const names = new Set<string>();
  const turn = turnsOf(call.signal);
  let budget = MAX_UNWRAPPED_BYTES;
  let isComplete = true;
  let views: readonly Buffer[] = [Buffer.from(body)];
  for (let depth = 0; views.length > 0; depth += 1) {
    for (const view of views)
      for (const { name, bytes } of needles) {
        if (!names.has(name) && bytes.some((wanted) => isIn(view, wanted))) names.add(name);
        await turn();
      }
    const size = views.reduce((sum, { byteLength }) => sum + byteLength, 0);
    // Each view is unwrapped at four alignments of base64 and two of hexadecimal, with escapes and line breaks taken out.
    budget -= 4 * size;
    if (depth === MAX_DEPTH || budget < 0) {
      isComplete = !views.some((view) => LONG_RUN.test(view.toString('latin1')));
      break;
    }
    const unwrapped: Buffer[] = [];
    for (const view of views) unwrapped.push(...(await unwrap(view, turn)));
    views = unwrapped;
  }
  return { names: [...names], isComplete };
}

function isIn(view: Buffer, { buffer, byteOffset, byteLength }: Uint8Array): boolean {
  return byteLength > 0 && view.includes(Buffer.from(buffer, byteOffset, byteLength));
}

// Longer than this nothing is computed at a stretch where it can be parted.
const STRETCH_MS = 4;

/** Between two parts of the search. */
function turnsOf(signal: AbortSignal | undefined): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    if (performance.now() - turned >= STRETCH_MS) {
      await new Promise(setImmediate);
      turned = performance.now();
    }
    signal?.throwIfAborted();
  };
}

/** Binary bytes don't contain a run this long by chance. */
const LONG_RUN = /[A-Za-z0-9+/_-]{64}/;

async function unwrap(view: Buffer, turn: () => Promise<void>): Promise<readonly Buffer[]> {
  const raw = view.toString('latin1');
  const text = withoutEscapes(raw);
  await turn();
  const joined = text.replaceAll(/\s+/g, '');
  const unwrapped: Buffer[] = text === raw ? [] : [Buffer.from(text, 'latin1')];
  for (const one of joined === text ? [text] : [text, joined])
    for (const [runs, starts, encoding] of ALPHABETS)
      for (const start of starts) {
        await turn();
        unwrapped.push(await decodeRuns(one, runs, start, encoding, turn));
      }
  return unwrapped.filter(({ byteLength }) => byteLength > 0);
}

// A run of base64 may begin at any of four digits, one of hexadecimal at either of two.
const ALPHABETS = [
  [/[A-Za-z0-9+/_-]{6,}/g, [0, 1, 2, 3], 'base64'],
  [/[0-9A-Fa-f]{12,}/g, [0, 1], 'hex'],
] as const;

/** JSON may write any character as an escape. */
function withoutEscapes(text: string): string {
  return text
    .replaceAll(/(?:\\u[0-9A-Fa-f]{4})+/g, (run) => Buffer.from(JSON.parse(`"${run}"`) as string).toString('latin1'))
    .replaceAll(/\\[nrtbf]/g, '\n')
    .replaceAll(/\\(["\\/])/g, '$1');
}

/** All runs of an alphabet, decoded from this character of each on. A byte between them keeps what was apart from growing together. */
async function decodeRuns(
  text: string,
  runs: RegExp,
  start: number,
  encoding: 'base64' | 'hex',
  turn: () => Promise<void>,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const [run] of text.matchAll(runs)) {
    parts.push(Buffer.from(run.slice(start), encoding), SEPARATOR);
    if (parts.length % RUNS_AT_A_STRETCH === 0) await turn();
  }
  return Buffer.concat(parts);
}

const RUNS_AT_A_STRETCH = 1024;
const SEPARATOR = Buffer.from('\0');

/** The bytes of a digest `sha256:…`. Its text is found as hexadecimal. */
export function digestBytes(digest: string): Uint8Array {
  requireText(digest, 'digestBytes', 'digest');
  return Buffer.from(digest.slice(digest.indexOf(':') + 1), 'hex');
}

/**
 * The bytes that every encoding of a public key contains: the modulus of RSA, the x of a curve. The key may be in a certificate, an SPKI, a JWK, an SSH key, or with
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
