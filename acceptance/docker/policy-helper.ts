import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startTufRepository } from '@sigtrail/testing';

/** Docker's own verifier, `cmd/policy-helper` of moby/policy-helpers, at the version that `policy-helper/go.mod` pins. */
export interface PolicyHelper {
  /** Whether it accepts the image for a platform, and its first words if it doesn't. */
  verify(reference: string, platform: string): Promise<{ readonly accepted: boolean; readonly says: string }>;
  remove(): void;
}

/**
 * Builds the program with another trusted root than the public one. Its TUF repository is embedded, and it has no flag for another. So a copy of its sources gets
 * our repository's files instead. Its code is unchanged.
 *
 * @throws if the module is not downloaded, or does not build
 */
export async function buildPolicyHelper(trustedRoot: string): Promise<PolicyHelper> {
  const folder = mkdtempSync(join(tmpdir(), 'policy-helper-'));
  const sources = join(folder, 'sources');
  cpSync(moduleFolder(), sources, { recursive: true, mode: 0 });
  execFileSync('chmod', ['-R', 'u+w', sources]);
  await writeRoot(join(sources, 'roots/tuf-root'), trustedRoot);
  const program = join(folder, 'policy-helper');
  execFileSync('go', ['build', '-o', program, './cmd/policy-helper'], {
    cwd: sources,
    env: goEnvironment(),
    stdio: 'pipe',
  });
  let runs = 0;
  return {
    verify: async (reference, platform) => {
      const state = join(folder, `state-${(runs += 1)}`);
      const child = spawn(program, ['--state-dir', state, '--json', '--platform', platform, 'image', reference], {
        // Nothing but loopback: it would refresh its root from the public mirror.
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, HTTPS_PROXY: 'http://127.0.0.1:1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let says = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (says += String(bytes)));
      const [code] = (await once(child, 'close')) as readonly unknown[];
      return { accepted: code === 0, says: /error: (.*)/.exec(says)?.[1] ?? '' };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function moduleFolder(): string {
  const cwd = join(import.meta.dirname, 'policy-helper');
  const listed = execFileSync('go', ['list', '-m', '-json', 'github.com/moby/policy-helpers'], {
    cwd,
    env: goEnvironment(),
  });
  const { Dir } = JSON.parse(String(listed)) as { readonly Dir?: string };
  if (Dir === undefined)
    throw new Error('github.com/moby/policy-helpers is not downloaded; run acceptance/real/install.sh');
  return Dir;
}

/** The files that the program reads before it has been online: the newest of each role, and the target. */
async function writeRoot(folder: string, trustedRoot: string): Promise<void> {
  rmSync(folder, { recursive: true });
  // Go writes times without trailing zeros, and signs what it writes.
  await using repository = await startTufRepository(new Date(Math.floor(Date.now() / 1000) * 1000));
  repository.publish(trustedRoot);
  for (const [name, bytes] of repository.files) {
    const path = join(folder, name.replace(/^\d+\./, '').replace(/^targets\/[0-9a-f]+\./, 'targets/'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
}
