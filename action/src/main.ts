import { randomUUID } from 'node:crypto';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isGateError } from '@sigtrail/gate';
import { exitCodeOf, type ImageResult, overall } from './image-result.ts';
import { InputError, readInputs } from './inputs.ts';
import { summaryOf } from './summary.ts';
import { verifyAll } from './verify-all.ts';
import { annotationOf, errorLine } from './workflow-commands.ts';

// What the runner starts. It fails for everything but "every image may run", by the exit codes of the command.
async function main(): Promise<void> {
  const inputs = readInputs(process.env);
  const { results, written, sarif } = await verifyAll(inputs, new Date());
  if (inputs.sarif !== undefined && sarif !== undefined) replaceFile(inputs.sarif, sarif);
  for (const result of results) {
    const line = annotationOf(result);
    if (line !== undefined) say(line);
  }
  process.exitCode = exitCodeOf(results);
  writeOutputs(results, written);
  say(`${results.length} ${results.length === 1 ? 'image' : 'images'}: ${overall(results)}`);
}

main().catch((error: unknown) => {
  say(errorLine(error instanceof Error ? error.message : String(error)));
  process.exitCode = error instanceof InputError || isGateError(error) ? 2 : 1;
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Puts a whole file in place of what has its name. A link in the checkout is replaced, not followed: it could lead anywhere. */
function replaceFile(file: string, text: string): void {
  const part = `${file}.${randomUUID()}.part`;
  try {
    writeFileSync(part, text, { flag: 'wx' });
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

function writeOutputs(results: readonly ImageResult[], written: readonly string[]): void {
  const verified = results.flatMap(({ reference, verified: pinned }) =>
    pinned === undefined ? [] : [[reference, pinned]],
  );
  const references = Object.fromEntries(verified) as Readonly<Record<string, string>>; // pairs of texts
  const [only, ...others] = Object.values(references);
  const outputs = {
    verdict: overall(results),
    references: JSON.stringify(references),
    results: JSON.stringify(results),
    written: JSON.stringify(written),
    'exit-code': String(exitCodeOf(results)),
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
