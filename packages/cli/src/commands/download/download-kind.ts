import type { Command } from 'commander';
import { PREDICATE_ALIASES } from 'sigtrail/attestations';
import { type Find, gapsOf, type Triangulated, triangulateImage } from 'sigtrail/triangulate';
import type { CommandContext, Surroundings } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { type FileFlags, withFileFlag, withOutputFlags, writeBytes } from '../../output.ts';
import { type TriangulateFlags, triangulateOptionsOf, withPlaces } from '../../triangulate-options.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { attestationIn, cosignSignatureIn, type Document, sbomIn, signatureIn } from './attached-documents.ts';

interface Flags extends TriangulateFlags, FileFlags {
  /** Of signatures alone. */
  readonly output?: string;
  readonly predicateType?: string;
}

type KindName = 'attestation' | 'sbom' | 'signature';

interface Kind {
  readonly want: 'attestations' | 'sboms' | 'signatures';
  readonly read: (find: Find, bytes: Uint8Array) => Document | undefined;
  readonly plural: string;
}

const KINDS: Readonly<Record<KindName, Kind>> = {
  attestation: { want: 'attestations', read: attestationIn, plural: 'attestations' },
  sbom: { want: 'sboms', read: sbomIn, plural: 'SBOMs' },
  signature: { want: 'signatures', read: signatureIn, plural: 'signatures' },
};

/** `sigtrail download attestation|sbom|signature REF`: cosign’s names and lines. The bytes are those of their digests; who made them is not asked. */
export function addDownloadKind(kind: KindName, parent: Command, { exit, ...streams }: CommandContext): void {
  const { plural } = KINDS[kind];
  const placed = withPlaces(parent.command(kind));
  const added = (kind === 'signature' ? withOutputFlags(placed, ['json', 'cosign']) : withFileFlag(placed))
    .description(`print the ${plural} that are attached to an image, unverified; several are lines of JSON`)
    .option('--platform <os/architecture>', 'of an index: what is attached to the manifest of this platform');
  if (kind === 'attestation')
    added.option('--predicate-type <type>', 'only of this type: a URI, or slsaprovenance1, spdxjson, cyclonedx, …');
  added.action(async (reference: string, flags: Flags) => exit(await download(kind, reference, flags, streams)));
}

async function download(kind: KindName, reference: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { want, plural } = KINDS[kind];
  const read = flags.output === 'cosign' ? cosignSignatureIn : KINDS[kind].read;
  const warn = warnOn(streams);
  if (flags.platform?.includes(',') === true || flags.platform === 'each')
    throw new UsageError(
      `--platform takes one platform here, such as linux/amd64; got ${JSON.stringify(flags.platform)}`,
    );
  const options = await triangulateOptionsOf(flags, warn);
  const found = await triangulateImage(reference, { ...options, want: [want] });
  const documents: Document[] = [];
  for (const find of findsOf(found, flags)) {
    const content = find.layer === undefined || find.unread !== undefined ? undefined : await found.read(find);
    const document = content === undefined ? undefined : read(find, content);
    if (document !== undefined && isOfType(document, flags.predicateType)) documents.push(document);
  }
  const gaps = gapsOf(found.graph);
  for (const gap of gaps)
    warn(
      gap.kind === 'location'
        ? `could not be read: ${gap.location.kind} ${gap.location.name}: ${gap.location.message ?? ''}`
        : `could not be read: ${gap.find.manifestDigest}: ${gap.find.unread?.message ?? ''}`,
    );
  if (documents.length === 0) {
    warn(`sigtrail: ${reference} has no ${kind === 'sbom' ? 'SBOM' : kind} that fits`);
    return gaps.length > 0 ? 14 : 10;
  }
  warn(
    `note: ${documents.length} ${documents.length === 1 ? plural.slice(0, -1) : plural}, whose signers were not asked for; sigtrail verify${kind === 'signature' ? '' : '-attestation'} does`,
  );
  await writeBytes(joined(documents), flags, streams);
  return gaps.length > 0 ? 14 : 0;
}

/** Of the image itself, or of the manifest of the platform: with the attestation manifests that are about it. */
function findsOf({ graph }: Triangulated, { platform }: Flags): readonly Find[] {
  if (platform === undefined) return graph.finds;
  const chosen = new Set(
    graph.manifests
      .filter(({ looked, parent, role }) => looked && parent !== undefined && role === 'image')
      .map(({ digest }) => digest),
  );
  const about = graph.manifests.flatMap(({ digest, about: one }) =>
    one !== undefined && chosen.has(one) ? [digest] : [],
  );
  return graph.finds.filter(({ signs }) => chosen.has(signs) || about.includes(signs));
}

function isOfType({ predicateType }: Document, asked: string | undefined): boolean {
  if (asked === undefined) return true;
  const aliases: Readonly<Record<string, string>> = PREDICATE_ALIASES;
  return predicateType === (Object.hasOwn(aliases, asked) ? aliases[asked] : asked);
}

/** One document as it is; several as a line each. */
function joined(documents: readonly Document[]): Uint8Array {
  const [only, ...others] = documents;
  if (only !== undefined && others.length === 0) return only.isLine ? Buffer.concat([only.bytes, NEWLINE]) : only.bytes;
  return Buffer.concat(documents.flatMap(({ bytes }) => [onOneLine(bytes), NEWLINE]));
}

const NEWLINE = Buffer.from('\n');

/** Line ends stand only between the parts of a JSON document, never inside of its texts. */
function onOneLine(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes)
      .toString('utf8')
      .trim()
      .replaceAll(/[\r\n]+/g, ' '),
  );
}
