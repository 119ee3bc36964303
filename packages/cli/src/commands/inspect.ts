import { type ImageInspection, inspectImage } from 'sigtrail';
import { inspectionToText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { withOutputFlags, writeResult } from '../output.ts';
import { verifierOptionsOf } from '../options.ts';
import { placesOf, withPlaceFlags } from '../places.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { withTrustFlags } from '../trust-flags.ts';
import { withRegistryFlags } from '../registry-flags.ts';
import { warnOn } from '../warnings.ts';
import { withVerboseFlag } from '../detail-flags.ts';

/** `sigtrail inspect <ref>`: who signed this? */
export function addInspect({ command, exit, ...streams }: CommandContext): void {
  const looking = withRegistryFlags(withPlaceFlags(withTrustFlags(command('inspect'))));
  withOutputFlags(withVerboseFlag(looking, 'every check and place'), ['text', 'json', 'html'])
    .description('who signed this? No policy, no verdict')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest], or oci-archive:FILE')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (reference: string, flags: VerifyFlags) => exit(await inspect(reference, flags, streams)));
}

async function inspect(
  reference: string,
  flags: VerifyFlags,
  { stdout, stderr, defaults }: Surroundings,
): Promise<ExitCode> {
  const inspection = await inspectImage(reference, {
    ...(await verifierOptionsOf(flags, warnOn({ stderr }), defaults)),
    ...placesOf(flags),
  });
  await writeResult(await formatted(inspection, flags), flags, stdout);
  // An unreadable place may have held a signature: the answer is incomplete.
  return inspection.locations.some(({ answer }) => answer === 'unknown') ? 14 : 0;
}

async function formatted(inspection: ImageInspection, { output, verbose = false }: VerifyFlags): Promise<string> {
  switch (output) {
    case 'json':
      return toJsonLine(inspection);
    case 'html':
      return (await import('sigtrail/report/html')).toHtml(inspection);
    default:
      return inspectionToText(inspection, { verbose });
  }
}
