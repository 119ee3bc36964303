/**
 * Everything that must hold before a change goes in, apart from the tests: `pnpm check`, or `pnpm check lint build` for some of it.
 * It only writes `dist/`.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { packSteps } from './pack-check.ts';
import { runSteps, type Step } from './step.ts';
import { publishedPackages } from './workspace.ts';

const temporary = await mkdtemp(join(tmpdir(), 'sigtrail-check-'));
const steps: readonly Step[] = [
  {
    name: 'format',
    run: () => runCommand('biome', ['format', '--colors=off', '--reporter=summary', '--max-diagnostics=none', '.']),
  },
  { name: 'lint', run: () => runCommand('oxlint', ['--type-aware', '--deny-warnings', '--format=unix']) },
  { name: 'build', run: build },
  {
    name: 'api reports',
    after: ['build'],
    run: () => runCommand('node', ['--conditions=@sigtrail/source', 'tools/api.ts', '--compare']),
  },
  { name: 'types of tests, examples, scripts', run: () => runCommand('tsc', ['-p', 'tsconfig.test.json']) },
  { name: 'unused code and dependencies', run: () => runCommand('knip', ['--no-progress']) },
  ...packSteps(temporary),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !steps.some(({ name }) => name.split(' ').includes(word)));
if (unknown.length > 0) {
  console.error(
    `no step is called ${unknown.join(', ')}; there are:\n${steps.map(({ name }) => `  ${name}`).join('\n')}`,
  );
  process.exitCode = 2;
} else {
  const chosen = steps.filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name.split(' ').includes(word)),
  );
  if (!(await runSteps(chosen, (line) => console.log(line)))) process.exitCode = 1;
}
await rm(temporary, { recursive: true, force: true });

/** Builds from scratch, so that the output of a deleted source file can't end up in a tarball. */
async function build(): ReturnType<Step['run']> {
  const directories = publishedPackages().map(({ directory }) => directory);
  for (const directory of directories) rmSync(join(directory, 'dist'), { recursive: true, force: true });
  return runCommand('tsc', ['-b', ...directories]);
}
