import type { Find, Location } from '@sigtrail/triangulate';
import type { Problem } from '../report/report.ts';

/** Problems of the places that could not be read: what they hold is unknown. */
export function unreadPlaces(locations: readonly Location[]): readonly Problem[] {
  return locations
    .filter(({ answer }) => answer === 'unknown')
    .map(({ kind, name, code, message, retryAfterMs }) => ({
      code: code ?? 'unknown',
      message: `${kind} ${name} could not be read: ${message ?? code ?? 'unknown'}`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }));
}

/** Problems of what is attached but could not be fetched. */
export function unreadFinds(finds: readonly Find[]): readonly Problem[] {
  return finds.flatMap(({ manifestDigest, unread }) =>
    unread === undefined
      ? []
      : [{ code: unread.code, message: `${manifestDigest} could not be fetched: ${unread.message}` }],
  );
}
