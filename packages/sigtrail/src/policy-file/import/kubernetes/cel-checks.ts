/** What a validation asks of each image, as far as we can say it. */
export type CelCheck =
  | { readonly kind: 'all' | 'any'; readonly of: readonly CelCheck[] }
  | {
      readonly kind: 'signatures';
      readonly attestors: readonly string[];
      /** How many of the attestors must have signed. */
      readonly count: 'any' | 'all';
      /** The name of the attestation; without it the image's own signatures. */
      readonly attestation?: string;
    };

/**
 * Reads the CEL of a Kyverno validation: `images.….map(image, verifyImageSignatures(image, [attestors.a])).all(e, e > 0)`, the same of
 * `verifyAttestationSignatures`, `.all(image, … > 0)`, and these joined by `&&` and `||`. Everything else is `undefined`: the importer must
 * refuse the whole, since leaving a check out would accept more.
 */
export function readCelChecks(expression: string): CelCheck | undefined {
  const tokens = tokensOf(expression);
  if (tokens === undefined) return undefined;
  const reader: Reader = { tokens, at: 0 };
  const check = readJoined(reader, readQuantified, ['&&']);
  return reader.at === tokens.length ? check : undefined;
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

const MAX_CHARACTERS = 10_000;

function tokensOf(expression: string): readonly string[] | undefined {
  if (expression.length > MAX_CHARACTERS) return undefined;
  const pattern = /\s*([A-Za-z_]\w*|\d+|"[^"\\]*"|'[^'\\]*'|&&|\|\||>=|==|\.\?|[.,()[\]>+])\s*/y;
  const tokens: string[] = [];
  while (pattern.lastIndex < expression.length) {
    const token = pattern.exec(expression)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
}

function take(reader: Reader, ...expected: readonly string[]): boolean {
  if (!expected.every((token, index) => reader.tokens[reader.at + index] === token)) return false;
  reader.at += expected.length;
  return true;
}

function takeName(reader: Reader): string | undefined {
  const token = reader.tokens[reader.at] ?? '';
  if (!/^[A-Za-z_]\w*$/.test(token)) return undefined;
  reader.at += 1;
  return token;
}

type Read = (reader: Reader) => CelCheck | undefined;

/** Terms joined by a single operator; if there are two, brackets must say which one binds more tightly. */
function readJoined(reader: Reader, readTerm: Read, operators: readonly string[]): CelCheck | undefined {
  const first = readTerm(reader);
  if (first === undefined) return undefined;
  const of = [first];
  const operator = reader.tokens[reader.at] ?? '';
  if (!operators.includes(operator)) return first;
  while (take(reader, operator)) {
    const next = readTerm(reader);
    if (next === undefined) return undefined;
    of.push(next);
  }
  return { kind: operator === '&&' ? 'all' : 'any', of };
}

/** A check of every image of a list: `LIST.map(x, …).all(y, y > 0)`, or `LIST.all(x, …)`. */
function readQuantified(reader: Reader): CelCheck | undefined {
  if (!skipImages(reader)) return undefined;
  const isMap = take(reader, '.', 'map', '(');
  if (!isMap && !take(reader, '.', 'all', '(')) return undefined;
  const image = takeName(reader);
  if (image === undefined || !take(reader, ',')) return undefined;
  const start = reader.at;
  const call = isMap ? readCall(reader, image) : undefined;
  if (call !== undefined && take(reader, ')', '.', 'all', '(')) {
    const result = takeName(reader);
    if (result === undefined || !take(reader, ',', result)) return undefined;
    const check = readComparison(reader, call);
    return check !== undefined && take(reader, ')') ? check : undefined;
  }
  reader.at = start;
  const check = readTruth(reader, image);
  if (check === undefined || !take(reader, ')')) return undefined;
  if (!isMap) return check;
  if (!take(reader, '.', 'all', '(')) return undefined;
  const result = takeName(reader);
  return result !== undefined && take(reader, ',', result, ')') ? check : undefined;
}

/** `images.containers`, or a sum of such lists, whose parts may be optional. Which images they are is up to the caller of `verifyImage`. */
function skipImages(reader: Reader): boolean {
  const isBracketed = take(reader, '(');
  do {
    if (!take(reader, 'images') || !(take(reader, '.') || take(reader, '.?')) || takeName(reader) === undefined)
      return false;
    if (take(reader, '.', 'orValue', '(', '[', ']', ')')) continue;
  } while (take(reader, '+'));
  return !isBracketed || take(reader, ')');
}

/** `verifyImageSignatures(…) > 0`, and such joined. */
function readTruth(reader: Reader, image: string): CelCheck | undefined {
  return readJoined(
    reader,
    (inner) => {
      if (take(inner, '(')) {
        const check = readTruth(inner, image);
        return check !== undefined && take(inner, ')') ? check : undefined;
      }
      const call = readCall(inner, image);
      return call === undefined ? undefined : readComparison(inner, call);
    },
    ['&&', '||'],
  );
}

interface Call {
  readonly attestors: readonly string[];
  readonly attestation?: string;
}

function readCall(reader: Reader, image: string): Call | undefined {
  const isAttestation = take(reader, 'verifyAttestationSignatures', '(');
  if (!isAttestation && !take(reader, 'verifyImageSignatures', '(')) return undefined;
  if (!take(reader, image, ',')) return undefined;
  const attestation = isAttestation ? readMember(reader, 'attestations') : undefined;
  if (isAttestation && (attestation === undefined || !take(reader, ','))) return undefined;
  if (!take(reader, '[')) return undefined;
  const attestors: string[] = [];
  do {
    const attestor = readMember(reader, 'attestors');
    if (attestor === undefined) return undefined;
    attestors.push(attestor);
  } while (take(reader, ','));
  if (!take(reader, ']', ')')) return undefined;
  return { attestors, ...(attestation === undefined ? {} : { attestation }) };
}

/** `attestors.name`, or `attestors["name"]`. */
function readMember(reader: Reader, of: string): string | undefined {
  if (!take(reader, of)) return undefined;
  if (take(reader, '.')) return takeName(reader);
  if (!take(reader, '[')) return undefined;
  const quoted = /^(["'])(.*)\1$/s.exec(reader.tokens[reader.at] ?? '')?.[2];
  reader.at += 1;
  return quoted !== undefined && take(reader, ']') ? quoted : undefined;
}

/** The number of attestors that must have signed: at least one, or all. */
function readComparison(reader: Reader, call: Call): CelCheck | undefined {
  const operator = reader.tokens[reader.at] ?? '';
  const operand = reader.tokens[reader.at + 1] ?? '';
  if (!['>', '>=', '=='].includes(operator) || !/^\d{1,3}$/.test(operand)) return undefined;
  reader.at += 2;
  const all = call.attestors.length;
  const least = Number(operand) + (operator === '>' ? 1 : 0);
  // With two attestors, `== 1` refuses an image that both signed; none of our policies does that.
  if (least === all) return { kind: 'signatures', count: 'all', ...call };
  return least === 1 && operator !== '==' ? { kind: 'signatures', count: 'any', ...call } : undefined;
}
