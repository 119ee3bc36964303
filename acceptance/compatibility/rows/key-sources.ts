import { spawn } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair } from '@sigtrail/testing';
import { answerTo, withPlace, wordsAt } from '../ask.ts';
import { packedInput } from '../input.ts';
import type { CompatibilityRow, Place } from '../row.ts';

const topic = 'Where a key comes from';
const verify = ['verify', '--insecure-ignore-tlog', '--key'];
const cosign = 'cosign 2.6.5, 3.1.2';
/** The variable that the `env://` row names. */
const VARIABLE = 'COMPATIBILITY_ROW_KEY';

/** Sources that cosign's `--key` accepts besides files. */
export const KEY_SOURCES: readonly CompatibilityRow[] = [
  {
    name: 'key-from-env',
    topic,
    input: '`env://NAME`',
    before: 'exit code 2: can’t be read',
    ours: 'accepted',
    ask: {
      serve: (place) => {
        packedInput('cosign-copy')(place);
        process.env[VARIABLE] = readKey(place);
      },
      words: [...verify, `env://${VARIABLE}`, 'REGISTRY/acme/app:sg'],
    },
  },
  {
    name: 'key-from-stdin',
    topic,
    input: '`-`, with the key on standard input',
    before: 'exit code 2: can’t be read',
    ours: 'accepted',
    ask: askByInput,
    because: 'a pipe needs no file; cosign looks for a file of that name',
    peers: [{ tool: cosign, answer: 'refused: no such file' }],
  },
  {
    name: 'key-from-url',
    topic,
    input: 'an address, without a fingerprint',
    before: 'exit code 2: can’t be read',
    ours: 'exit code 2: sigtrail: --key URL: the server there decides who may sign; pin the key with --key-fingerprint sha256:…, keep a copy of it as a file, or take what comes with --insecure-unpinned-key',
    ask: async () => askByUrl(() => []),
    because: 'the key decides who may sign, and the address is all that names it; a fingerprint pins it',
    peers: [{ tool: cosign, answer: 'accepted: they fetch it anew each time' }],
  },
  {
    name: 'key-from-url-unpinned',
    topic,
    input: 'the same, under `--insecure-unpinned-key`',
    before: 'exit code 2: can’t be read',
    ours: 'accepted',
    ask: async () => askByUrl(() => ['--insecure-unpinned-key']),
    peers: [{ tool: cosign, answer: 'accepted: they fetch it anew each time' }],
  },
  {
    name: 'key-from-url-pinned',
    topic,
    input: 'the same, with the `--key-fingerprint` of the key',
    before: 'exit code 2: can’t be read',
    ours: 'accepted',
    ask: async () => askByUrl((key) => ['--key-fingerprint', fingerprintOf(key)]),
    because: 'the fingerprint names the key, whatever the server gives',
    peers: [{ tool: cosign, answer: '—: they have no such flag, and fetch it anew each time' }],
  },
  {
    name: 'key-from-url-other-fingerprint',
    topic,
    input: 'the same, with the fingerprint of another key',
    before: 'exit code 2: can’t be read',
    ours: 'exit code 2: the fingerprint is another',
    ask: async () => {
      const answer = await askByUrl(() => ['--key-fingerprint', fingerprintOf(generateKeyPair().pem)]);
      return /^exit code 2: .*--key-fingerprint/.test(answer) ? 'exit code 2: the fingerprint is another' : answer;
    },
    because: 'the server gave a key that was not pinned',
    peers: [{ tool: cosign, answer: '—: they have no such flag, and fetch it anew each time' }],
  },
  {
    name: 'key-from-kms',
    topic,
    input: '`awskms:///alias/release`',
    before: 'exit code 2: can’t be read',
    ours: 'exit code 2: sigtrail: --key awskms:///alias/release: AWS KMS is not asked',
    ask: async () =>
      withPlace({ serve: packedInput('cosign-copy'), words: [] }, async (place) =>
        // The rest of the line is the command that saves the public key.
        (await answerTo([...verify, 'awskms:///alias/release', 'REGISTRY/acme/app:sg'], place)).replace(/;.*$/, ''),
      ),
    because: 'a verifier needs the public key only; the message has the command that saves it',
    peers: [{ tool: cosign, answer: 'accepted: they ask the service, with its credentials' }],
  },
];

function readKey({ directory }: Place): string {
  return readFileSync(join(directory, 'ck.pub'), 'utf8');
}

/** A key's name in reports: the hash of its SPKI. */
function fingerprintOf(pem: string): string {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}

/** The command as its own process, with a standard input. */
async function askByInput(): Promise<string> {
  return withPlace({ serve: packedInput('cosign-copy'), words: [] }, async (place) => {
    const words = wordsAt([...verify, '-', 'REGISTRY/acme/app:sg'], place);
    const bin = join(import.meta.dirname, '../../../packages/cli/src/bin.ts');
    const child = spawn(process.execPath, ['--conditions=@sigtrail/source', bin, ...words], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.end(readKey(place));
    const [code] = (await once(child, 'close')) as readonly unknown[];
    return code === 0 ? 'accepted' : `exit code ${String(code)}`;
  });
}

async function askByUrl(flags: (key: string) => readonly string[]): Promise<string> {
  return withPlace({ serve: packedInput('cosign-copy'), words: [] }, async (place) => {
    const key = readKey(place);
    const digest = place.registry.putBlob('acme/keys', Buffer.from(key));
    const url = `${place.registry.url}/v2/acme/keys/blobs/${digest}`;
    return (await answerTo([...verify, url, ...flags(key), 'REGISTRY/acme/app:sg'], place)).replace(url, 'URL');
  });
}
