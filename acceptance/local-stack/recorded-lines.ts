import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { type LocalCase, readCases, type RecordedRun } from './recorded-run.ts';

/** How the recorded lines were answered: right policies accepted, wrong ones refused. */
export interface RecordedAnswers {
  readonly lines: number;
  readonly ours: number;
  /** cosign 3.1.2, as recorded. */
  readonly cosign: number;
  readonly misses: readonly string[];
}

/** A recorded line with a different answer here. */
export interface RecordedDifference {
  readonly name: string;
  readonly label: string;
  readonly tool: string;
  readonly theirs: 'accepted' | 'refused' | 'crashed';
  readonly ours: 'accepted' | 'refused';
  /** Codes of our answer. */
  readonly because: string;
}

/** Every recorded line of verify and verify-attestation whose answer differs here. */
export async function listDifferences(
  localStack: string,
): Promise<{ readonly lines: number; readonly differences: readonly RecordedDifference[] }> {
  let lines = 0;
  const differences: RecordedDifference[] = [];
  await eachLine(localStack, async (one, run, ask) => {
    lines += 1;
    const { code, text } = await ask();
    const isOurs = code === 0;
    // cosign's exit code 2 is a panic of Go.
    const theirs = run.exitCode === 0 ? 'accepted' : run.exitCode === 2 ? 'crashed' : 'refused';
    if (isOurs === (run.exitCode === 0) && theirs !== 'crashed') return;
    const codes = [...new Set([...text.matchAll(/refused \(([a-z0-9-]+)\)/g)].map(([, because]) => because))];
    const because = isOurs ? 'the signature is good' : codes.join(', ') || `exit code ${code}`;
    differences.push({
      name: one.name,
      label: run.label,
      tool: run.tool,
      theirs,
      ours: isOurs ? 'accepted' : 'refused',
      because,
    });
  });
  return { lines, differences };
}

/** Runs every recorded cosign 3 line that has a right answer through our command line, with the word replaced. */
export async function runRecordedLines(localStack: string): Promise<RecordedAnswers> {
  const bar = { lines: 0, ours: 0, cosign: 0, misses: [] as string[] };
  await eachLine(localStack, async (one, run, ask) => {
    const right = rightAnswer(one, run);
    if (right === undefined) return;
    const { code } = await ask();
    const isOurs =
      right === 'open' ? code === 0 || code === 12 : (code === 0) === (right === 'accept') && code !== 2 && code !== 14;
    bar.lines += 1;
    bar.ours += isOurs ? 1 : 0;
    bar.cosign += right === 'open' || (run.exitCode === 0) === (right === 'accept') ? 1 : 0;
    if (!isOurs) bar.misses.push(`${one.name}: ${run.label} (${code})`);
  });
  return bar;
}

/** What a line printed: all of it, and stdout alone. */
export type Answer = { readonly code: number; readonly text: string; readonly stdout: string };

/** Every recorded line of verify and verify-attestation; `ask` runs it through our command line, with further words where given. */
export async function eachLine(
  localStack: string,
  visit: (one: LocalCase, run: RecordedRun, ask: (more?: readonly string[]) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  const registries = new Map<string, FakeRegistry>([
    ['127.0.0.1:5801', await startRegistry()],
    ['127.0.0.1:5802', await startRegistry({ referrersApi: false })],
  ]);
  const cases = readCases(localStack);
  for (const { registry, name, layouts } of cases)
    for (const [repository, folder] of Object.entries(layouts))
      registries.get(registry)?.loadLayout(repository, join(localStack, name, folder));
  try {
    for (const one of cases)
      for (const run of one.cosign)
        if (['verify', 'verify-attestation'].includes(run.args[0] ?? ''))
          await visit(one, run, async (more) => ask(localStack, registries, run, more));
  } finally {
    await Promise.all([...registries.values()].map(async (registry) => registry.close()));
  }
}

function rightAnswer(
  { expected }: LocalCase,
  { label, tool, args }: RecordedRun,
): 'accept' | 'reject' | 'open' | undefined {
  const [command = ''] = args;
  if (!tool.startsWith('cosign3') || !['verify', 'verify-attestation'].includes(command)) return undefined;
  const child = /^(amd64|arm64) by digest$/.exec(label)?.[1];
  if (child !== undefined) return expected[`verify ${child}`];
  if (label.startsWith('right policy') || label === 'attestation') return expected[command];
  return label.startsWith('wrong') || label.includes('instead of') ? 'reject' : undefined;
}

async function ask(
  localStack: string,
  registries: ReadonlyMap<string, FakeRegistry>,
  { args, env = {} }: RecordedRun,
  more: readonly string[] = [],
): Promise<Answer> {
  const toOurs = (word: string): string =>
    /^[\w-]+\/saved$|^trust\//.test(word)
      ? join(localStack, word)
      : [...registries].reduce((text, [recorded, { host }]) => text.replaceAll(recorded, host), word);
  const before = { ...process.env };
  Object.assign(process.env, Object.fromEntries(Object.entries(env).map(([name, value]) => [name, toOurs(value)])));
  try {
    const words = args.filter((word, index) => word !== '-o' && args[index - 1] !== '-o').map(toOurs);
    const written = { text: '', stdout: '' };
    // The whole report names why each candidate is refused.
    const code = await main([...words, ...more, '--verbose'], {
      stdout: (printed) => {
        written.text += printed;
        written.stdout += printed;
      },
      stderr: (printed) => void (written.text += printed),
    });
    return { code, ...written };
  } finally {
    for (const name of Object.keys(env)) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
