import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ConformanceResult, runConformance } from '../conformance/conformance.ts';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { type LocalStackResult, runLocalStack } from '../local-stack/local-stack.ts';
import { runWildFixtures, type WildRow } from '../real-images/wild-fixtures.ts';
import { root } from '../../tools/workspace.ts';
import { compareCosignOutput, type OutputRow } from '../local-stack/cosign-output.ts';
import type { Figure } from './figure.ts';
import { ownDifferences } from '../local-stack/recorded-run.ts';

/** What works end to end, on real input. */
export async function* showEndToEnd(): AsyncGenerator<Figure> {
  const fixtures = fixturesDirectory();
  const suite = join(fixtures, 'conformance');
  yield demoFigure(await runDemo());

  const conformance = await runConformance(suite);
  yield conformanceFigure(
    'by file',
    conformance.filter(({ mode }) => mode === 'file'),
  );
  yield conformanceFigure(
    'by digest',
    conformance.filter(({ mode }) => mode === 'digest'),
  );

  const local = await runLocalStack(fixtures);
  yield localStackFigure(local);
  yield tamperingFigure(local);

  const wild = await runWildFixtures(fixtures);
  yield figure(
    'signatures of real images, public-good root',
    wild,
    `${new Set(wild.map((row) => row.fixture)).size} fixtures`,
  );
  const outputs = await compareCosignOutput(fixtures);
  yield outputFigure('legacy', outputs);
  yield outputFigure('bundle', outputs);

  const off = { secondJudge: 'off' } as const;
  yield sameVerdicts(
    'conformance',
    conformance,
    await runConformance(suite, off),
    ({ name, mode, actual }: ConformanceResult) => `${name} ${mode} ${actual}`,
  );
  yield sameVerdicts(
    'local stack',
    local.rows,
    (await runLocalStack(fixtures, off)).rows,
    (row) => `${row.case} ${row.run} ${row.source} ${row.by} ${row.actual}`,
  );
  yield sameVerdicts(
    'real images',
    wild,
    await runWildFixtures(fixtures, off),
    ({ fixture, run, actual }: WildRow) => `${fixture} ${run} ${actual}`,
  );
}

function figure(name: string, rows: readonly { readonly pass: boolean }[], more = ''): Figure {
  const passed = rows.filter(({ pass }) => pass).length;
  return {
    name,
    passed: rows.length > 0 && passed === rows.length,
    value: `${passed} of ${rows.length}${more === '' ? '' : ` (${more})`}`,
  };
}

function conformanceFigure(mode: string, results: readonly ConformanceResult[]): Figure {
  const rows = results.map(({ code, expectedCode }) => ({ pass: code === expectedCode }));
  // 70 is the size of the suite: fewer would be a suite that lost cases.
  const { passed, ...rest } = figure(`conformance suite ${mode}`, rows);
  return { ...rest, passed: passed && rows.length === 70 };
}

function localStackFigure({ rows, skipped }: LocalStackResult): Figure {
  return figure(
    'recorded cosign runs of the local stack, by layout and registry',
    rows,
    `${new Set(rows.map((row) => row.case)).size} cases; ${ownDifferences.length} of the runs answered unlike cosign on purpose; ${skipped.length} runs of other commands, of cosign 2 and of later features left out`,
  );
}

function tamperingFigure({ rows }: LocalStackResult): Figure {
  const tampered = rows.filter((row) => row.case.startsWith('neg-') && row.run === 'right policy');
  return figure(
    'tampered images refused with the code that names it',
    tampered,
    `${new Set(tampered.map((row) => row.case)).size} cases`,
  );
}

function outputFigure(format: OutputRow['format'], rows: readonly OutputRow[]): Figure {
  const said = format === 'legacy' ? 'equal as JSON' : 'equal, with the documented additions';
  return figure(
    `--output cosign for ${format} signatures`,
    rows.filter((row) => row.format === format).map(({ difference }) => ({ pass: difference === '' })),
    said,
  );
}

function sameVerdicts<Row>(name: string, on: readonly Row[], off: readonly Row[], key: (row: Row) => string): Figure {
  const verdicts = new Set(on.map(key));
  const rows = off.map((row) => ({ pass: verdicts.has(key(row)) }));
  const { passed, ...rest } = figure(`same verdicts with the stock judge off: ${name}`, rows);
  return { ...rest, passed: passed && on.length === off.length };
}

interface DemoRun {
  readonly exitCode: number | null;
  readonly output: string;
}

function demoFigure({ exitCode, output }: DemoRun): Figure {
  const wanted = {
    digest: /sha256:[0-9a-f]{64}/,
    identity: /https:\/\/github\.com\/\S+@refs\//,
    issuer: /issuer/i,
    'log index': /log index/i,
  };
  const missing = Object.entries(wanted).flatMap(([name, pattern]) => (pattern.test(output) ? [] : [name]));
  return {
    name: 'the demo',
    passed: exitCode === 0 && missing.length === 0,
    value: `exit ${exitCode ?? 'by signal'}${missing.length === 0 ? ', names digest, identity, issuer and log index' : `, doesn't name ${missing.join(', ')}`}`,
  };
}

async function runDemo(): Promise<DemoRun> {
  const child = spawn(process.execPath, ['--conditions=@sigtrail/source', 'examples/demo.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}
