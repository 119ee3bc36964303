import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';

/** The result of a program. */
export interface Run {
  /** `null` if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A user's empty folder, with its own settings and cache for npm. */
export interface NpmProject extends AsyncDisposable {
  readonly folder: string;
  run(program: string, ...args: readonly string[]): Promise<Run>;
}

/** Makes a project whose package managers read from `registry` and publish to it. */
export async function createNpmProject(registry: string): Promise<NpmProject> {
  const home = await mkdtemp(join(tmpdir(), 'sigtrail-project-'));
  const folder = await mkdtemp(join(home, 'project-'));
  const settings = [
    `registry=${registry}`,
    // npm only publishes for a logged-in user; this registry accepts any name.
    `${registry.replace(/^https?:/, '')}:_authToken=loopback`,
    `cache=${join(home, 'cache')}`,
    'audit=false',
    'fund=false',
    'update-notifier=false',
  ];
  await writeFile(join(home, '.npmrc'), settings.join('\n'));
  const env = {
    ...outsideEnvironment(),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
  };
  return {
    folder,
    run: (program, ...args) => runProgram(program, args, { cwd: folder, env }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** Runs a program to its end. Rejects only if it can't start. */
export function runProgram(
  program: string,
  args: readonly string[],
  {
    cwd,
    env = outsideEnvironment(),
  }: { readonly cwd: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Promise<Run> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr]: [string[], string[]] = [[], []];
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({
        status,
        stdout: stdout.join(''),
        stderr: stderr.join(''),
        seconds: (performance.now() - startedAt) / 1000,
      }),
    );
  });
}

/** Our environment without the variables of pnpm and vitest: a user doesn't have this workspace's settings. */
export function outsideEnvironment(): Readonly<Record<string, string | undefined>> {
  const ours = /^(npm_|pnpm_|VITEST|NODE_OPTIONS|NODE_ENV|NODE_PATH|CI$|INIT_CWD|TEST$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/**
 * The registry that npm is configured for on this machine; `undefined` if it doesn't answer.
 *
 * @throws Error if it doesn't answer and `SIGTRAIL_REQUIRE_INTEROP=1` is set
 */
export async function npmUpstream(): Promise<string | undefined> {
  const { stdout } = await runProgram('npm', ['config', 'get', 'registry'], { cwd: tmpdir() });
  const url = stdout.trim().replace(/\/?$/, '/');
  const { ok, output } = await runCommand('npm', ['view', 'zod', 'version', '--registry', url], { cwd: tmpdir() });
  if (ok) return url;
  if (process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1')
    throw new Error(
      `npm gets no answer from its registry ${url}, and SIGTRAIL_REQUIRE_INTEROP=1 asks for it:\n${output}`,
    );
  return undefined;
}
