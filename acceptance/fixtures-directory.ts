import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the real-world fixtures are: `SIGTRAIL_FIXTURES`, or beside the repository. */
export function fixturesDirectory(): string {
  const directory =
    process.env['SIGTRAIL_FIXTURES'] ?? fileURLToPath(new URL('../../shared/fixtures', import.meta.url));
  if (!existsSync(directory))
    throw new Error(`no fixtures at ${directory}; set SIGTRAIL_FIXTURES to the folder that holds index.json`);
  return directory;
}

/** For tests: the folder, or `undefined` when it isn't there. Under `SIGTRAIL_REQUIRE_INTEROP=1` a missing folder is a failure. */
export function fixturesIfPresent(): string | undefined {
  if (process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1') return fixturesDirectory();
  try {
    return fixturesDirectory();
  } catch {
    return undefined; // named skip: the suites say which folder they miss
  }
}
