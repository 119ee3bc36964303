import { HttpError } from './error.ts';
import type { Transport } from './transport.ts';

/** The limits of {@link watchTransport}. */
export interface SilenceLimits {
  /** 20 000 ms. */
  readonly headersTimeoutMs?: number | undefined;
  /** 20 000 ms. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Enforces the limits on silence for any transport, and ends its exchanges on time even if it ignores its signal. */
export function watchTransport(transport: Transport, limits: SilenceLimits): Transport {
  const { headersTimeoutMs = 20_000, idleTimeoutMs = 20_000 } = limits;
  const exchange: Transport['exchange'] = async (request) => {
    const own = new AbortController();
    const stop = (): void => own.abort(request.signal.reason);
    request.signal.addEventListener('abort', stop, { once: true });
    if (request.signal.aborted) stop();
    const end = (): void => request.signal.removeEventListener('abort', stop);
    const within = async <T>(work: Promise<T>, ms: number, what: string): Promise<T> =>
      await limit(work, ms, what, own);
    try {
      const response = await within(
        transport.exchange({ ...request, signal: own.signal }),
        headersTimeoutMs,
        'HEADERS',
      );
      return { ...response, body: watched(response.body[Symbol.asyncIterator]()) };
    } catch (error) {
      end();
      throw error;
    }

    function watched(source: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
      const leave = async (): Promise<IteratorResult<Uint8Array>> => {
        end();
        own.abort(new Error('the body was left early'));
        void source.return?.().catch(() => undefined);
        return { done: true, value: undefined };
      };
      const next = async (): Promise<IteratorResult<Uint8Array>> => {
        try {
          const result = await within(Promise.resolve(source.next()), idleTimeoutMs, 'BODY');
          if (result.done === true) end();
          return result;
        } catch (error) {
          end();
          throw error;
        }
      };
      return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
    }
  };
  return {
    exchange,
    spaceOf: (hostname) => transport.spaceOf?.(hostname),
    close: async () => {
      await transport.close?.();
    },
  };
}

async function limit<T>(work: Promise<T>, ms: number, what: string, own: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    onAbort = () => reject(own.signal.reason instanceof Error ? own.signal.reason : new Error('aborted'));
    own.signal.addEventListener('abort', onAbort, { once: true });
    if (own.signal.aborted) onAbort();
    timer = setTimeout(() => {
      own.abort(new HttpError('timeout', 'the host fell silent', { reason: `UND_ERR_${what}_TIMEOUT` }));
    }, ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) own.signal.removeEventListener('abort', onAbort);
  }
}
