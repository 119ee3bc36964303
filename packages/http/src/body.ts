/** The bytes of an answer, passed from a connection to one reader. */
export interface Body extends AsyncIterable<Uint8Array> {
  push(chunk: Uint8Array): void;
  end(): void;
  fail(error: unknown): void;
}

/** Stops and restarts the connection. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Bytes that may wait for a reader before the connection is told to pause. */
const mostWaiting = 64 * 1024;

type Waiter = {
  readonly resolve: (result: IteratorResult<Uint8Array>) => void;
  readonly reject: (error: unknown) => void;
};

/** A body that is read once. `cancel` is called when the reader leaves before the end. */
export function createBody(flow: Flow, cancel: () => void): Body {
  const chunks: Uint8Array[] = [];
  let waiting = 0;
  let isPaused = false;
  let state: 'open' | 'ended' | 'failed' = 'open';
  let failure: unknown;
  let reader: Waiter | undefined;
  const done: IteratorResult<Uint8Array> = { done: true, value: undefined };

  const next = (): Promise<IteratorResult<Uint8Array>> => {
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      waiting -= chunk.byteLength;
      if (isPaused && waiting <= mostWaiting) {
        isPaused = false;
        flow.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (state === 'ended') return Promise.resolve(done);
    if (state === 'failed') return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      reader = { resolve, reject };
    });
  };
  const leave = (): Promise<IteratorResult<Uint8Array>> => {
    chunks.length = 0;
    if (state === 'open') {
      finish('ended');
      cancel();
    }
    return Promise.resolve(done);
  };
  const finish = (how: 'ended' | 'failed', error?: unknown): void => {
    if (state !== 'open') return;
    state = how;
    failure = error;
    if (how === 'ended') reader?.resolve(done);
    else reader?.reject(error);
    reader = undefined;
  };
  return {
    push: (chunk) => {
      if (state !== 'open') return;
      if (reader !== undefined) {
        const { resolve } = reader;
        reader = undefined;
        return resolve({ done: false, value: chunk });
      }
      chunks.push(chunk);
      waiting += chunk.byteLength;
      if (isPaused || waiting <= mostWaiting) return;
      isPaused = true;
      flow.pause();
    },
    end: () => finish('ended'),
    fail: (error) => finish('failed', error),
    [Symbol.asyncIterator]: () => ({ next, return: leave }),
  };
}
