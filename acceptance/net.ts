/**
 * The net under a refactoring: one line for each input that we have, with its verdict, its reason and every check of every candidate.
 * `pnpm -s run net compare` holds them to the committed baseline and ends with `N passed, N failed`; `record` writes a new baseline;
 * `mint` signs the mutated specimens anew. `--mutations 2000` tries only the first of them, `--parts attacks,mutations` only these parts.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type AcceptedDifference, compareLines } from './net/compare.ts';
import { mint } from './net/kept-specimens.ts';
import { type Line, sortLines } from './net/line.ts';
import { ALL_MUTATIONS, mutationOf, PARTS } from './net/record.ts';

const BASELINE = join(import.meta.dirname, 'net/baseline.txt.gz');
const ACCEPTED = join(import.meta.dirname, 'net/accepted-differences.json');

interface Extent {
  readonly parts: readonly string[];
  readonly mutations: number;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { mutations: { type: 'string' }, parts: { type: 'string' } },
});
const extent: Extent = {
  parts: values.parts?.split(',') ?? Object.keys(PARTS),
  mutations: Number(values.mutations ?? ALL_MUTATIONS),
};
const unknown = extent.parts.filter((part) => !Object.hasOwn(PARTS, part));
const isWhole = values.parts === undefined && values.mutations === undefined;

if (unknown.length > 0) fail(`no part is called ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
else if (!Number.isSafeInteger(extent.mutations) || extent.mutations < 1 || extent.mutations > ALL_MUTATIONS)
  fail(`--mutations must be a number from 1 to ${ALL_MUTATIONS}`);
else if (positionals[0] === 'compare') await compare();
else if (positionals[0] === 'record' && isWhole) await record();
else if (positionals[0] === 'mint' && isWhole) await mint();
else fail('say compare [--mutations N] [--parts a,b], record or mint');

function fail(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

async function record(): Promise<void> {
  const lines = await collect();
  writeFileSync(BASELINE, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
  console.log(`${lines.length} lines, ${statSync(BASELINE).size} bytes`);
}

async function compare(): Promise<void> {
  const lines = await collect();
  const rules = JSON.parse(readFileSync(ACCEPTED, 'utf8')) as readonly AcceptedDifference[];
  const { same, explained, differences, accepted } = compareLines(readBaseline().filter(isWithin), lines, rules);
  for (const { name, before, after } of differences)
    console.log(`DIFFERS ${name}\n  before ${restOf(name, before)}\n  after  ${restOf(name, after)}`);
  for (const [{ match, reason }, count] of accepted) console.log(`accepted ${count} lines of ${match}: ${reason}`);
  // A rule that explains nothing would later accept a difference that no one has looked at.
  const idle = isWhole ? accepted.filter(([, count]) => count === 0) : [];
  for (const [{ match }] of idle) console.log(`DIFFERS nowhere: ${match}; take it out of accepted-differences.json`);
  const failed = differences.length + idle.length;
  console.log(`${same} lines are the same, ${explained} differ as accepted, ${differences.length} differ otherwise`);
  console.log(`${same + explained} passed, ${failed} failed`);
  process.exitCode = failed === 0 && lines.length > 0 ? 0 : 1;
}

function restOf(name: string, line: Line | undefined): string {
  return line?.slice(name.length + 1) ?? '(no such line)';
}

async function collect(): Promise<readonly Line[]> {
  const all: Line[] = [];
  for (const part of extent.parts) {
    const lines: Line[] = [];
    const started = performance.now();
    await PARTS[part]?.((line) => void lines.push(line), extent.mutations);
    console.log(`${part}: ${lines.length} lines, ${((performance.now() - started) / 1000).toFixed(1)} s`);
    if (lines.length === 0) throw new Error(`${part} gave no lines`);
    all.push(...lines);
  }
  return sortLines(all);
}

function readBaseline(): readonly Line[] {
  return gunzipSync(readFileSync(BASELINE)).toString('utf8').trimEnd().split('\n');
}

function isWithin(line: Line): boolean {
  return extent.parts.some((part) => line.startsWith(`${part}/`)) && (mutationOf(line) ?? 0) < extent.mutations;
}
