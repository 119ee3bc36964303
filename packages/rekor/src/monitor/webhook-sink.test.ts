import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WatchEvent } from './watch-event.ts';
import { webhookSink } from './webhook-sink.ts';

let server: Server;
let url: string;
let status: number;
let headers: Readonly<Record<string, string>>;
let heard: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
beforeEach(async () => {
  status = 204;
  headers = {};
  heard = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const event: WatchEvent = {
  kind: 'notice',
  id: 'notice-1',
  sequence: 1,
  at: '2026-11-27T00:00:00.000Z',
  log: { url: 'https://log.test' },
  code: 'first-use',
  message: 'said',
};

async function deliver(): Promise<unknown> {
  const sink = webhookSink(url, { secretHeaders: { authorization: 'Bearer secret' } });
  try {
    await sink.deliver([event], { position: undefined, signal: new AbortController().signal });
    return 'delivered';
  } catch (error) {
    return error;
  } finally {
    await sink.close?.();
  }
}

it('posts the event as JSON under its id', async () => {
  expect(await deliver()).toBe('delivered');
  expect(heard).toMatchObject([{ headers: { 'idempotency-key': 'notice-1', authorization: 'Bearer secret' } }]);
  expect(JSON.parse(heard[0]?.body ?? '')).toEqual(event);
});

it.each([301, 400, 404])('leaves the event for the next run when it hears %i', async (code) => {
  status = code;
  if (code === 301) headers = { location: 'https://elsewhere.test/' };
  const error = await deliver();
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).not.toContain('secret');
});

it('has a name without secrets, and refuses anything that is not an address', () => {
  expect(webhookSink(url).name).toBe(url.replace('?token=secret', '').replace('http', 'webhook http'));
  expect(() => webhookSink('ftp://x')).toThrow(TypeError);
  expect(() => webhookSink('https://user:pass@x.test')).toThrow(TypeError);
});
