import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { createSigstore, generateKeyPair } from '@sigtrail/testing';
import { importClusterImagePolicy, toPolicyDocument } from 'sigtrail/policy-file';
import { withPlace } from '../ask.ts';
import { packedInput, unpackInput } from '../input.ts';
import type { CompatibilityRow, Line, Place } from '../row.ts';

const keyFiles = 'Key files';
const jsonLines = 'Trusted roots as JSON lines';
const verify = ['verify', '--insecure-ignore-tlog'];

/** What people write in policies, key files and variables. */
export const WORDS: readonly CompatibilityRow[] = [
  {
    name: 'cip-key-without-ctlog',
    topic: 'A `ClusterImagePolicy` with a key and no `ctlog`',
    input: 'imported by `sigtrail policy import`',
    before: 'a log entry is required, silently',
    ours: 'require {"log":0}, and says so: relaxed',
    ask: async () => {
      const spec = { images: [{ glob: '**' }], authorities: [{ key: { data: generateKeyPair().pem } }] };
      const object = {
        apiVersion: 'policy.sigstore.dev/v1beta1',
        kind: 'ClusterImagePolicy',
        metadata: { name: 'a' },
        spec,
      };
      const { policy, notExpressed } = importClusterImagePolicy(JSON.stringify(object));
      if (policy === undefined) return Promise.resolve('not imported');
      const { require } = toPolicyDocument(policy) as { readonly require?: object };
      const said = notExpressed.find(({ what }) => what === 'spec.authorities[0].ctlog')?.effect ?? 'nothing';
      return Promise.resolve(`require ${JSON.stringify(require)}, and says so: ${said}`);
    },
    peers: [
      { tool: 'policy-controller (by its source)', answer: 'asks for no log' },
      { tool: 'cosign 2.6.5, 3.1.2', answer: '—: they read no such document' },
    ],
  },
  {
    name: 'key-with-text-around',
    topic: keyFiles,
    input: 'a comment above the one PEM block',
    before: 'exit code 2: not a public key',
    ours: 'accepted',
    ask: keyFile('commented.pub', (key) => `# the key of team A\n${key}`),
  },
  {
    name: 'key-two-blocks',
    topic: keyFiles,
    input: 'two PEM blocks, the right key first',
    before: 'exit code 2: not a public key',
    ours: 'exit code 2: sigtrail: "--key ./two.pub" is not a public key: it holds 2 PEM blocks (PUBLIC KEY, PUBLIC KEY); expected PEM "PUBLIC KEY", DER SPKI, a JWK or a KeyObject [invalid-key]',
    ask: keyFile('two.pub', (key) => key + generateKeyPair().pem),
    because: 'whether the second key counts is for its owner to say; cosign never looks at it',
  },
  {
    name: 'notary-only',
    topic: 'An image with only a Notary signature',
    input: 'verify; `verify` and `inspect` name the other signature',
    before: 'unsigned',
    ours: 'unsigned',
    ask: {
      serve: (place) => {
        unpackInput('cosign-copy', place.directory); // its keys
        packedInput('notary-only')(place);
      },
      words: [...verify, '--key', './ck.pub', 'REGISTRY/acme/app:v1'],
    },
  },
  {
    name: 'trusted-root-lines',
    topic: jsonLines,
    input: 'two roots, one per line, as `gh attestation trusted-root` prints them',
    before: 'exit code 2: a raw JSON error',
    ours: 'accepted',
    ask: {
      serve: async (place) => {
        signedCopy(place);
        const roots = [await createSigstore(), await createSigstore()].map((one) => JSON.stringify(one.trustedRoot()));
        writeFileSync(join(place.directory, 'roots.jsonl'), `${roots.join('\n')}\n`);
      },
      words: [...verify, '--key', './ck.pub', '--trusted-root', './roots.jsonl', 'REGISTRY/acme/app:sg'],
    },
    because: 'cosign reads one document',
  },
  {
    name: 'cosign-repository-inspect',
    topic: '`COSIGN_REPOSITORY`',
    input: 'a signature in another repository, which the variable names, asked by `inspect`',
    before: 'nothing is attached',
    ours: 'shows the signature',
    ask: async () => lookElsewhere(['inspect'], 'cosign-signature', 'shows the signature'),
    peers: [
      {
        tool: 'cosign 2.6.5, 3.1.2',
        answer: '—: `inspect` is ours; `cosign verify` heeds the variable',
      },
    ],
  },
  {
    name: 'cosign-repository-triangulate',
    topic: '`COSIGN_REPOSITORY`',
    input: 'the same, asked by `triangulate`',
    before: 'nothing is attached',
    ours: 'shows the signature',
    ask: async () => lookElsewhere(['triangulate'], 'cosign-signature', 'shows the signature'),
    peers: [{ tool: 'cosign 2.6.5, 3.1.2', answer: 'the tag in that repository' }],
    because: 'theirs prints where a tag would be; ours looks, and shows what is there',
  },
];

function keyFile(name: string, write: (key: string) => string): Line {
  return {
    serve: (place) => {
      signedCopy(place);
      writeFileSync(join(place.directory, name), write(readFileSync(join(place.directory, 'ck.pub'), 'utf8')));
    },
    words: [...verify, '--key', `./${name}`, 'REGISTRY/acme/app:sg'],
  };
}

function signedCopy(place: Place): void {
  packedInput('cosign-copy')(place);
}

/** A line about an image whose signature is in the repository that the variable names. */
async function lookElsewhere(words: readonly string[], shown: string, answer: string): Promise<string> {
  const serve = (place: Place): void => {
    unpackInput('cosign-copy', place.directory);
    const layout = join(place.directory, 'layout');
    place.registry.loadLayout('acme/signatures', layout);
    // Beside the image itself there is no signature.
    const index = join(layout, 'index.json');
    const { manifests, ...rest } = JSON.parse(readFileSync(index, 'utf8')) as { readonly manifests: readonly object[] };
    const without = manifests.filter((manifest) => !JSON.stringify(manifest).includes('.sig"'));
    writeFileSync(index, JSON.stringify({ ...rest, manifests: without }));
    place.registry.loadLayout('acme/app', layout);
  };
  const line: Line = { serve, words: [] };
  return withPlace(line, async ({ registry }) => {
    let text = '';
    const print = (printed: string): void => void (text += printed);
    const saved = process.env['COSIGN_REPOSITORY'];
    process.env['COSIGN_REPOSITORY'] = `${registry.host}/acme/signatures`;
    try {
      await main([...words, `${registry.host}/acme/app:sg`], { stdout: print, stderr: print });
    } finally {
      if (saved === undefined) delete process.env['COSIGN_REPOSITORY'];
      else process.env['COSIGN_REPOSITORY'] = saved;
    }
    return text.includes(shown) ? answer : text;
  });
}
