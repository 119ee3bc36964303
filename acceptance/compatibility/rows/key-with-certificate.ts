import { packedInput } from '../input.ts';
import type { CompatibilityRow } from '../row.ts';

const words = ['verify', '--key', './raw.pub', '--insecure-ignore-tlog'];

/** With a key rule, a certificate in the annotations beside the signature is reported and not checked. */
export const KEY_WITH_CERTIFICATE: readonly CompatibilityRow[] = [
  {
    name: 'key-with-certificate',
    topic: 'A key’s signature with a certificate beside it',
    input: 'an RSA signature with a certificate of a private authority beside it',
    before: 'refused: certificate-issuer-unknown',
    ours: 'accepted',
    ask: {
      serve: packedInput('key-with-certificate'),
      words: [...words, 'REGISTRY/acme/app:v1'],
      doors: [[...words, 'oci:./layout:v1']],
    },
  },
];
