import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { type ImageResult, overall } from './image-result.ts';
import { readInputs } from './inputs.ts';
import { summaryOf } from './summary.ts';
import { verifyAll } from './verify-all.ts';
import { annotationOf, errorLine } from './workflow-commands.ts';

// What the runner starts. It fails for everything but "every image may run".
async function main(): Promise<void> {
  const results = await verifyAll(readInputs(process.env), new Date());
  for (const result of results) {
    const line = annotationOf(result);
    if (line !== undefined) say(line);
  }
  writeOutputs(results);
  const verdict = overall(results);
  say(`${results.length} images: ${verdict}`);
  if (verdict !== 'verified') process.exitCode = 1;
}

main().catch((error: unknown) => {
  say(errorLine(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function writeOutputs(results: readonly ImageResult[]): void {
  const verified = results.flatMap(({ reference, verified: pinned }) =>
    pinned === undefined ? [] : [[reference, pinned]],
  );
  const references = Object.fromEntries(verified) as Readonly<Record<string, string>>; // pairs of texts
  const [only, ...others] = Object.values(references);
  const outputs = {
    verdict: overall(results),
    references: JSON.stringify(references),
    results: JSON.stringify(results),
    ...(only === undefined || others.length > 0 || overall(results) !== 'verified' ? {} : { reference: only }),
  };
  const { GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile } = process.env;
  if (outputFile !== undefined)
    for (const [name, value] of Object.entries(outputs)) {
      // A delimiter that a value can't have: otherwise text of a stranger could set another output.
      const end = `end-${randomUUID()}`;
      appendFileSync(outputFile, `${name}<<${end}\n${value}\n${end}\n`);
    }
  if (summaryFile !== undefined) appendFileSync(summaryFile, summaryOf(results));
}
