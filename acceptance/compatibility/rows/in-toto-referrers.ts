import { packedInput } from '../input.ts';
import type { CompatibilityRow, Line } from '../row.ts';

const topic = 'In-toto referrers beside what is asked for';
const before = 'indeterminate: not-fetched';

/** An `application/vnd.in-toto+json` referrer is an attestation, and leaves no question about signatures open. */
export const IN_TOTO_REFERRERS: readonly CompatibilityRow[] = [
  {
    name: 'in-toto-only',
    topic,
    input: 'an image with nothing but an in-toto referrer',
    before,
    ours: 'refused: attestation-not-signature',
    because: 'cosign does not see such referrers; an attestation is there, and no signature',
    ask: verify('vi'),
  },
  {
    name: 'in-toto-beside-signature',
    topic,
    input: 'a signed image with an in-toto referrer',
    before: 'accepted',
    ours: 'accepted',
    ask: verify('ii'),
  },
];

function verify(tag: string): Line {
  const words = ['verify', '--key', './ck.pub', '--insecure-ignore-tlog'];
  return {
    serve: packedInput('indeterminate-in-toto-referrer'),
    words: [...words, `REGISTRY/acme/app:${tag}`],
    doors: [[...words, `oci:./layout:${tag}`]],
  };
}
