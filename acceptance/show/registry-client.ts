import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchOci } from '../../bench/oci.ts';
import { findProgram } from '../real/programs.ts';
import { runCommand } from '../../tools/command.ts';
import { packSteps } from '../../tools/pack-check.ts';
import { faultMatrixFigure } from '../fault-matrix/figure.ts';
import type { Figure } from './figure.ts';
import { runTests, type TestRun } from './run-tests.ts';

/** The registry client's figures. */
export async function* showRegistryClient(): AsyncGenerator<Figure> {
  yield* references();
  yield* advisories();
  yield await faultMatrixFigure();
  yield* realRegistries();
  yield await example();
  yield* packageContents();
  for await (const { name, detail, ratio, atMost } of benchOci()) {
    const bound = atMost === undefined ? '' : ` (at most ${atMost})`;
    yield { name, value: `${ratio.toFixed(2)}×${bound} · ${detail}`, passed: atMost === undefined || ratio <= atMost };
  }
}

async function* references(): AsyncGenerator<Figure> {
  const { tests } = await runTests('packages/oci-client-lite/src/reference/reference.test.ts');
  const rows = tests.filter(({ name }) => /\brow \d+:/.test(name));
  const numbers = new Set(rows.map(({ name }) => /\brow (\d+):/.exec(name)?.[1]));
  yield {
    name: 'references',
    value: `${numbers.size} rows with ${rows.length} inputs, ${count(rows, 'passed')} as our column says`,
    passed: numbers.size === 58 && allPassed(rows),
  };
  const trips = tests.filter(({ name }) => name.includes('reads back what formatReference writes'));
  const [, times = '0', seed = '?'] = /\((\d+) times, seed (\d+)\)/.exec(trips[0]?.name ?? '') ?? [];
  yield {
    name: 'round trips of references',
    value: `parse(format(r)) is r for ${times} references, seed ${seed}; once for 100000, seed 20261127`,
    passed: Number(times) >= 1000 && allPassed(trips),
  };
}

async function* advisories(): AsyncGenerator<Figure> {
  const { tests } = await runTests(
    'packages/oci-client-lite/src/registry/advisories.test.ts',
    'packages/http/src/advisories.test.ts',
  );
  for (let number = 1; number <= 14; number += 1) {
    const named = tests.filter(({ name }) => new RegExp(`^S${number}\\b`).test(name));
    const title = /^S\d+:? (.*?\))/.exec(named[0]?.name ?? '')?.[1] ?? 'no test of this name ran';
    yield {
      name: `S${number}`,
      value: `${count(named, 'passed')} of ${named.length} tests passed · ${title}`,
      passed: allPassed(named),
    };
  }
}

async function* realRegistries(): AsyncGenerator<Figure> {
  const missing = ['docker-registry', 'htpasswd', 'openssl', 'olareg', 'crane', 'ggcr-registry'].filter(
    (name) => !isInstalled(name),
  );
  if (missing.length > 0) {
    const value = `not run: ${missing.join(', ')} not installed (acceptance/real/install.sh)`;
    yield { name: 'real registries', value, passed: process.env['SIGTRAIL_REQUIRE_INTEROP'] !== '1' };
    return;
  }
  const { tests, output } = await runTests(
    '--config',
    'acceptance/real/vitest.config.ts',
    'acceptance/real/registries.test.ts',
  );
  const ran = tests.filter(({ status }) => status !== 'skipped');
  yield {
    name: 'real registries',
    value: `${count(ran, 'passed')} of ${ran.length} tests passed`,
    passed: allPassed(ran),
  };
  // The suite prints, one line each, which operation held against which registry.
  for (const [, operation = '', registries = ''] of output.matchAll(
    /^([a-zA-Z][a-zA-Z ,’]*): ((?:Debian|olareg|go-containerregistry|skopeo|docker) .*)$/gm,
  )) {
    const names = registries.split(', ');
    yield { name: `against real programs: ${operation}`, value: `${names.length}: ${registries}`, passed: true };
  }
}

function isInstalled(name: string): boolean {
  try {
    return findProgram(name) !== undefined;
  } catch {
    return false;
  }
}

async function example(): Promise<Figure> {
  const { ok, output } = await runCommand('node', ['--conditions=@sigtrail/source', 'examples/list-referrers.ts']);
  const listed = output.split('\n').filter((line) => line.includes('(referrers-api)')).length;
  return { name: 'examples/list-referrers.ts', value: `lists ${listed} referrers`, passed: ok && listed === 2 };
}

async function* packageContents(): AsyncGenerator<Figure> {
  const built = await runCommand('tsc', ['-b', 'packages/oci-client-lite']);
  const directory = await mkdtemp(join(tmpdir(), 'pack-'));
  try {
    const step = packSteps(directory).find(({ name }) => name === 'pack oci-client-lite');
    const packed = built.ok ? await step?.run() : built;
    const listed = await runCommand('tar', ['-tzf', join(directory, 'oci-client-lite.tgz')]);
    const files = listed.output.split('\n').length;
    yield {
      name: 'npm pack of oci-client-lite',
      value:
        packed?.ok === true ? `${files} files, none that isn’t needed; publint and attw clean` : (packed?.output ?? ''),
      passed: packed?.ok === true,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function allPassed(tests: readonly TestRun[]): boolean {
  return tests.length > 0 && tests.every(({ status }) => status === 'passed');
}

function count(tests: readonly TestRun[], status: TestRun['status']): number {
  return tests.filter((test) => test.status === status).length;
}
