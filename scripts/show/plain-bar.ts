import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { type LocalCase, readCases, type RecordedRun } from './recorded-run.ts';

/** How the plain bar was met: right policies accepted, wrong ones refused. */
export interface PlainBar {
  readonly lines: number;
  readonly ours: number;
  /** cosign 3.1.2, as recorded. */
  readonly cosign: number;
  readonly misses: readonly string[];
}

/** Runs every recorded cosign 3 line that has a right answer through our command line, with the word replaced. */
export async function runPlainBar(localStack: string): Promise<PlainBar> {
  const registries = new Map<string, FakeRegistry>([
    ['127.0.0.1:5801', await startRegistry()],
    ['127.0.0.1:5802', await startRegistry({ referrersApi: false })],
  ]);
  const cases = readCases(localStack);
  for (const { registry, name, layouts } of cases)
    for (const [repository, folder] of Object.entries(layouts))
      registries.get(registry)?.loadLayout(repository, join(localStack, name, folder));
  const bar = { lines: 0, ours: 0, cosign: 0, misses: [] as string[] };
  try {
    for (const one of cases)
      for (const run of one.cosign) {
        const right = rightAnswer(one, run);
        if (right === undefined) continue;
        const code = await ask(localStack, registries, run);
        const isOurs =
          right === 'open'
            ? code === 0 || code === 12
            : (code === 0) === (right === 'accept') && code !== 2 && code !== 14;
        bar.lines += 1;
        bar.ours += isOurs ? 1 : 0;
        bar.cosign += right === 'open' || (run.exitCode === 0) === (right === 'accept') ? 1 : 0;
        if (!isOurs) bar.misses.push(`${one.name}: ${run.label} (${code})`);
      }
  } finally {
    await Promise.all([...registries.values()].map(async (registry) => registry.close()));
  }
  return bar;
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
): Promise<number> {
  const toOurs = (word: string): string =>
    /^[\w-]+\/saved$|^trust\//.test(word)
      ? join(localStack, word)
      : [...registries].reduce((text, [recorded, { host }]) => text.replaceAll(recorded, host), word);
  const before = { ...process.env };
  Object.assign(process.env, Object.fromEntries(Object.entries(env).map(([name, value]) => [name, toOurs(value)])));
  try {
    const words = args.filter((word, index) => word !== '-o' && args[index - 1] !== '-o').map(toOurs);
    return await main(words, { stdout: () => undefined, stderr: () => undefined });
  } finally {
    for (const name of Object.keys(env)) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
