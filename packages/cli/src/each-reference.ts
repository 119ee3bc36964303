import type { Surroundings } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import { UsageError } from './usage-error.ts';
import type { VerifyFlags } from './verify-flags.ts';

/** Asks about one reference after the other, as cosign does, and goes on after one that is refused. The exit code is that of the worst. */
export async function eachReference(
  references: readonly string[],
  flags: VerifyFlags,
  { stderr, ...surroundings }: Surroundings,
  ask: (reference: string, streams: Surroundings) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (references.length > 1) expectMany(flags);
  // What is said of the flags holds for every reference, and is said once.
  const said = new Set<string>();
  const once = (text: string): void => {
    if (text.startsWith('warning: ') && said.has(text)) return;
    said.add(text);
    stderr(text);
  };
  const codes: ExitCode[] = [];
  for (const reference of references) codes.push(await ask(reference, { ...surroundings, stderr: once }));
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

const WORST_FIRST: readonly ExitCode[] = [12, 10, 14, 11];

function expectMany({ capsule, outputFile, output, key }: VerifyFlags & { readonly outputFile?: string }): void {
  const one = [
    ...(capsule === undefined ? [] : ['--capsule']),
    ...(outputFile === undefined ? [] : ['--output-file']),
    ...(output === 'html' ? ['--output html'] : []),
    ...(key === '-' ? ['--key -'] : []),
  ];
  if (one.length > 0)
    throw new UsageError(`${one.join(' and ')} can be used with one reference only; ask about each by itself`);
}
