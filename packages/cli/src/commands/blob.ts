import { isOciError, OciError, type OpenBlob, parseDigest } from 'oci-client-lite';
import { parseImageLocator } from 'sigtrail/triangulate';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { inRepositoryOf } from '../open-repository.ts';
import { registryOptionsOf } from '../options.ts';
import { type FileFlags, openResult, withFileFlag, writeBytes } from '../output.ts';
import { type RegistryFlags, withRegistryFlags } from '../registry-flags.ts';
import { UsageError } from '../usage-error.ts';
import { warnOn } from '../warnings.ts';
import { withTraceFlag } from '../detail-flags.ts';

interface Flags extends RegistryFlags, FileFlags {
  readonly timeout?: string;
  readonly maxBytes?: string;
}

/** `sigtrail blob REPOSITORY@sha256:…`: the bytes that a digest stands for. None is printed before all were hashed. */
export function addBlob({ command, exit, ...streams }: CommandContext): void {
  withFileFlag(withTraceFlag(withRegistryFlags(command('blob'))))
    .description('print a blob, such as a layer or a payload; all of it is checked against the digest first')
    .argument('<ref@digest>', 'REPOSITORY@sha256:…, or oci:DIR@sha256:…')
    .option('--max-bytes <count>', 'refuse a longer blob; default: 256 MiB, or 1 GiB to a file')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (reference: string, flags: Flags) => exit(await blob(reference, flags, streams)));
}

const MAX_PRINTED = 256 * 1024 * 1024;
const MAX_WRITTEN = 1024 * 1024 * 1024;

async function blob(text: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const locator = parseImageLocator(text);
  const digest = locator.kind === 'registry' ? locator.reference.digest : locator.digest;
  if (digest === undefined)
    throw new UsageError(`expected a digest (${text}@sha256:…); a manifest is printed by: sigtrail manifest ${text}`);
  const maxBytes = maxBytesOf(flags);
  const { registry, timeoutMs } = await registryOptionsOf(flags, warnOn(streams));
  try {
    await inRepositoryOf(locator, registry, async (repository) => {
      await using opened = await repository.openBlob(parseDigest(digest), {
        maxBytes,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      await (flags.outputFile === undefined ? print(opened, streams) : write(opened, flags, streams));
    });
  } catch (error) {
    if (!isOciError(error)) throw error;
    throw new OciError(error.code, `could not read ${text}: ${error.message}`, { cause: error });
  }
  return 0;
}

function maxBytesOf({ maxBytes, outputFile }: Flags): number {
  if (maxBytes === undefined) return outputFile === undefined ? MAX_PRINTED : MAX_WRITTEN;
  if (!/^[1-9][0-9]{0,14}$/.test(maxBytes))
    throw new UsageError(`--max-bytes must be a positive number, got ${JSON.stringify(maxBytes)}`);
  return Number(maxBytes);
}

async function print(opened: OpenBlob, streams: Surroundings): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of opened) pieces.push(piece);
  await writeBytes(Buffer.concat(pieces), {}, streams);
}

/** Whatever its size, a piece of it is held at a time; a file that is not all there is never put in its place. */
async function write(opened: OpenBlob, flags: Flags, { stdout }: Surroundings): Promise<void> {
  const file = await openResult(flags, stdout);
  try {
    for await (const piece of opened) await file.write(piece);
    await file.end();
  } finally {
    await file.drop();
  }
}
