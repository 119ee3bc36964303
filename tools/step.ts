import { performance } from 'node:perf_hooks';
import type { CommandResult } from './command.ts';

/** One line of `check`: a name, and a check that passes or fails. */
export interface Step {
  readonly name: string;
  /** Names of steps that must succeed first. */
  readonly after?: readonly string[];
  readonly run: () => Promise<CommandResult>;
}

/** Runs the steps in order, prints a line for each and the output of failed ones, and resolves with whether all passed. */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<boolean> {
  const passed = new Set<string>();
  for (const step of steps) {
    const startedAt = performance.now();
    const { ok, output } = await runStep(step, steps, passed);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    print(`${ok ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(36)} ${seconds} s`);
    if (ok) passed.add(step.name);
    else print(indent(output));
  }
  print(`${passed.size} passed, ${steps.length - passed.size} failed`);
  return passed.size === steps.length;
}

/** A step that couldn't run counts as failed. */
async function runStep(step: Step, steps: readonly Step[], passed: ReadonlySet<string>): Promise<CommandResult> {
  const broken = (step.after ?? []).filter((name) => steps.some((other) => other.name === name) && !passed.has(name));
  if (broken.length > 0) return { ok: false, output: `not run, because it needs: ${broken.join(', ')}` };
  try {
    return await step.run();
  } catch (error) {
    return { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      | ${line}`)
    .join('\n');
}
