import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkpointTreeId, formatCheckpoint, formatCheckpointText, parseCheckpoint } from './checkpoint.ts';
import { encodeBase64 } from '@sigtrail/encoding';

const ROOT = encodeBase64(new Uint8Array(32).fill(7));
const SIGNATURE = encodeBase64(Uint8Array.of(1, 2, 3, 4, 5, 6));
const GOOD = `log.example - 42\n10\n${ROOT}\n\n— log.example ${SIGNATURE}\n`;

describe('parseCheckpoint', () => {
  it('reads origin, size, root, extensions, signatures and the signed text', () => {
    const text = `log.example\n0\n${ROOT}\nLog frozen\n\n— log.example ${SIGNATURE}\n— witness.example/1 ${SIGNATURE}\n`;
    expect(parseCheckpoint(text)).toEqual({
      origin: 'log.example',
      size: 0n,
      rootHash: new Uint8Array(32).fill(7),
      extensions: ['Log frozen'],
      signatures: ['log.example', 'witness.example/1'].map((name) => ({
        name,
        keyHint: Uint8Array.of(1, 2, 3, 4),
        signature: Uint8Array.of(5, 6),
      })),
      signedText: `log.example\n0\n${ROOT}\nLog frozen\n`,
    });
  });

  it('keeps a size above 2^53 exact', () => {
    expect(parseCheckpoint(GOOD.replace('\n10\n', '\n18446744073709551615\n')).size).toBe(2n ** 64n - 1n);
  });

  it.each([
    ['empty text', ''],
    ['no blank line', GOOD.replace('\n\n', '\n')],
    ['no signature', `log.example\n10\n${ROOT}\n\n`],
    ['no final line end', GOOD.slice(0, -1)],
    ['text after the signatures', `${GOOD}trailing\n`],
    ['a blank line and text after the signatures', `${GOOD}\ntrailing\n`],
    ['a blank line at the end', `${GOOD}\n`],
    ['an empty origin', GOOD.replace('log.example - 42', '')],
    ['a missing origin', GOOD.replace('log.example - 42\n', '')],
    ['a missing size', GOOD.replace('10\n', '')],
    ['a missing root', GOOD.replace(`${ROOT}\n`, '')],
    ['an origin line only', `log.example\n\n— log.example ${SIGNATURE}\n`],
    ['an origin and a size only', `log.example\n10\n\n— log.example ${SIGNATURE}\n`],
    ['a signature line of a name only', GOOD.replace(` ${SIGNATURE}`, '')],
    ['a third part in a signature line', GOOD.replace(SIGNATURE, `${SIGNATURE} ${SIGNATURE}`)],
    ['a signature line without a name', GOOD.replace('— log.example ', '—  ')],
    ['a size with a leading zero', GOOD.replace('\n10\n', '\n010\n')],
    ['a size with a sign', GOOD.replace('\n10\n', '\n+10\n')],
    ['a size with a space', GOOD.replace('\n10\n', '\n10 \n')],
    ['a hexadecimal size', GOOD.replace('\n10\n', '\n0x10\n')],
    ['a size above 2^64-1', GOOD.replace('\n10\n', '\n18446744073709551616\n')],
    ['a root of 31 bytes', GOOD.replace(ROOT, encodeBase64(new Uint8Array(31)))],
    ['a root without padding', GOOD.replace(ROOT, ROOT.slice(0, -1))],
    ['a root with stray bits', GOOD.replace(ROOT, ROOT.replace('c=', 'd='))],
    ['an empty extension line', GOOD.replace(`${ROOT}\n`, `${ROOT}\n\nextension\n`)],
    ['a hyphen for the em dash', GOOD.replace('—', '-')],
    ['two spaces in a signature line', GOOD.replace('— ', '—  ')],
    ['a plus sign in a key name', GOOD.replace('— log.example', '— log+example')],
    ['a no-break space in a key name', GOOD.replace('— log.example', '— log\u00a0example')],
    ['a signature of a key hint only', GOOD.replace(SIGNATURE, encodeBase64(Uint8Array.of(1, 2, 3, 4)))],
    ['a signature with foreign characters', GOOD.replace(SIGNATURE, `${SIGNATURE.slice(0, 4)}*${SIGNATURE.slice(4)}`)],
    ['carriage returns', GOOD.replaceAll('\n', '\r\n')],
    ['a control character', GOOD.replace('log.example', 'log\u0007example')],
    ['a lone surrogate', GOOD.replace('log.example', 'log\ud800example')],
    ['more than 64 signatures', `${GOOD}${`— log.example ${SIGNATURE}\n`.repeat(64)}`],
    ['more than 64 KiB', GOOD.replace('log.example', 'l'.repeat(65_536))],
  ])('refuses %s', (_what, text) => {
    expect(() => parseCheckpoint(text)).toThrow(
      expect.objectContaining({ name: 'RekorError', code: 'invalid-checkpoint' }),
    );
  });

  const line = fc.string({ unit: fc.constantFrom(...Array.from('abc -.:/é')), minLength: 1, maxLength: 20 });
  const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
  const checkpoints = fc.record({
    origin: line,
    size: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    rootHash: bytes(32),
    extensions: fc.array(line, { maxLength: 3 }),
    signatures: fc.array(
      fc.record({
        name: fc.string({ unit: fc.constantFrom(...Array.from('ab./é')), minLength: 1 }),
        keyHint: bytes(4),
        signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });

  it('is the inverse of formatCheckpoint', () => {
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        const text = formatCheckpoint(checkpoint);
        expect(parseCheckpoint(text)).toEqual({ ...checkpoint, signedText: formatCheckpointText(checkpoint) });
      }),
    );
  });

  it('accepts no second spelling: what it accepts it writes back unchanged', () => {
    fc.assert(
      fc.property(
        checkpoints,
        fc.nat(),
        fc.constantFrom('', '\n', ' ', '=', '0', '—', 'A', '\u2028'),
        (checkpoint, at, insertion) => {
          const text = formatCheckpoint(checkpoint);
          const index = at % text.length;
          for (const mutant of [
            text.slice(0, index) + insertion + text.slice(index),
            text.slice(0, index) + insertion + text.slice(index + 1),
          ]) {
            let parsed: ReturnType<typeof parseCheckpoint>;
            try {
              parsed = parseCheckpoint(mutant);
            } catch {
              continue;
            }
            expect(formatCheckpoint(parsed)).toBe(mutant);
            expect(mutant.startsWith(parsed.signedText)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('checkpointTreeId', () => {
  it('reads the tree of a Rekor v1 origin', () => {
    expect(checkpointTreeId('rekor.sigstore.dev - 1193050959916656506')).toBe(1193050959916656506n);
  });

  it.each(['log2025-1.rekor.sigstore.dev', 'rekor - ', 'rekor - 0', 'rekor - 12x', 'rekor-12'])(
    'has none for %j',
    (origin) => {
      expect(checkpointTreeId(origin)).toBeUndefined();
    },
  );
});
