import { gapsOf, triangulateImage } from 'sigtrail/triangulate';
import { toCosignTree } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { type FileFlags, withFileFlag, writeResult } from '../output.ts';
import type { Streams } from '../streams.ts';
import { type TriangulateFlags, triangulateOptionsOf, withPlaces } from '../triangulate-options.ts';
import { warnOn } from '../warnings.ts';

type Flags = TriangulateFlags & FileFlags;

/** `sigtrail tree <ref>`: what `cosign tree` prints, always in the same order. */
export function addTree({ command, exit, ...streams }: CommandContext): void {
  withFileFlag(withPlaces(command('tree').description('what is attached to an image, as cosign tree prints it')))
    .option('--experimental-oci11', 'no effect: referrers are always looked for')
    .action(async (reference: string, flags: Flags) => exit(await run(reference, flags, streams)));
}

async function run(reference: string, flags: Flags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const warn = warnOn({ stderr });
  const options = await triangulateOptionsOf(flags, warn);
  const want = ['signatures', 'attestations', 'sboms', 'others'] as const;
  const { graph } = await triangulateImage(reference, { ...options, want, fetch: false });
  await writeResult(toCosignTree(graph), flags, stdout);
  const gaps = gapsOf(graph);
  // cosign doesn't mention these.
  for (const gap of gaps)
    warn(
      gap.kind === 'location'
        ? `could not be read: ${gap.location.kind} ${gap.location.name}: ${gap.location.message ?? gap.location.code ?? ''}`
        : `could not be read: ${gap.find.manifestDigest}: ${gap.find.unread?.message ?? ''}`,
    );
  return gaps.length > 0 ? 14 : 0;
}
