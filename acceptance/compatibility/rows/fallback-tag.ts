import { packedInput, unpackInput } from '../input.ts';
import type { CompatibilityRow, Line } from '../row.ts';

const topic = 'A fallback tag that answers with the image itself';
const before = 'indeterminate: invalid-layout or invalid-response';

/** GitLab's registry resolves `sha256-HEX` for every image; `cosign copy` leaves the tag behind. It lists nothing. */
export const FALLBACK_TAG: readonly CompatibilityRow[] = [
  {
    name: 'fallback-tag-unsigned',
    topic,
    input: 'an unsigned image after `cosign copy`',
    before,
    ours: 'unsigned',
    ask: verify('cosign-copy', 'ck.pub', 'un'),
  },
  {
    name: 'fallback-tag-signed',
    topic,
    input: 'a signed image after `cosign copy`',
    before: 'accepted',
    ours: 'accepted',
    ask: verify('cosign-copy', 'ck.pub', 'sg'),
  },
  {
    name: 'fallback-tag-wrong-key',
    topic,
    input: 'a signed image after `cosign copy`, and another key',
    before,
    ours: 'refused: signature-invalid',
    ask: verify('cosign-copy', 'rsa.pub', 'sg'),
  },
  {
    name: 'fallback-tag-index',
    topic,
    input: 'an index whose tag answers with the index',
    before: 'accepted, with the manifests of its platforms listed as referrers',
    ours: 'accepted',
    ask: verify('gitlab-fallback', 'ck.pub', 'multi'),
  },
];

function verify(input: string, key: string, tag: string): Line {
  const words = ['verify', '--key', `./${key}`, '--insecure-ignore-tlog'];
  return {
    serve: (place) => {
      unpackInput('cosign-copy', place.directory); // its keys
      packedInput(input)(place);
    },
    words: [...words, `REGISTRY/acme/app:${tag}`],
    doors: [[...words, `oci:./layout:${tag}`]],
  };
}
