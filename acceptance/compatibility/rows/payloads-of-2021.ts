import { packedInput } from '../input.ts';
import type { CompatibilityRow, Line } from '../row.ts';

const topic = 'Payloads of 2021';

/** Tekton Chains signed with Go's own names for members, and with a type of its own. Each spelling is read whole; a mix of the two is refused. */
export const PAYLOADS_OF_2021: readonly CompatibilityRow[] = [
  {
    name: 'payload-capital-keys-and-type',
    topic,
    input: 'capital keys, and the type `Tekton container signature`',
    before: 'refused: payload-malformed',
    ours: 'accepted',
    ask: verify('v1'),
  },
  {
    name: 'payload-type',
    topic,
    input: 'the type `Tekton container signature`',
    before: 'refused: payload-type',
    ours: 'accepted',
    ask: verify('v2'),
  },
  {
    name: 'payload-capital-keys',
    topic,
    input: 'capital keys',
    before: 'refused: payload-malformed',
    ours: 'accepted',
    ask: verify('v3'),
  },
];

function verify(tag: string): Line {
  const words = ['verify', '--key', './ec2.pub', '--insecure-ignore-tlog'];
  return {
    serve: packedInput('tekton-payload'),
    words: [...words, `REGISTRY/acme/app:${tag}`],
    doors: [[...words, `oci:./layout:${tag}`]],
  };
}
