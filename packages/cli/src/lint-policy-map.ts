import { safeText } from 'sigtrail/report';
import { counted } from '@sigtrail/encoding';
import type { ExitCode } from './exit-code.ts';
import { withGate } from './gate-package.ts';
import { toJsonLine } from './json-line.ts';
import { type OutputFlags, writeResult } from './output.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

/** Flags of a linter. */
export interface MapLintFlags extends OutputFlags {
  readonly failOn: string;
}

const LEVELS = ['error', 'warning', 'note'] as const;

/** Finds where a policy map lets in more than it seems to, and what it refuses at run time. */
export async function lintPolicyMap(file: string, flags: MapLintFlags, { stdout }: Streams): Promise<ExitCode> {
  return withGate(async (gate) => {
    const worst = LEVELS.findIndex((level) => level === flags.failOn);
    if (worst < 0)
      throw new UsageError(`--fail-on must be error, warning or note, got ${JSON.stringify(flags.failOn)}`);
    const findings = gate.lintPolicyMap(gate.readPolicyMapFile(file), { now: new Date() });
    const lines = findings.map(
      ({ file: of, line, column, level, code, message, help }) =>
        `${safeText(`${of}:${line}:${column}: ${level} ${code}: ${message} ${help}`)}\n`,
    );
    const formats: Readonly<Record<string, () => string>> = {
      json: () => toJsonLine(findings),
      sarif: () => toJsonLine(gate.mapFindingsToSarif(findings)),
    };
    const text = formats[flags.output]?.() ?? `${lines.join('')}${counted(findings.length, 'finding')}\n`;
    await writeResult(text, flags, stdout);
    return findings.some(({ level }) => LEVELS.indexOf(level) <= worst) ? 12 : 0;
  });
}
