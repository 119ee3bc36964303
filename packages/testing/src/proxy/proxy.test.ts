import { get, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { startRegistry } from '../index.ts';
import { startProxy } from './proxy.ts';

const credentials = { username: 'acme', password: 'p4ss' };
const sent = { 'proxy-authorization': `Basic ${Buffer.from('acme:p4ss').toString('base64')}` };

async function connectThrough(proxy: string, target: string, headers = {}): Promise<[IncomingMessage, Duplex]> {
  const asked = request(proxy, { method: 'CONNECT', path: target, headers, agent: false }).end();
  const [answer, socket] = (await once(asked, 'connect')) as [IncomingMessage, Duplex]; // what node:http documents
  return [answer, socket];
}

async function statusOf(proxy: string, path: string, headers = {}): Promise<number | undefined> {
  const asked = get(proxy, { path, headers, agent: false });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]; // what node:http documents
  answer.resume();
  return answer.statusCode;
}

it('tunnels, whatever the name, and wants its credentials', async () => {
  await using registry = await startRegistry();
  await using proxy = await startProxy({ to: Number(new URL(registry.url).port), credentials });
  expect((await connectThrough(proxy.url, 'ghcr.io:443'))[0].statusCode).toBe(407);
  const [{ statusCode }, socket] = await connectThrough(proxy.url, 'ghcr.io:443', sent);
  expect(statusCode).toBe(200);
  socket.write('GET /v2/ HTTP/1.1\r\nHost: ghcr.io\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('200 OK');
  expect(proxy.requests.map(({ method, target, authorized }) => [method, target, authorized])).toEqual([
    ['CONNECT', 'ghcr.io:443', false],
    ['CONNECT', 'ghcr.io:443', true],
  ]);
  expect(JSON.stringify(proxy.requests)).not.toContain(sent['proxy-authorization']);
});

it('forwards requests in absolute form, without its credentials', async () => {
  await using registry = await startRegistry();
  await using proxy = await startProxy({ to: Number(new URL(registry.url).port), credentials });
  expect(await statusOf(proxy.url, 'http://ghcr.io/v2/')).toBe(407);
  expect(await statusOf(proxy.url, 'http://ghcr.io/v2/', sent)).toBe(200);
  expect(
    registry.requests.map(({ headers, headerNames }) => [headers['host'], headerNames.includes('proxy-authorization')]),
  ).toEqual([['ghcr.io', false]]);
});

it('refuses, can’t reach the origin, or says nothing', async () => {
  await using refusing = await startProxy({ status: 403 });
  expect((await connectThrough(refusing.url, 'ghcr.io:443'))[0].statusCode).toBe(403);
  expect(await statusOf(refusing.url, 'http://ghcr.io/')).toBe(403);
  await using lost = await startProxy({ to: 1 });
  expect((await connectThrough(lost.url, 'ghcr.io:443'))[0].statusCode).toBe(502);
  expect(await statusOf(lost.url, 'http://ghcr.io/')).toBe(502);
  expect(await statusOf(lost.url, '/relative')).toBe(400);
  await using silent = await startProxy({ isSilent: true });
  const pending = connectThrough(silent.url, 'ghcr.io:443').catch((error: NodeJS.ErrnoException) => error.code);
  await expect.poll(() => silent.requests.length).toBe(1);
  await silent.close();
  expect(await pending).toBe('ECONNRESET');
});
