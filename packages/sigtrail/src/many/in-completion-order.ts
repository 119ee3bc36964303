/** How much is done at a time, and what ends the iteration. */
export interface Bounds {
  /** Items that are being worked on, or whose result has not been taken yet. */
  readonly most: number;
  /** When it aborts, no further item is taken; what was begun is finished, and then the iteration throws its reason. */
  readonly signal: AbortSignal | undefined;
}

/** The outcome of the work on an item. */
type Ended<R> = { readonly result: R } | { readonly error: unknown };

/**
 * Does the work on each item, many at a time, and yields the results in the order in which they come. An item is taken only when there is room for its result, so that a source of any
 * length takes no more memory than a short one. The signal that the work gets fires when the loop over the results is left.
 *
 * @throws what the work or the source throws, after the results of what was begun before; the reason of `signal`
 */
export async function* inCompletionOrder<T, R>(
  source: Iterable<T> | AsyncIterable<T>,
  work: (item: T, given: AbortSignal) => Promise<R>,
  { most, signal }: Bounds,
): AsyncGenerator<R, void, undefined> {
  const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const left = new AbortController();
  const running = new Set<Promise<void>>();
  const ended: Ended<R>[] = [];
  let pulling: Promise<void> | undefined;
  let isExhausted = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;

  const begin = (item: T): void => {
    const task = work(item, left.signal)
      .then(
        (result) => ended.push({ result }),
        (error: unknown) => ended.push({ error }),
      )
      .then(() => {
        running.delete(task);
        wake();
      });
    running.add(task);
  };
  const hasRoom = (): boolean => !isOver() && running.size + ended.length < most;
  const pull = async (): Promise<void> => {
    try {
      while (hasRoom()) {
        const next = await items.next();
        if (next.done === true) isExhausted = true;
        else if (!isOver()) begin(next.value);
      }
    } catch (error) {
      isExhausted = true;
      failure ??= { error };
    }
    pulling = undefined;
    wake();
  };
  const isOver = (): boolean => isExhausted || failure !== undefined || signal?.aborted === true || left.signal.aborted;
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort, { once: true });

  try {
    for (;;) {
      if (pulling === undefined && hasRoom()) pulling = pull();
      const next = ended.shift();
      if (next !== undefined) {
        if ('result' in next) yield next.result;
        else failure ??= next;
      } else if (running.size === 0 && isOver()) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if (failure !== undefined) throw failure.error;
    if (!isExhausted) signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', onAbort);
    left.abort(new DOMException('the loop over the results was left', 'AbortError'));
    await Promise.all(running);
    if (!isExhausted) await close(items, pulling);
  }
}

/** Tells the source that no more items are needed. A source that was asked for its next item may never answer, so don't wait for that. */
async function close<T>(items: Iterator<T> | AsyncIterator<T>, pulling: Promise<void> | undefined): Promise<void> {
  if (pulling === undefined) await items.return?.();
  else void pulling.then(async () => items.return?.());
}
