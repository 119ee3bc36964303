import type { ImageTrack } from 'sigtrail';
import { timelineToText, trackToText } from 'sigtrail/report';
import type { Timeline } from 'sigtrail/track';
import { toJsonLine } from '../../json-line.ts';

/** What logs know about images, in the format that was named. */
export async function historyIn(history: ImageTrack | Timeline, output: string): Promise<string> {
  switch (output) {
    case 'json':
      return toJsonLine(history);
    case 'html':
      return (await import('sigtrail/report/html')).toHtml(history);
    default:
      return 'reconciliation' in history ? trackToText(history) : timelineToText(history, { now: new Date() });
  }
}
