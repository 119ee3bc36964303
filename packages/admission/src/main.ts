import { parseArgs } from 'node:util';
import { isAdmissionError } from './error.ts';
import { checkRunning } from './running/check-running.ts';
import { startAdmission } from './start-admission.ts';

const USAGE = 'usage: sigtrail-admission --settings FILE [--check-running]\n';
const HELP = `
Answers the admission webhooks of a Kubernetes cluster, and Gatekeeper, until SIGTERM. FILE is YAML: docs/kubernetes.md says what is in it. It is read again when it
changes, and at SIGHUP. The log is one JSON object a line on standard output.

--check-running  judges by the same settings what runs in the cluster now, prints a line for each image that isn't
                 accepted, and ends: with 0 where none would be refused or warned about, 1 where some would or it is
                 unknown what runs, 2 for a fault
`;

/** The command: runs until SIGTERM or SIGINT, and reads its files again at SIGHUP. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = readFlags(args);
  if (flags?.help === true) {
    process.stdout.write(`${USAGE}${HELP}`);
    return;
  }
  if (flags?.settings === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  try {
    if (flags['check-running'] === true) return await printRunning(flags.settings);
    const admission = await startAdmission(flags.settings, { write: (line) => void process.stdout.write(line) });
    process.on('SIGHUP', () => void admission.reload());
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        // A second signal ends the process at once, as it does by default.
        void admission.drain().then(() => process.exit());
      });
  } catch (error) {
    if (!isAdmissionError(error)) throw error;
    process.stderr.write(`sigtrail-admission: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** Prints what runs and isn't accepted, and the sum; the exit code says whether there is any. */
async function printRunning(settingsFile: string): Promise<void> {
  const write = (line: string): void => void process.stdout.write(line);
  const { pods, skipped, allowed, refused, warned, noted, unknown } = await checkRunning(settingsFile, { write });
  const images = `${allowed} images allowed, ${refused} refused, ${warned} warned about, ${noted} noted, ${unknown} unknown`;
  write(`${pods} Pods (and ${skipped} skipped), ${images}\n`);
  process.exitCode = refused + warned + unknown > 0 ? 1 : 0;
}

interface Flags {
  readonly settings?: string | undefined;
  readonly 'check-running'?: boolean | undefined;
  readonly help?: boolean | undefined;
}

function readFlags(args: readonly string[]): Flags | undefined {
  try {
    return parseArgs({
      args: [...args],
      options: {
        settings: { type: 'string' },
        'check-running': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`sigtrail-admission: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}
