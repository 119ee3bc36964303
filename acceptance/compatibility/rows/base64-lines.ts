import { packedInput } from '../input.ts';
import type { CompatibilityRow, Line } from '../row.ts';

const topic = 'Line breaks in base64';

/** Scripts pipe signatures through `base64(1)`. CR and LF are skipped in evidence of every format, and nothing else is. */
export const BASE64_LINES: readonly CompatibilityRow[] = [
  {
    name: 'base64-lines-rsa',
    topic,
    input: 'an RSA signature in lines of 76 characters',
    before: 'refused: signature-malformed',
    ours: 'accepted',
    ask: verify('raw.pub', 'v1'),
  },
  {
    name: 'base64-lines-end',
    topic,
    input: 'an RSA signature with a line break at its end',
    before: 'refused: signature-malformed',
    ours: 'accepted',
    ask: verify('raw.pub', 'v2'),
  },
  {
    name: 'base64-lines-none',
    topic,
    input: 'the same signature in one line',
    before: 'accepted',
    ours: 'accepted',
    ask: verify('raw.pub', 'v3'),
  },
  {
    name: 'base64-lines-ecdsa',
    topic,
    input: 'an ECDSA signature with a line break',
    before: 'refused: signature-malformed',
    ours: 'accepted',
    ask: verify('ec2.pub', 'v6'),
  },
];

function verify(key: string, tag: string): Line {
  const words = ['verify', '--key', `./${key}`, '--insecure-ignore-tlog'];
  return {
    serve: packedInput('wrapped-signature'),
    words: [...words, `REGISTRY/acme/app:${tag}`],
    doors: [[...words, `oci:./layout:${tag}`]],
  };
}
