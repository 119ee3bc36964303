import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where `acceptance/real/install.sh` puts Go programs: `$SIGSTACK_BIN`, or the user's cache. */
export const programsDirectory: string =
  process.env['SIGSTACK_BIN'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sigtrail', 'bin');

/**
 * The path of a real program, or `undefined` when it isn't installed: then its suite is a named skip.
 * Under `SIGTRAIL_REQUIRE_INTEROP=1` a missing program is a failure.
 */
export function findProgram(name: string): string | undefined {
  for (const directory of [programsDirectory, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  if (process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1')
    throw new Error(
      `${name} is not installed; run acceptance/real/install.sh, or unset SIGTRAIL_REQUIRE_INTEROP to skip its suites`,
    );
  return undefined;
}
