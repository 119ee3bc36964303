import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isOciError, openLayout } from 'oci-client-lite';
import { findProgram } from '../real/programs.ts';
import { type LayoutBehaviour, layoutImage } from './layouts.ts';

const run = promisify(execFile);
const timeoutMs = 20_000;

/** Writes a row's layout for as long as `work` takes. */
async function withLayout<T>(
  { files, archive, cutAt }: LayoutBehaviour,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'layout-behaviour-'));
  try {
    const directory = join(home, 'saved');
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), bytes);
    }
    if (archive === undefined) return await work(directory);
    const file = join(home, 'saved.tar');
    await run('tar', ['-C', directory, '-cf', file, ...Object.keys(files)]);
    if (cutAt !== undefined) await truncate(file, cutAt);
    return await work(file);
  } finally {
    await rm(home, { recursive: true });
  }
}

/** Our client's answer about a layout: `reads …` or `refuses: CODE`. */
export async function observeLayout(row: LayoutBehaviour): Promise<string> {
  return await withLayout(row, async (path) => {
    try {
      const { digest } = await openLayout(path).fetchManifest(row.tag);
      return digest === layoutImage.digest ? 'reads the image' : 'reads another manifest';
    } catch (error) {
      if (!isOciError(error)) throw error;
      return `refuses: ${error.code}`;
    }
  });
}

/** The peers' commands by their name; `undefined` where a peer has none. */
export const layoutCommands: Readonly<
  Record<string, (row: LayoutBehaviour, path: string) => readonly string[] | undefined>
> = {
  crane: ({ archive }, path) => (archive === undefined ? undefined : ['digest', '--tarball', path]),
  skopeo: ({ archive = 'oci', tag }, path) => {
    // In a `docker save` file skopeo looks for the whole reference; without a name it takes the only image.
    const name = tag === '' || archive === 'docker-archive' ? '' : `:${tag}`;
    return ['inspect', '--raw', `${archive}:${path}${name}`];
  },
  oras: ({ tag }, path) => {
    if (/[/:]/.test(tag)) return ['manifest', 'fetch', tag, '--oci-layout-path', path];
    return ['manifest', 'fetch', '--oci-layout', tag === '' ? path : `${path}:${tag}`];
  },
  regctl: ({ tag }, path) => [
    'manifest',
    'get',
    '--format',
    'raw-body',
    `ocidir://${path}${tag === '' ? '' : `:${tag}`}`,
  ],
};

/** The answers of peers about a layout, by their name. */
export async function askAboutLayout(
  row: LayoutBehaviour,
  peers: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {};
  for (const peer of peers) {
    const answer = await withLayout(row, (path) => askPeer(peer, row, path));
    if (answer !== undefined) answers[peer] = answer;
  }
  return answers;
}

async function askPeer(peer: string, row: LayoutBehaviour, path: string): Promise<string | undefined> {
  const words = layoutCommands[peer]?.(row, path);
  const program = findProgram(peer);
  if (words === undefined || program === undefined) return undefined;
  try {
    const { stdout } = await run(program, [...words], { timeout: timeoutMs });
    const answer = stdout.trim();
    return [layoutImage.digest, layoutImage.bytes.toString()].includes(answer)
      ? 'reads the image'
      : 'reads another manifest';
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code !== 'number') throw error;
    return code === 2 ? 'crashes' : 'refuses';
  }
}
