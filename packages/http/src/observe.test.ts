import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';
import { type Hop, requestChannel, type RequestEvent } from './observe.ts';

const { serve, client, closedPort, end } = createSetting();
afterEach(end);

describe('onRequest', () => {
  it('tells of every try and every redirect, beginning and end, in order', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count === 1) response.writeHead(503).end('no');
      else if (request.url === '/a?n=1&sig=s3cr3t') response.writeHead(302, { location: '/b?token=s3cr3t' }).end();
      else response.end('12345');
    });
    const events: RequestEvent[] = [];
    const hops: Hop[] = [];
    const http = client({ onRequest: (event) => events.push(event) });
    await http.request(
      ask(`${server.url}/a?n=1&sig=s3cr3t`, {
        secretHeaders: { authorization: 'Bearer s3cr3t' },
        onHop: (hop) => hops.push(hop),
      }),
    );
    const first = `${server.url}/a?n=1&sig=…`;
    const second = `${server.url}/b?token=…`;
    expect(events).toMatchObject([
      { phase: 'start', method: 'GET', url: first, attempt: 1, redirects: 0 },
      { phase: 'end', url: first, attempt: 1, redirects: 0, status: 503, bytes: 2 },
      { phase: 'start', url: first, attempt: 2, redirects: 0 },
      { phase: 'end', url: first, attempt: 2, redirects: 0, status: 302 },
      { phase: 'start', url: second, attempt: 1, redirects: 1 },
      { phase: 'end', url: second, attempt: 1, redirects: 1, status: 200, bytes: 5 },
    ]);
    expect(events.map(({ id }) => id - (events[0]?.id ?? 0))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(hops.map(({ status }) => status)).toEqual([503, 302, 200]);
    expect(JSON.stringify([events, hops])).not.toContain('s3cr3t');
  });

  it('tells of failures by their code', async () => {
    const events: RequestEvent[] = [];
    const http = client({ retries: 0, onRequest: (event) => events.push(event) });
    await failure(http.request(ask(`http://127.0.0.1:${await closedPort()}/`)));
    expect(events).toMatchObject([{ phase: 'start' }, { phase: 'end', error: 'network', reason: 'ECONNREFUSED' }]);
    expect(events[1]).not.toHaveProperty('status');
  });

  it('tells of a stream once its body is over', async () => {
    const server = await serve((_, response) => response.end('12345'));
    const events: RequestEvent[] = [];
    const { body } = await client({ onRequest: (event) => events.push(event) }).stream(ask(server.url));
    expect(events).toHaveLength(1);
    await readAll(body);
    expect(events).toMatchObject([{ phase: 'start' }, { phase: 'end', status: 200, bytes: 5 }]);
  });

  it('lets an observer’s own error through, as the observer’s', async () => {
    const server = await serve((_, response) => response.end());
    const http = client({
      onRequest: () => {
        throw new RangeError('mine');
      },
    });
    await expect(http.request(ask(server.url))).rejects.toThrow(RangeError);
  });
});

it('the diagnostics channel gets the same events, while somebody listens', async () => {
  const server = await serve((_, response) => response.end('x'));
  const events: RequestEvent[] = [];
  const listen = (event: unknown): void => void events.push(event as RequestEvent); // what the channel is documented to carry
  subscribe(requestChannel, listen);
  await client().request(ask(`${server.url}/?sig=s3cr3t`));
  unsubscribe(requestChannel, listen);
  await client().request(ask(server.url));
  expect(events.map(({ phase }) => phase)).toEqual(['start', 'end']);
  expect(JSON.stringify(events)).not.toContain('s3cr3t');
});
