import type { Dispatcher } from 'undici';
import { type Body, createBody } from './body.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';

/**
 * An exchange over an undici dispatcher. Like undici's `request`, but without a Node stream around the body, and it gives up
 * at once when the signal fires, while `request` first waits until a connection is made or becomes free.
 */
export function dispatch(dispatcher: Dispatcher, request: TransportRequest): Promise<TransportResponse> {
  const { signal, url } = request;
  return new Promise<TransportResponse>((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let body: Body | undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      if (isOver) return;
      end();
      if (body === undefined) reject(error);
      else body.fail(error);
    };
    const cancel = (reason: Error): void => {
      fail(reason);
      controller?.abort(reason);
    };
    const onAbort = (): void => cancel(asError(signal.reason));
    if (signal.aborted) return reject(asError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (given) => {
        controller = given;
        if (isOver) given.abort(asError(signal.reason));
      },
      onResponseStart: (given, status, headers) => {
        if (status < 200 || isOver) return;
        body = createBody(given, () => cancel(new Error('the body was left early')));
        resolve({ status, headers: pairs(headers), body });
      },
      onResponseData: (_, chunk) => {
        if (!isOver) body?.push(chunk);
      },
      onResponseEnd: () => {
        if (isOver) return;
        end();
        body?.end();
      },
      onResponseError: (_, error) => fail(error),
    };
    try {
      const { method, headers } = request;
      const path = url.pathname + url.search;
      dispatcher.dispatch({ origin: url.origin, path, method, headers, body: request.body ?? null }, handler);
    } catch (error) {
      fail(error);
    }
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

function pairs(headers: Readonly<Record<string, string | string[] | undefined>>): [string, string][] {
  const list: [string, string][] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (typeof value === 'string') list.push([name, value]);
    else for (const one of value ?? []) list.push([name, one]);
  }
  return list;
}
