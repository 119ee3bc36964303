import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../real/programs.ts';
import type { Operation } from './behaviour.ts';
import type { RegistryServer } from './registry-server.ts';
import type { Place, Setting } from './setting.ts';

const run = promisify(execFile);
/** How long a peer may take: some of them ask six times. */
const timeoutMs = 20_000;

/** A command-line client that is asked what we ask. */
export interface Peer {
  readonly name: string;
  readonly version: { readonly words: readonly string[]; readonly pattern: RegExp };
  /** The words of its command; `undefined` where it has none. */
  readonly words: (operation: Operation, registry: string, question: Question) => readonly string[] | undefined;
  /** How many it lists on standard output. */
  readonly count: (stdout: string) => number;
}

/** What else a command is made of. */
export interface Question {
  readonly digest: string;
  readonly tls: boolean;
}

const lines = (stdout: string): number => stdout.split('\n').filter((line) => line !== '').length;
const image = 'acme/app';

/** The peers, in the order of the page. */
export const peers: readonly Peer[] = [
  {
    name: 'crane',
    version: { words: ['version'], pattern: /v?(\d+\.\d+\.\d+)/ },
    words: (operation, registry, { tls }) => {
      const insecure = tls ? [] : ['--insecure'];
      switch (operation) {
        case 'manifest':
          return ['manifest', ...insecure, `${registry}/${image}:v1`];
        case 'resolve':
          return ['digest', ...insecure, `${registry}/${image}:v1`];
        case 'tags':
          return ['ls', ...insecure, `${registry}/${image}`];
        case 'referrers':
          return undefined;
      }
    },
    count: lines,
  },
  {
    name: 'skopeo',
    version: { words: ['--version'], pattern: /(\d+\.\d+\.\d+)/ },
    words: (operation, registry, { tls }) => {
      const verify = `--tls-verify=${tls}`;
      switch (operation) {
        case 'manifest':
          return ['inspect', '--raw', verify, `docker://${registry}/${image}:v1`];
        case 'resolve':
          return ['inspect', '--no-tags', '--format', '{{.Digest}}', verify, `docker://${registry}/${image}:v1`];
        case 'tags':
          return ['list-tags', verify, `docker://${registry}/${image}`];
        case 'referrers':
          return undefined;
      }
    },
    count: (stdout) => {
      const { Tags } = JSON.parse(stdout) as { readonly Tags: readonly string[] };
      return Tags.length;
    },
  },
  {
    name: 'oras',
    version: { words: ['version'], pattern: /Version:\s+(\S+)/ },
    words: (operation, registry, { tls, digest }) => {
      const plain = tls ? [] : ['--plain-http'];
      switch (operation) {
        case 'manifest':
          return ['manifest', 'fetch', ...plain, `${registry}/${image}:v1`];
        case 'resolve':
          return ['resolve', ...plain, `${registry}/${image}:v1`];
        case 'tags':
          return ['repo', 'tags', ...plain, `${registry}/${image}`];
        case 'referrers':
          return ['discover', '--format', 'json', '--depth', '1', ...plain, `${registry}/${image}@${digest}`];
      }
    },
    count: (stdout) => {
      if (!stdout.startsWith('{')) return lines(stdout);
      const { referrers } = JSON.parse(stdout) as { readonly referrers?: readonly unknown[] };
      return referrers?.length ?? 0;
    },
  },
  {
    name: 'regctl',
    version: { words: ['version'], pattern: /VCSTag:\s+v?(\S+)/ },
    words: (operation, registry, { tls, digest }) => {
      const host = tls ? [] : ['--host', `reg=${registry},tls=disabled`];
      switch (operation) {
        case 'manifest':
          return ['manifest', 'get', '--format', 'raw-body', ...host, `${registry}/${image}:v1`];
        case 'resolve':
          return ['image', 'digest', ...host, `${registry}/${image}:v1`];
        case 'tags':
          return ['tag', 'ls', ...host, `${registry}/${image}`];
        case 'referrers': {
          const format = '{{range .Descriptors}}{{println .Digest}}{{end}}';
          return ['artifact', 'list', '--format', format, ...host, `${registry}/${image}@${digest}`];
        }
      }
    },
    count: lines,
  },
];

/** The version of a peer that is installed, or `undefined`. */
export async function versionOf({ name, version: { words, pattern } }: Peer): Promise<string | undefined> {
  const program = findProgram(name);
  if (program === undefined) return undefined;
  const { stdout, stderr } = await run(program, [...words]);
  const version = pattern.exec(`${stdout}${stderr}`)?.[1];
  if (version === undefined) throw new Error(`${name} doesn't say its version where it is looked for`);
  return version;
}

/** A peer's answer about a registry, in the words of `observe`; `undefined` if it has no command for the operation. */
export async function askPeer(
  peer: Peer,
  operation: Operation,
  server: RegistryServer,
  setting: Setting,
  { environment, configPath }: Place,
): Promise<string | undefined> {
  const program = findProgram(peer.name);
  if (program === undefined) throw new Error(`${peer.name} is not installed`);
  const { digest, bytes } = server.image;
  const words = peer.words(operation, setting.registry ?? server.host, { digest, tls: setting.tls === true });
  if (words === undefined) return undefined;
  // Skopeo reads its own file first.
  const env = { ...environment, ...(configPath === undefined ? {} : { REGISTRY_AUTH_FILE: configPath }) };
  try {
    const { stdout } = await run(program, [...words], { env, timeout: timeoutMs, maxBuffer: 2 ** 24 });
    switch (operation) {
      case 'manifest':
        return stdout.trim() === bytes.toString() ? 'reads the manifest' : 'reads other bytes';
      case 'resolve':
        return stdout.trim().endsWith(digest) ? 'resolves the tag' : 'resolves to another digest';
      case 'tags':
      case 'referrers':
        return `reads ${peer.count(stdout)} ${operation}`;
    }
  } catch (error) {
    const { code, killed } = error as { readonly code?: unknown; readonly killed?: unknown };
    if (killed === true) return `has not ended after ${timeoutMs / 1000} s`;
    if (typeof code !== 'number') throw error;
    return code === 2 ? 'crashes' : 'refuses';
  }
}
