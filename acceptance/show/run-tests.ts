import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../tools/command.ts';

/** One test that ran. */
export interface TestRun {
  /** Its groups and its own name. */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Runs test files with vitest; nothing when it could not start. `output` is what it printed. */
export async function runTests(
  ...args: readonly string[]
): Promise<{ readonly tests: readonly TestRun[]; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'tests-'));
  const file = join(directory, 'report.json');
  try {
    const { output } = await runCommand('vitest', [
      'run',
      ...args,
      '--maxWorkers=1',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    const report = JSON.parse(await readFile(file, 'utf8')) as Report; // vitest's own report
    const tests = report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .map(({ fullName, status }): TestRun => {
        const known = status === 'passed' || status === 'failed' ? status : 'skipped';
        return { name: fullName, status: known };
      });
    return { tests, output };
  } catch (error) {
    return { tests: [], output: String(error) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
