import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority, type FakeProxy, issueTlsCertificate, startProxy } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRekor } from './client.ts';
import { isRekorError } from '../error.ts';
import type { WatchEvent } from '../monitor/watch-event.ts';
import { type WebhookOptions, webhookSink } from '../monitor/webhook-sink.ts';

let server: Server;
let proxy: FakeProxy;
let ca: string;
let heard: string[];
beforeEach(async () => {
  const hosts = ['alerts.test', 'rekor.test'];
  const tls = await issueTlsCertificate({ authority: await createCertificateAuthority(), hosts });
  ca = tls.ca;
  heard = [];
  server = createServer(tls, (request, response) => {
    heard.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.resume().on('end', () => response.writeHead(request.method === 'POST' ? 204 : 404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startProxy({ to: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await Promise.all([proxy.close(), new Promise((resolve) => server.close(resolve))]);
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

async function deliver(options: WebhookOptions): Promise<unknown> {
  const sink = webhookSink('https://alerts.test/hook', options);
  try {
    await sink.deliver([event], { position: undefined, signal: AbortSignal.timeout(10_000) });
    return 'delivered';
  } catch (error) {
    return error;
  } finally {
    await sink.close?.();
  }
}

describe('a webhook', () => {
  it('is called through the proxy that the environment names', async () => {
    vi.stubEnv('https_proxy', proxy.url);
    vi.stubEnv('no_proxy', '');
    expect(await deliver({ ca })).toBe('delivered');
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: 'alerts.test:443' }]);
    expect(heard).toEqual(['POST /hook']);
  });

  it('is called through a proxy of the caller’s, whatever the environment says', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    expect(await deliver({ ca, proxy: () => new URL(proxy.url) })).toBe('delivered');
    expect(heard).toEqual(['POST /hook']);
  });

  it('has its certificate checked: a different authority must be named', async () => {
    expect(await deliver({ proxy: () => new URL(proxy.url) })).toMatchObject({ code: 'network' });
    expect(heard).toEqual([]);
  });

  it('is called over a transport of the caller’s, which has nothing to do with the environment’s proxy', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    const asked: string[] = [];
    const transport = {
      exchange: ({ url }: { readonly url: URL }) => {
        asked.push(url.href);
        return Promise.reject(new Error('out of order'));
      },
      close: () => Promise.resolve(),
    };
    expect(String(await deliver({ transport }))).not.toContain('delivered');
    expect(new Set(asked)).toEqual(new Set(['https://alerts.test/hook']));
  });
});

describe('a log', () => {
  it('is read through a proxy, under an authority of the caller’s', async () => {
    await using rekor = createRekor({
      url: 'https://rekor.test',
      trust: [],
      version: 1,
      ca,
      proxy: () => new URL(proxy.url),
    });
    await expect(rekor.entry({ logIndex: 1 })).rejects.toSatisfy(
      (error) => isRekorError(error) && error.code === 'not-found',
    );
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: 'rekor.test:443' }]);
  });
});

it.each([{ ca: 1 }, { proxy: 'http://proxy' }, { clientCertificates: 'x' }, { transport: {} }])(
  'refuses %o',
  (wrong) => {
    const options = wrong as unknown as WebhookOptions;
    expect(() => webhookSink('https://alerts.test/', options)).toThrow(TypeError);
    expect(() => createRekor({ url: 'https://rekor.test', trust: [], ...options })).toThrow(TypeError);
  },
);
