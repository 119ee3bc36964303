import { type Deadline, throwIfCancelled } from './deadline.ts';
import type { HttpHeaders } from './http-headers.ts';

const maxErrorBytes = 64 * 1024;
/** An error body only explains, so it may take at most half of the call's time, and never long. */
const maxErrorBodyMs = 2000;
const empty: Uint8Array = new Uint8Array(0);

/** All bytes of a body, or the error of `tooLarge` at the byte past `maxBytes`, which ends the connection. */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    size += next.value.byteLength;
    if (size > maxBytes) {
      leave(iterator);
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  return joined(chunks, size);
}

/**
 * The body of an answer that is not 2xx, or nothing if it is encoded, larger than 64 KiB, slow or broken. Never throws because of
 * the server: the status is the answer (Debian's registry declares 105 bytes for a 33-byte error body).
 *
 * @throws HttpError `aborted` when the caller aborted meanwhile
 */
export async function readErrorBody(
  body: AsyncIterable<Uint8Array>,
  headers: HttpHeaders,
  deadline: Deadline,
): Promise<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  const isReadable =
    headers['content-encoding'] === undefined && !(Number(headers['content-length']?.[0]) > maxErrorBytes);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('slow')), Math.min(maxErrorBodyMs, deadline.remainingMs() / 2));
  });
  try {
    if (!isReadable) throw new Error('not worth reading');
    const same = { [Symbol.asyncIterator]: () => iterator };
    return await Promise.race([collect(same, maxErrorBytes, () => new Error('too large')), patience]);
  } catch {
    leave(iterator);
    throwIfCancelled(deadline);
    return empty;
  } finally {
    clearTimeout(timer);
  }
}

function leave(iterator: AsyncIterator<Uint8Array>): void {
  void iterator.return?.().catch(() => undefined); // ending a connection half-way may report an error that no caller awaits
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  // A small slice would keep the whole large read buffer alive for as long as it is cached.
  if (chunks.length === 1 && only !== undefined && only.buffer.byteLength <= 2 * size)
    return new Uint8Array(only.buffer, only.byteOffset, size);
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
