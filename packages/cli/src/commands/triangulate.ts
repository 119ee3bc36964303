import { type AttachmentType, gapsOf, nameAttachment, triangulateImage } from 'sigtrail/triangulate';
import { safeText, triangulationToText } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { type FileFlags, withFileFlag, writeResult } from '../output.ts';
import type { Streams } from '../streams.ts';
import { type TriangulateFlags, triangulateOptionsOf, withPlaces } from '../triangulate-options.ts';
import { UsageError } from '../usage-error.ts';
import { warnOn } from '../warnings.ts';

interface Flags extends TriangulateFlags, FileFlags {
  readonly type?: string;
  readonly format?: string;
}

const TYPES: readonly AttachmentType[] = ['signature', 'attestation', 'sbom', 'digest'];

/** `sigtrail triangulate <ref>`: what is attached, and where. */
export function addTriangulate({ command, exit, ...streams }: CommandContext): void {
  withFileFlag(
    withPlaces(command('triangulate').description('where the signatures, attestations and SBOMs of an image are')),
  )
    .option('--platform <list>', 'of an index, look at these platforms too: each, or linux/amd64,linux/arm64')
    .option(
      '--format <format>',
      'tree, json, or cosign: the one line that cosign triangulate prints (default: tree; with --type cosign)',
    )
    .option('--type <type>', 'with --format cosign: signature (default), attestation, sbom or digest')
    .action(async (reference: string, flags: Flags) => exit(await run(reference, flags, streams)));
}

async function run(reference: string, flags: Flags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const { type, format = type === undefined ? 'tree' : 'cosign' } = flags;
  if (!['tree', 'json', 'cosign'].includes(format))
    throw new UsageError(`--format must be tree, json or cosign, got ${JSON.stringify(format)}`);
  const options = await triangulateOptionsOf(flags, warnOn({ stderr }));
  if (format === 'cosign') {
    const { platforms, ...where } = options;
    if (platforms !== undefined) throw new UsageError('--platform has no effect on the one line of --format cosign');
    const name = await nameAttachment(reference, typeOf(type ?? 'signature'), where);
    await writeResult(`${safeText(name)}\n`, flags, stdout);
    return 0;
  }
  if (type !== undefined)
    throw new UsageError('--type belongs to --format cosign: the tree and the JSON have all types');
  const { graph } = await triangulateImage(reference, { ...options, fetch: false });
  await writeResult(format === 'json' ? toJsonLine(graph) : triangulationToText(graph), flags, stdout);
  // An unreadable place may have held anything: the answer is incomplete.
  return gapsOf(graph).length > 0 ? 14 : 0;
}

function typeOf(text: string): AttachmentType {
  const type = TYPES.find((one) => one === text);
  if (type === undefined)
    throw new UsageError(`--type must be one of ${TYPES.join(', ')}, got ${JSON.stringify(text)}`);
  return type;
}
