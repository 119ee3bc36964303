import { describe, expect, it } from 'vitest';
import { descriptorOf, failure, recorder, type Route } from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import type { Descriptor } from '../index.ts';
import { blob, blobDescriptor, both, everything } from '../../test/read-content.ts';

/** Answers the question which scheme is spoken, and leaves the rest to the route. */
const below =
  (route: Route): Route =>
  (request, response) =>
    request.url === '/v2/' ? response.end('{}') : route(request, response);

describe('openBlob', () => {
  const read = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  };
  const until = async (source: AsyncIterable<Uint8Array>): Promise<number> => {
    let size = 0;
    try {
      for await (const piece of source) size += piece.byteLength;
    } catch {
      return size;
    }
    throw new Error('it did not fail');
  };

  it('streams what is right, in a registry and in a layout', async () => {
    for (const [, repository] of await both()) {
      const { looks, onRequest } = recorder();
      expect(await read(await repository.openBlob(blobDescriptor, { onRequest }))).toEqual(blob);
      expect(looks.at(-1)).toMatchObject({ bytes: blob.byteLength, digest: blobDescriptor.digest });
      const empty = descriptorOf(new Uint8Array(0), 'x/y');
      expect((await failure(repository.openBlob(empty))).code).toBe('not-found');
    }
  });

  it.each<[string, (descriptor: Descriptor) => Descriptor, string]>([
    ['longer', (descriptor) => ({ ...descriptor, size: descriptor.size - 1 }), 'size-mismatch'],
    ['shorter', (descriptor) => ({ ...descriptor, size: descriptor.size + 1 }), 'size-mismatch'],
  ])('fails for a blob that is %s, in a registry and in a layout', async (_, change, code) => {
    for (const [, repository] of await both()) {
      const opening = repository.openBlob(change(blobDescriptor)).then(read);
      expect((await failure(opening)).code).toBe(code);
    }
  });

  it('reads a blob by its digest alone, no more than the cap, and checks it', async () => {
    for (const [, repository] of await both()) {
      const { digest } = blobDescriptor;
      expect(await read(await repository.openBlob(digest))).toEqual(blob);
      expect(await read(await repository.openBlob(digest, { maxBytes: blob.byteLength }))).toEqual(blob);
      const opening = repository.openBlob(digest, { maxBytes: blob.byteLength - 1 }).then(read);
      expect((await failure(opening)).code).toBe('too-large');
    }
    const { repository } = await serveRepository(below((_, response) => response.end(blob.subarray(1))));
    expect((await failure(repository.openBlob(blobDescriptor.digest).then(read))).code).toBe('digest-mismatch');
  });

  it('fails for other bytes before the last piece, never after', async () => {
    const wrong = Uint8Array.from(blob);
    wrong[100] = 0;
    const { repository } = await serveRepository(below((_, response) => response.end(wrong)));
    expect((await failure(repository.openBlob(blobDescriptor).then(read))).code).toBe('digest-mismatch');
    expect(await until(await repository.openBlob(blobDescriptor))).toBeLessThan(blob.byteLength);
  });

  it('ends the connection when its reader leaves or cancels', async () => {
    let open = 0;
    const { repository } = await serveRepository(
      below((_, response) => {
        open += 1;
        response.on('close', () => {
          open -= 1;
        });
        response.writeHead(200).write(blob.subarray(0, 150_000));
      }),
    );
    const left = await repository.openBlob(blobDescriptor);
    for await (const _ of left) break;
    const waiting = await repository.openBlob(blobDescriptor);
    const reading = failure(read(waiting));
    await waiting.cancel();
    expect((await reading).code).toBe('aborted');
    const cancelled = await repository.openBlob(blobDescriptor);
    await cancelled.cancel();
    {
      await using unused = await repository.openBlob(blobDescriptor);
      expect(unused.descriptor).toBe(blobDescriptor);
    }
    await expect.poll(() => open).toBe(0);
  });

  it('ends at its deadline, and at once for a signal', async () => {
    const { repository } = await serveRepository(
      below((_, response) => void response.writeHead(200).write(blob.subarray(0, 1000))),
    );
    expect((await failure(repository.openBlob(blobDescriptor, { timeoutMs: 100 }).then(read))).code).toBe('timeout');
    const controller = new AbortController();
    const opened = await repository.openBlob(blobDescriptor, { signal: controller.signal });
    controller.abort();
    expect((await failure(read(opened))).code).toBe('aborted');
  });

  it('asks nothing for a blob over the cap or a malformed digest', async () => {
    const { repository, server } = await serveRepository(everything);
    expect((await failure(repository.openBlob(blobDescriptor, { maxBytes: 10 }))).code).toBe('too-large');
    const bad = { ...blobDescriptor, digest: 'sha256:../../x' as Descriptor['digest'] };
    expect((await failure(repository.openBlob(bad))).code).toBe('invalid-digest');
    expect(server.seen).toEqual([]);
  });

  it('authenticates as every read does', async () => {
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    const { repository } = await serveRepository(
      (request, response) => {
        if (request.authorization === authorization) return everything(request, response);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      },
      { credentials: { username: 'u', password: 'p' } },
    );
    expect(await read(await repository.openBlob(blobDescriptor))).toEqual(blob);
  });
});
