import { inspectImage } from 'sigtrail';
import { inspectionToText, safeText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { verifierOptionsOf } from '../options.ts';
import { placesOf, withPlaceFlags } from '../places.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { withTrustFlags } from '../trust-flags.ts';
import { withRegistryFlags } from '../registry-flags.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail inspect <ref>`: who signed this? */
export function addInspect({ command, exit, ...streams }: CommandContext): void {
  withRegistryFlags(withPlaceFlags(withTrustFlags(command('inspect'))))
    .description('who signed this? No policy, no verdict')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest], or oci-archive:FILE')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (reference: string, flags: VerifyFlags) => exit(await inspect(reference, flags, streams)));
}

async function inspect(
  reference: string,
  flags: VerifyFlags,
  { stdout, stderr, defaults }: Surroundings,
): Promise<ExitCode> {
  if (!['text', 'json'].includes(flags.output))
    throw new UsageError(`--output must be text or json, got ${JSON.stringify(flags.output)}`);
  const inspection = await inspectImage(reference, {
    ...(await verifierOptionsOf(flags, (line) => stderr(`${safeText(line)}\n`), defaults)),
    ...placesOf(flags),
  });
  stdout(flags.output === 'json' ? toJsonLine(inspection) : inspectionToText(inspection));
  // An unreadable place may have held a signature: the answer is incomplete.
  return inspection.locations.some(({ answer }) => answer === 'unknown') ? 14 : 0;
}
