import { RekorError } from '../error.ts';
import { formatState, parseState } from './watch-state.ts';
import { optionError, requireObject } from '@sigtrail/encoding';
import { checkKeys } from '../options.ts';
import type { LogChange } from './log-change.ts';
import type { WatchStore } from './watch-store.ts';

/** A change of a log that an operator accepted. */
export interface AcknowledgedChange extends LogChange {
  /** Address of the log. */
  readonly url: string;
  readonly acknowledged: string;
}

/**
 * Says that a change of a log (`log-changed`, or `wrong-tree` for a tree that is gone) is right, or that what the state lost (`state-incomplete`) is known. The next run takes the log as it shows itself then, if that is
 * still what was acknowledged, and says `first-use` of what is new. Alarms of other kinds end when the log stops misbehaving.
 *
 * @throws RekorError `not-found` when no change with this id waits; `state-locked`, `invalid-state`
 * @example
 * await acknowledge(createFileStore('/var/lib/sigtrail'), 'alarm-41dc…');
 */
export async function acknowledge(
  store: WatchStore,
  id: string,
  options: { readonly now?: () => Date } = {},
): Promise<AcknowledgedChange> {
  requireObject(store, 'acknowledge', 'store', ['open']);
  checkKeys('acknowledge', options, ['now']);
  const { now = () => new Date() } = options;
  if (typeof now !== 'function') throw optionError('invalid-option', '"acknowledge.now" must be a function');
  if (typeof id !== 'string') throw optionError('invalid-option', '"id" must be the id of an alarm');
  const opened = await store.open();
  try {
    const stored = await opened.load();
    if (stored === undefined)
      throw new RekorError('not-found', 'the watch state is empty: no run has used it, so no alarm can wait in it');
    const state = parseState(stored);
    const waiting = Object.values(state.logs).flatMap(({ url, changes }) =>
      changes.filter(({ acknowledged }) => acknowledged === undefined).map((change) => ({ url, change })),
    );
    const found = waiting.find(({ change }) => change.id === id);
    if (found === undefined) {
      const ids = waiting.map(({ change }) => change.id).join(', ');
      throw new RekorError('not-found', `no change of a log waits under the id ${id}; waiting: ${ids || 'nothing'}`, {
        actual: id,
      });
    }
    const log = state.logs[found.url];
    const acknowledged = now().toISOString();
    if (log !== undefined) {
      const changes = log.changes.map((change) => (change.id === id ? { ...change, acknowledged } : change));
      await opened.save(formatState({ ...state, logs: { ...state.logs, [found.url]: { ...log, changes } } }));
    }
    return { ...found.change, url: found.url, acknowledged };
  } finally {
    await opened.close();
  }
}
