import { decodeBase64, encodeBase64, requireObject, requireText } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';

/** One signature line of a checkpoint: the log's own, or a witness's cosignature. Not verified. */
export interface CheckpointSignature {
  /** Key name (signed-note: no spaces, no `+`). A hint, like everything here, until a signature holds. */
  readonly name: string;
  /** The four bytes that pick a key among those of one name. */
  readonly keyHint: Uint8Array;
  readonly signature: Uint8Array;
}

/** A log's signed statement of its size and root (C2SP tlog-checkpoint). Unverified until `verifyCheckpointSignature` says otherwise. */
export interface Checkpoint {
  /** Rekor v1: `<hostname> - <treeID>`; Rekor v2: the hostname. */
  readonly origin: string;
  /** Number of leaves. Always a bigint: logs may outgrow 2^53−1, and comparing mixed types silently fails. */
  readonly size: bigint;
  /** 32 bytes. */
  readonly rootHash: Uint8Array;
  /** Lines after the root, without line ends; `Log frozen…` is one that Rekor v2 writes. */
  readonly extensions: readonly string[];
  readonly signatures: readonly CheckpointSignature[];
  /** Exactly the text that is signed, with its final line end; sign and verify its UTF-8 bytes. */
  readonly signedText: string;
}

const MAX_CHECKPOINT_BYTES = 64 * 1024;
// signed-note asks for at least 16; witnesses and key rotations stay far below this.
const MAX_SIGNATURES = 64;
const MAX_SIZE = 2n ** 64n - 1n;
const LINE_FEED = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
// An em dash and a space.
const MARK = '\u2014 ';

/**
 * Parses a checkpoint that has one spelling: `formatCheckpoint(parseCheckpoint(x))` is `x` (C2SP signed-note, tlog-checkpoint).
 * Text after the signatures is refused: it is unsigned.
 *
 * @throws RekorError `invalid-checkpoint`
 */
export function parseCheckpoint(text: string): Checkpoint {
  requireText(text, 'parseCheckpoint', 'text');
  // A UTF-16 code unit is at most three bytes.
  if (text.length * 3 > MAX_CHECKPOINT_BYTES && Buffer.byteLength(text) > MAX_CHECKPOINT_BYTES) {
    throw refusal(`is over ${String(MAX_CHECKPOINT_BYTES)} bytes`);
  }
  refuseCharacters(text);
  const separator = text.lastIndexOf('\n\n');
  if (separator < 0) throw refusal('has no blank line between text and signatures');
  const signedText = text.slice(0, separator + 1);
  // A missing line reads as an empty line: none of the three may be empty.
  const originEnd = signedText.indexOf('\n');
  const sizeEnd = signedText.indexOf('\n', originEnd + 1);
  const rootEnd = signedText.indexOf('\n', sizeEnd + 1);
  if (originEnd <= 0) throw refusal('has no origin line');
  const digits = signedText.slice(originEnd + 1, Math.max(sizeEnd, 0));
  const size = isDecimal(digits, 20) ? BigInt(digits) : undefined;
  if (size === undefined || size > MAX_SIZE) {
    throw refusal('has a size line that is not a decimal number without leading zeros');
  }
  const rootHash = decodeBase64(signedText.slice(sizeEnd + 1, Math.max(rootEnd, 0)));
  if (rootHash?.byteLength !== 32) throw refusal('has a root line that is not 32 bytes of base64');
  const extensions = rootEnd === separator ? [] : signedText.slice(rootEnd + 1, -1).split('\n');
  if (extensions.includes('')) throw refusal('has an empty extension line');
  return {
    origin: signedText.slice(0, originEnd),
    size,
    rootHash,
    extensions,
    signatures: parseSignatures(text.slice(separator + 2)),
    signedText,
  };
}

// A loop: two regular expressions over the whole note cost more, most of all with the cold caches that a signature leaves.
function refuseCharacters(text: string): void {
  let surrogates = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 && unit !== LINE_FEED) throw refusal('has a control character');
    if (unit >= 0xd800 && unit <= 0xdfff) surrogates = true;
  }
  // A lone surrogate would be signed as U+FFFD, so that two texts had the same signed bytes.
  if (surrogates && /\p{Surrogate}/u.test(text)) throw refusal('is not valid Unicode');
}

/** Writes a checkpoint as it is signed and published. The inverse of `parseCheckpoint`. */
export function formatCheckpoint(checkpoint: Omit<Checkpoint, 'signedText'>): string {
  requireObject(checkpoint, 'formatCheckpoint', 'checkpoint', ['origin', 'size', 'rootHash', 'signatures']);
  const signatures = checkpoint.signatures.map(
    ({ name, keyHint, signature }) => `${MARK}${name} ${encodeBase64(Buffer.concat([keyHint, signature]))}\n`,
  );
  return `${formatCheckpointText(checkpoint)}\n${signatures.join('')}`;
}

/** The part of a checkpoint that is signed. */
export function formatCheckpointText(
  checkpoint: Pick<Checkpoint, 'origin' | 'size' | 'rootHash' | 'extensions'>,
): string {
  requireObject(checkpoint, 'formatCheckpointText', 'checkpoint', ['origin', 'size', 'rootHash']);
  const lines = [
    checkpoint.origin,
    String(checkpoint.size),
    encodeBase64(checkpoint.rootHash),
    ...checkpoint.extensions,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The tree that a Rekor v1 origin names (`rekor.sigstore.dev - 1193050959916656506`), or `undefined` for an origin of another form.
 * The half of an entry's 80-digit UUID that a proof must agree with.
 */
export function checkpointTreeId(origin: string): bigint | undefined {
  requireText(origin, 'checkpointTreeId', 'origin');
  const digits = treeOfOrigin(origin);
  return digits === undefined ? undefined : BigInt(digits);
}

/** The same in its decimal digits, which have one spelling. */
export function treeOfOrigin(origin: string): string | undefined {
  const start = origin.lastIndexOf(' - ');
  if (start < 0) return undefined;
  const digits = origin.slice(start + 3);
  return digits !== '0' && isDecimal(digits, 19) ? digits : undefined;
}

/** Whether a text is a number in decimal digits, without a zero in front. A loop: see `refuseCharacters`. */
export function isDecimal(text: string, maxDigits: number): boolean {
  const { length } = text;
  if (length === 0 || length > maxDigits || (length > 1 && text.charCodeAt(0) === ZERO)) return false;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < ZERO || unit > NINE) return false;
  }
  return true;
}

function parseSignatures(text: string): CheckpointSignature[] {
  if (text === '') throw refusal('has no signature');
  if (!text.endsWith('\n')) throw refusal('does not end with a line end');
  const signatures: CheckpointSignature[] = [];
  for (let start = 0; start < text.length; ) {
    if (signatures.length === MAX_SIGNATURES) throw refusal(`has more than ${String(MAX_SIGNATURES)} signatures`);
    const end = text.indexOf('\n', start);
    signatures.push(parseSignature(text.slice(start, end)));
    start = end + 1;
  }
  return signatures;
}

function parseSignature(line: string): CheckpointSignature {
  const space = line.indexOf(' ', 2);
  if (space < 0 || !line.startsWith(MARK)) {
    throw refusal('has a line among its signatures that is not a signature line');
  }
  const name = line.slice(2, space);
  if (!isKeyName(name)) throw refusal('has a signature with an invalid key name');
  const bytes = decodeBase64(line.slice(space + 1));
  if (bytes === undefined || bytes.byteLength < 5)
    throw refusal('has a signature that is not base64 of a key hint and a signature');
  return { name, keyHint: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/** signed-note: no Unicode spaces and no plus sign. */
function isKeyName(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const unit = name.charCodeAt(at);
    if (unit <= 0x20 || unit === PLUS) return false;
    // U+0085 is a space in Unicode but not in \s.
    if (unit > 0x7e) return !/[\s\u0085+]/u.test(name);
  }
  return name !== '';
}

function refusal(what: string): RekorError {
  return new RekorError('invalid-checkpoint', `the log’s checkpoint ${what}`);
}
