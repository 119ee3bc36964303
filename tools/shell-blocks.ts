import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docPages } from './doc-blocks.ts';
import { root } from './workspace.ts';

/** Fenced shell commands of a page. */
export interface ShellBlock {
  readonly page: string;
  /** Its first line: what tells it from the page's other blocks. */
  readonly first: string;
  readonly text: string;
}

/** The blocks of one page. */
export function shellBlocksOf(page: string, text: string): readonly ShellBlock[] {
  return [...text.matchAll(/^```(?:sh|bash|shell|console)\n([\s\S]*?)^```$/gm)].map(([, code = '']) => ({
    page,
    first: code.split('\n')[0] ?? '',
    text: code,
  }));
}

/** The blocks of all pages. */
export const shellBlocks = (): readonly ShellBlock[] =>
  docPages().flatMap((page) => shellBlocksOf(page, readFileSync(join(root, page), 'utf8')));

/** What becomes of a block: a test runs it as it is printed, or it says why that can't be and which test comes nearest. */
type ShellBlockRow =
  | { readonly page: string; readonly begins: string; readonly runs: true }
  | { readonly page: string; readonly begins: string; readonly because: string; readonly shownBy?: string };

const INSTALLS = 'installs from npm, where nothing of this tree is';
const ON_LOOPBACK = 'acceptance/packed/install.test.ts';
const SYNOPSIS = 'a synopsis, with places to fill in: each line is held against the flags of its command';
const LINES = 'packages/cli/src/printed-lines.test.ts';
const CLUSTER = 'needs a cluster';

/** Every block of every page. */
export const SHELL_BLOCKS: readonly ShellBlockRow[] = [
  { page: 'README.md', begins: 'npm install sigtrail', because: INSTALLS, shownBy: ON_LOOPBACK },
  { page: 'README.md', begins: 'npx -y @sigtrail/cli', because: INSTALLS, shownBy: ON_LOOPBACK },
  {
    page: 'README.md',
    begins: 'npx -y pnpm@',
    because: 'is the demo and the whole test suite',
    shownBy: 'examples/examples.test.ts',
  },
  { page: 'README.md', begins: 'sigtrail verify <ref>', because: SYNOPSIS, shownBy: LINES },
  { page: 'docs/ci.md', begins: 'set -eu', runs: true },
  { page: 'docs/fleet.md', begins: 'npm install', because: INSTALLS, shownBy: 'acceptance/fleet/command.test.ts' },
  {
    page: 'docs/fleet.md',
    begins: 'openssl rand',
    because: 'needs Redis',
    shownBy: 'acceptance/fleet/command.test.ts',
  },
  { page: 'docs/fleet.md', begins: 'kubectl apply', because: CLUSTER },
  {
    page: 'docs/fleet.md',
    begins: 'npx sigtrail fleet scan',
    because: 'runs every night, and needs Redis',
    shownBy: LINES,
  },
  { page: 'docs/fleet.md', begins: 'npx sigtrail fleet worker', because: 'needs Redis', shownBy: LINES },
  {
    page: 'docs/kubernetes.md',
    begins: 'pnpm -s run image',
    because: 'pushes to a registry and signs with an identity',
  },
  {
    page: 'docs/kubernetes.md',
    begins: 'kubectl apply -k pull-secrets',
    because: CLUSTER,
    shownBy: 'acceptance/kubernetes/manifests.test.ts',
  },
  {
    page: 'docs/kubernetes.md',
    begins: 'kubectl apply -k check-running',
    because: CLUSTER,
    shownBy: 'acceptance/kubernetes/running.test.ts',
  },
  { page: 'docs/kubernetes.md', begins: 'kubectl delete', because: CLUSTER },
  { page: 'docs/kubernetes.md', begins: 'kubectl get pods', because: CLUSTER, shownBy: LINES },
  { page: 'docs/many-images.md', begins: 'sigtrail verify --images', runs: true },
  {
    page: 'docs/policies.md',
    begins: 'sigtrail policy test',
    because: 'needs reports that somebody kept',
    shownBy: 'packages/cli/src/commands/policy.test.ts',
  },
  { page: 'docs/report.md', begins: 'sigtrail verify ghcr.io', because: SYNOPSIS, shownBy: LINES },
  { page: 'docs/testing.md', begins: 'npm install', because: INSTALLS, shownBy: ON_LOOPBACK },
  { page: 'docs/track.md', begins: 'sigtrail rekor get', because: 'asks the public log', shownBy: LINES },
  {
    page: 'docs/trust.md',
    begins: 'sigtrail trusted-root show',
    because: 'fetches Sigstore’s root of trust',
    shownBy: LINES,
  },
  {
    page: 'examples/README.md',
    begins: 'npx -y pnpm@',
    because: 'the same program runs among the examples',
    shownBy: 'examples/examples.test.ts',
  },
  { page: 'packages/cli/README.md', begins: 'npx -y @sigtrail/cli', because: INSTALLS, shownBy: ON_LOOPBACK },
  { page: 'packages/sigtrail/README.md', begins: 'npm install', because: INSTALLS, shownBy: ON_LOOPBACK },
];
