import { type createOciClient, type FetchedManifest, isOciError, OciError } from 'oci-client-lite';
import { safeText } from 'sigtrail/report';
import { parseImageLocator } from 'sigtrail/triangulate';
import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { inRepositoryOf, manifestNameOf } from '../open-repository.ts';
import { registryOptionsOf } from '../options.ts';
import { type RegistryFlags, withRegistryFlags } from '../registry-flags.ts';
import { type FileFlags, withFileFlag, writeResult } from '../output.ts';
import type { Streams } from '../streams.ts';
import { warnOn } from '../warnings.ts';
import { withTraceFlag } from '../detail-flags.ts';

interface Flags extends RegistryFlags, FileFlags {
  readonly timeout?: string;
  readonly digest?: boolean;
}

/** `sigtrail manifest <ref>`: the bytes that a digest stands for, checked against it. */
export function addManifest({ command, exit, ...streams }: CommandContext): void {
  withFileFlag(withTraceFlag(withRegistryFlags(command('manifest'))))
    .description('print the manifest of an image, an index or a signature; its digest was computed from these bytes')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest], or oci-archive:FILE')
    .option('--digest', 'print only its digest')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (reference: string, flags: Flags) => exit(await manifest(reference, flags, streams)));
}

async function manifest(reference: string, flags: Flags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const { registry, timeoutMs } = await registryOptionsOf(flags, warnOn({ stderr }));
  const call = timeoutMs === undefined ? {} : { timeoutMs };
  const { digest, bytes } = await fetchManifest(reference, registry, call).catch((error: unknown) => {
    if (!isOciError(error)) throw error;
    throw new OciError(error.code, `could not read ${reference}: ${error.message}`, { cause: error });
  });
  await writeResult(flags.digest === true ? `${digest}\n` : bytes, flags, (text) => stdout(printable(text)));
  return 0;
}

async function fetchManifest(
  text: string,
  registry: Parameters<typeof createOciClient>[0],
  call: { readonly timeoutMs?: number },
): Promise<FetchedManifest> {
  const locator = parseImageLocator(text);
  return inRepositoryOf(locator, registry, async (repository) =>
    repository.fetchManifest(await manifestNameOf(locator, repository, call), call),
  );
}

/** The bytes as they are, but for characters that could command a terminal: an honest manifest has none. Line breaks stay. */
function printable(text: string): string {
  return text.replaceAll(/[^\n\r\t]+/g, safeText);
}
