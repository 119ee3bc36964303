import type { CommandContext } from '../command.ts';
import { addDownloadKind } from './download/download-kind.ts';

/** `sigtrail download …`: what is attached to an image, as it is in the registry. */
export function addDownload(context: CommandContext): void {
  const download = context
    .command('download')
    .description('print what is attached to an image: attestation, sbom, signature; nothing of it is verified')
    .helpCommand(false);
  for (const kind of ['attestation', 'sbom', 'signature'] as const) addDownloadKind(kind, download, context);
}
