import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { descriptorOf, failure, manifestBytes, recorder, serveMap, types } from '../../test/fake-registry.ts';
import { repositoryAt, serve } from '../../test/setting.ts';
import { type ContentStore, digestOf, type OciClientOptions, type OciRepository } from '../index.ts';

const image = manifestBytes();
const digest = digestOf(image);
const blob = new TextEncoder().encode('blob');
const everything = serveMap(
  new Map([
    [`acme/app/manifests/${digest}`, { bytes: image, type: types.manifest }],
    [`acme/app/blobs/${digestOf(blob)}`, { bytes: blob, type: 'x/y' }],
  ]),
);

function memoryStore(): ContentStore & { readonly map: Map<string, Uint8Array> } {
  const map = new Map<string, Uint8Array>();
  return { map, get: (key) => map.get(key), set: (key, bytes) => void map.set(key, bytes) };
}

describe('a cache', () => {
  it('keeps nothing when it is off', async () => {
    const server = await serve(everything);
    const repository = repositoryAt(server, { cache: false });
    await repository.fetchManifest(digest);
    await repository.fetchManifest(digest);
    expect(server.seen).toHaveLength(2);
  });

  it('keeps no more than it may', async () => {
    const server = await serve(everything);
    const repository = repositoryAt(server, { cache: { maxBytes: 10 } });
    await repository.fetchManifest(digest);
    await repository.fetchManifest(digest);
    expect(server.seen).toHaveLength(2);
  });
});

describe('a store', () => {
  it('outlives the client', async () => {
    const server = await serve(everything);
    const store = memoryStore();
    await repositoryAt(server, { cache: { store } }).fetchManifest(digest);
    const { looks, onRequest } = recorder();
    const fetched = await repositoryAt(server, { cache: { store } }).fetchManifest(digest, { onRequest });
    expect(fetched.bytes).toEqual(image);
    expect(server.seen).toHaveLength(1);
    expect(looks.map(({ note }) => note)).toEqual(['cached']);
  });

  it('is hashed, and asked around when it lies or fails', async () => {
    const server = await serve(everything);
    const lies: ContentStore[] = [
      { get: () => manifestBytes({ artifactType: 'evil' }), set: () => undefined },
      { get: () => image.subarray(0, 100), set: () => undefined },
      { get: () => new Uint8Array(8 * 1024 * 1024), set: () => undefined },
      { get: () => 'text' as unknown as Uint8Array, set: () => undefined },
      {
        get: () => {
          throw new Error('down');
        },
        set: () => Promise.reject(new Error('down')),
      },
    ];
    for (const store of lies) {
      const warnings: string[] = [];
      const options: OciClientOptions = { cache: { store }, onWarning: ({ text }) => void warnings.push(text) };
      expect((await repositoryAt(server, options).fetchManifest(digest)).bytes).toEqual(image);
      expect(warnings).toHaveLength(store === lies.at(-1) ? 1 : 0);
    }
    expect(server.seen).toHaveLength(lies.length);
  });

  it('that does not answer is left out, and costs a call two seconds once', async () => {
    const server = await serve(everything);
    let asked = 0;
    const hang = async (): Promise<never> => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const warnings: string[] = [];
    const repository = repositoryAt(server, {
      cache: { maxBytes: 0, store: { get: hang, set: hang } },
      onWarning: ({ text }) => void warnings.push(text),
    });
    const started = performance.now();
    for (let read = 0; read < 3; read += 1) await repository.fetchManifest(digest);
    expect(performance.now() - started).toBeLessThan(4000);
    expect([asked, warnings.length, server.seen.length]).toEqual([1, 1, 3]);
  });

  it('that is slow at every answer is left out once it has cost two seconds', { timeout: 60_000 }, async () => {
    const images = Array.from({ length: 8 }, (_, at) => manifestBytes({ artifactType: `x/${at}` }));
    const server = await serve(
      serveMap(
        new Map(images.map((bytes) => [`acme/app/manifests/${digestOf(bytes)}`, { bytes, type: types.manifest }])),
      ),
    );
    let asked = 0;
    const slow = async (): Promise<undefined> => {
      asked += 1;
      await wait(1000);
    };
    const repository = repositoryAt(server, { cache: { store: { get: slow, set: slow } } });
    for (const bytes of images) expect((await repository.fetchManifest(digestOf(bytes))).bytes).toEqual(bytes);
    expect(asked).toBeLessThanOrEqual(4);
  });

  it('that is slow holds no call longer than the call may take', async () => {
    const server = await serve(everything);
    const slow = async (): Promise<undefined> => {
      await wait(1500);
      return undefined;
    };
    const started = performance.now();
    const read = repositoryAt(server, { cache: { store: { get: slow, set: slow } } }).fetchManifest(digest, {
      timeoutMs: 200,
    });
    expect(await failure(read)).toMatchObject({ code: 'timeout' });
    // What was read before a store did not take it is there all the same.
    const kept = repositoryAt(server, { cache: { store: { get: () => undefined, set: slow } } });
    expect((await kept.fetchManifest(digest, { timeoutMs: 300 })).digest).toBe(digest);
    expect(performance.now() - started).toBeLessThan(1400);
  });

  it('that brings what only looks like bytes is treated as empty', async () => {
    const server = await serve(everything);
    const store = { get: () => new Proxy(new Uint8Array(5), {}), set: () => undefined };
    expect((await repositoryAt(server, { cache: { store } }).fetchManifest(digest)).digest).toBe(digest);
  });

  it('keeps no manifest whose type only its delivery says: the type is not hashed', async () => {
    const untyped = manifestBytes({ mediaType: undefined });
    const its = digestOf(untyped);
    const server = await serve(
      serveMap(new Map([[`acme/app/manifests/${its}`, { bytes: untyped, type: types.manifest }]])),
    );
    const store = memoryStore();
    await repositoryAt(server, { cache: { store } }).fetchManifest(its);
    expect(store.map.size).toBe(0);
  });

  it('may write over its buffers afterwards', async () => {
    const server = await serve(everything);
    const buffer = Uint8Array.from(image);
    const store: ContentStore = { get: () => buffer, set: () => undefined };
    const { bytes } = await repositoryAt(server, { cache: { store } }).fetchManifest(digest);
    buffer.fill(0);
    expect(bytes).toEqual(image);
    expect(server.seen).toHaveLength(0);
  });

  it('never gives a user what only another user could read', async () => {
    const server = await serve((request, response) => {
      const may = request.authorization === `Basic ${Buffer.from('alice:p').toString('base64')}`;
      if (may) everything(request, response);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const store = memoryStore();
    const as = (username?: string): OciRepository =>
      repositoryAt(server, {
        cache: { store },
        ...(username === undefined ? {} : { credentials: { username, password: 'p' } }),
      });
    await as('alice').fetchManifest(digest);
    expect((await failure(as('bob').fetchManifest(digest))).code).toBe('unauthorized');
    expect((await failure(as().fetchManifest(digest))).code).toBe('unauthorized');
    const asked = server.seen.length;
    await as('alice').fetchManifest(digest);
    expect(server.seen.length).toBe(asked);
    expect(JSON.stringify([...store.map.keys()])).not.toMatch(/alice|YWxpY2U/);
  });
});

describe('reads of one digest at the same time', () => {
  it('make one request', async () => {
    const server = await serve(everything);
    const repository = repositoryAt(server, { cache: false });
    const { looks, onRequest } = recorder();
    const reads = await Promise.all(Array.from({ length: 20 }, () => repository.fetchManifest(digest, { onRequest })));
    expect(new Set(reads.map((read) => read.digest))).toEqual(new Set([digest]));
    const descriptor = descriptorOf(blob, 'x/y');
    await Promise.all(Array.from({ length: 20 }, () => repository.fetchBlob(descriptor)));
    expect(server.seen).toHaveLength(2);
    expect(looks.filter(({ note }) => note === 'shared')).toHaveLength(19);
  });

  it('fail together, and are then asked again', async () => {
    let status = 404;
    const server = await serve((request, response) =>
      status === 404 ? response.writeHead(404).end() : everything(request, response),
    );
    const repository = repositoryAt(server);
    const errors = await Promise.all([1, 2, 3].map(() => failure(repository.fetchManifest(digest))));
    expect(errors.map(({ code }) => code)).toEqual(['not-found', 'not-found', 'not-found']);
    expect(server.seen).toHaveLength(1);
    status = 200;
    await repository.fetchManifest(digest);
  });

  it('are begun again by the next when the one that began is aborted, and end with the last', async () => {
    const answers: (() => void)[] = [];
    let open = 0;
    const server = await serve((request, response) => {
      open += 1;
      answers.push(() => everything(request, response));
      response.on('close', () => {
        open -= 1;
      });
    });
    const repository = repositoryAt(server, { cache: false });
    const [first, last] = [new AbortController(), new AbortController()];
    const aborted = failure(repository.fetchManifest(digest, { signal: first.signal }));
    const others = Promise.all([1, 2, 3].map(() => repository.fetchManifest(digest)));
    await expect.poll(() => server.seen.length).toBe(1);
    first.abort();
    expect((await aborted).code).toBe('aborted');
    await expect.poll(() => server.seen.length).toBe(2);
    answers[1]?.();
    expect((await others).map((read) => read.digest)).toEqual([digest, digest, digest]);
    expect(server.seen).toHaveLength(2);
    const alone = failure(repository.fetchManifest(digest, { signal: last.signal }));
    await expect.poll(() => server.seen.length).toBe(3);
    last.abort();
    expect((await alone).code).toBe('aborted');
    await expect.poll(() => open).toBe(0);
  });
});
