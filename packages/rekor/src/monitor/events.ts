import { createHash } from 'node:crypto';
import type { RekorError } from '../error.ts';
import type { AlarmCode } from '../alarm-code.ts';
import type { NewEvent, NoticeCode, WatchedLogName } from './watch-event.ts';

/** An alarm. Its id comes from the observation, so that the same observation is reported once. */
export function alarmEvent(
  log: WatchedLogName,
  error: RekorError & { readonly code: AlarmCode },
): Extract<NewEvent, { kind: 'alarm' }> {
  const { code, message, expected = '', actual = '', evidence } = error;
  return {
    kind: 'alarm',
    id: eventId('alarm', code, log.url, message, expected, actual),
    log,
    code,
    message,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** A notice. Its id comes from the sentence, which says what is new. */
export function noticeEvent(
  log: WatchedLogName,
  code: NoticeCode,
  message: string,
): Extract<NewEvent, { kind: 'notice' }> {
  return { kind: 'notice', id: eventId('notice', code, log.name ?? log.url, message), log, code, message };
}

/** A short name for an observation: its kind, then a digest of what identifies it. */
export function eventId(kind: string, ...what: readonly string[]): string {
  return `${kind}-${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32)}`;
}
