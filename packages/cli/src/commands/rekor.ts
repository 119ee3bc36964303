import type { CommandContext } from '../command.ts';
import { addAcknowledge } from './rekor/acknowledge.ts';
import { addGet } from './rekor/get.ts';
import { addLogInfo } from './rekor/loginfo.ts';
import { addSearch } from './rekor/search.ts';
import { addTimeline } from './rekor/timeline.ts';
import { addTrack } from './rekor/track.ts';
import { addVerifySaved } from './rekor/verify.ts';
import { addWatch } from './rekor/watch.ts';

/** `sigtrail rekor …`: the transparency log. */
export function addRekor(context: CommandContext): void {
  const rekor = context
    .command('rekor')
    .description('the transparency log: loginfo, get, search, track, timeline, watch, acknowledge, verify')
    .helpCommand(false);
  for (const add of [addLogInfo, addGet, addSearch, addTrack, addTimeline, addWatch, addAcknowledge, addVerifySaved])
    add(rekor, context);
}
