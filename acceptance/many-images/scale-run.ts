// Verifies a fleet in its own process, so that its memory is the verifier's alone: `scale-run.ts JOB`, a file with a `FleetJob`. Writes `FleetRun` to the standard output.
import { readFileSync } from 'node:fs';
import { createVerifier } from 'sigtrail';
import { type FleetImage, nth, policyFor } from './fleet.ts';

/** What to verify, and against what. */
export interface FleetJob {
  readonly images: readonly FleetImage[];
  readonly references: number;
  readonly host: string;
  readonly trust: { readonly json: string };
}

/** The result. */
export interface FleetRun {
  readonly outcomes: number;
  /** Outcomes that are not the expected one, in words. */
  readonly wrong: readonly string[];
  readonly seconds: number;
  /** MiB of live objects after each tenth of the outcomes. */
  readonly heapMiB: readonly number[];
  /** MiB of the whole process at its largest. */
  readonly peakMiB: number;
}

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as FleetJob; // written by the process that started this one
const { images, references, host, trust } = job;
// By counts, so that the expectations of a long list take no memory either.
const left = new Map<string, number>();
function* list(): Generator<string> {
  for (let index = 0; index < references; index += 1) {
    const { reference, verdict } = nth(images, index, host);
    const key = `${reference} ${verdict}`;
    left.set(key, (left.get(key) ?? 0) + 1);
    yield reference;
  }
}

const started = performance.now();
const wrong: string[] = [];
const heapMiB: number[] = [];
let outcomes = 0;
await using verifier = createVerifier({ trust });
for await (const { reference, report, problem } of verifier.verifyMany(list(), policyFor)) {
  outcomes += 1;
  const because = report?.problems[0] === undefined ? '' : ` (${report.problems[0].code})`;
  const key = `${reference} ${report?.verdict ?? problem?.code}${because}`;
  const expected = left.get(key) ?? 0;
  if (expected === 0) wrong.push(key);
  else if (expected === 1) left.delete(key);
  else left.set(key, expected - 1);
  if (outcomes % Math.ceil(references / 10) === 0 || outcomes === references) {
    globalThis.gc?.();
    heapMiB.push(Math.round(process.memoryUsage().heapUsed / 1024 ** 2));
  }
}
const run: FleetRun = {
  outcomes,
  wrong: [...wrong, ...left.keys()].slice(0, 20),
  seconds: (performance.now() - started) / 1000,
  heapMiB,
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
};
console.log(JSON.stringify(run));
