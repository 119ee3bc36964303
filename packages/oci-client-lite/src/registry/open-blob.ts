import { checkOptions } from '@sigtrail/encoding';
import { READ } from '../read-options.ts';
import { redactUrl } from '@sigtrail/http';
import { type Call, type StartedCall, startCall } from './call.ts';
import { checkedStream } from '../content/checked-stream.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { statusError } from './errors-from-http.ts';
import { readFromSources, readsDigests } from './mirror.ts';
import type { Place } from '../place.ts';
import { asSizeMismatch, checkDescriptor } from '../content/check-content.ts';
import type { OpenBlob, ReadOptions } from '../repository.ts';

/** Bytes on their way, and their source for display. */
export interface OpenSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly url: string;
  cancel(): Promise<void>;
}

const slowestBytesPerMs = (1024 * 1024) / 1000;

/** Opens a blob and checks it on its way. @throws OciError */
export async function openChecked(
  descriptor: Descriptor,
  options: ReadOptions,
  defaultTimeoutMs: number,
  open: (call: Call) => Promise<OpenSource>,
): Promise<OpenBlob> {
  checkOptions(options, READ, 'openBlob');
  checkDescriptor(descriptor, options.maxBytes ?? Number.MAX_SAFE_INTEGER);
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  const started = startCall({ ...options, signal }, defaultTimeoutMs + descriptor.size / slowestBytesPerMs);
  let source: OpenSource;
  try {
    source = await open(started.call);
  } catch (thrown) {
    const error = started.fail(asSizeMismatch(thrown, descriptor.size));
    started.end();
    throw error;
  }
  const cancel = async (): Promise<void> => {
    left.abort(); // a read that waits for the next piece would otherwise keep the connection until it comes
    await source.cancel().catch(() => undefined);
    started.end();
  };
  const pieces = piecesOf(source, descriptor, started);
  return {
    descriptor,
    cancel,
    [Symbol.asyncIterator]: () => pieces,
    [Symbol.asyncDispose]: cancel,
  };
}

async function* piecesOf(
  source: OpenSource,
  descriptor: Descriptor,
  started: StartedCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* checkedStream(source.bytes, descriptor, source.url);
    started.call.annotate({ digest: descriptor.digest });
  } catch (thrown) {
    throw started.fail(asSizeMismatch(thrown, descriptor.size));
  } finally {
    started.end();
  }
}

/** Opens a blob of a registry, from a mirror where one has it. A stream that breaks is not tried elsewhere. */
export async function openRegistryBlob(place: Place, descriptor: Descriptor, call: Call): Promise<OpenSource> {
  return await readFromSources(place, readsDigests, call, async (source, within) => {
    const { registry, repository } = source;
    const response = await registry.open(
      { repository, path: source.path(`blobs/${descriptor.digest}`), accept: '*/*', maxBytes: descriptor.size },
      // The body outlives the opening, so it gets the time of the whole call, not a mirror's share.
      { ...within, deadline: call.deadline },
    );
    const url = redactUrl(response.url);
    if (response.status === 200) return { bytes: response.body, url, cancel: () => response.cancel() };
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    throw statusError({ ...response, body: Buffer.concat(chunks) }, `blob ${descriptor.digest}`);
  });
}
