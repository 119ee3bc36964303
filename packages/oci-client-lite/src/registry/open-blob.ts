import { checkOptions } from '@sigtrail/encoding';
import { READ } from '../read-options.ts';
import { redactUrl } from '@sigtrail/http';
import { type Call, type StartedCall, startCall } from './call.ts';
import { checkedStream, type ExpectedBlob } from '../content/checked-stream.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { statusError } from './errors-from-http.ts';
import { readFromSources, readsDigests } from './mirror.ts';
import type { Place } from '../place.ts';
import { type Digest, parseDigest } from '../reference/digest.ts';
import { asSizeMismatch, checkDescriptor } from '../content/check-content.ts';
import type { OpenBlob, ReadOptions } from '../repository.ts';

/** A stream of bytes, and their source for display. */
export interface OpenSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly url: string;
  cancel(): Promise<void>;
}

const slowestBytesPerMs = (1024 * 1024) / 1000;

/** Opens a blob and checks it while it is read. @throws OciError */
export async function openChecked(
  blob: Descriptor | Digest,
  options: ReadOptions,
  defaultTimeoutMs: number,
  open: (expected: ExpectedBlob, call: Call) => Promise<OpenSource>,
): Promise<OpenBlob> {
  checkOptions(options, READ, 'openBlob');
  const expected = expectedOf(blob, options.maxBytes);
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  const started = startCall({ ...options, signal }, defaultTimeoutMs + expected.maxBytes / slowestBytesPerMs);
  let source: OpenSource;
  try {
    source = await open(expected, started.call);
  } catch (thrown) {
    const error = started.fail(asExpected(thrown, expected));
    started.end();
    throw error;
  }
  const cancel = async (): Promise<void> => {
    left.abort(); // otherwise a read that waits for the next piece would keep the connection until that comes
    await source.cancel().catch(() => undefined);
    started.end();
  };
  const pieces = piecesOf(source, expected, started);
  return {
    digest: expected.digest,
    ...(typeof blob === 'string' ? {} : { descriptor: blob }),
    cancel,
    [Symbol.asyncIterator]: () => pieces,
    [Symbol.asyncDispose]: cancel,
  };
}

/** The largest blob that is read if only its digest is known. */
const maxUnknownBytes = 1024 * 1024 * 1024;

function expectedOf(blob: Descriptor | Digest, maxBytes: number | undefined): ExpectedBlob {
  if (typeof blob === 'string') return { digest: parseDigest(blob), maxBytes: maxBytes ?? maxUnknownBytes };
  checkDescriptor(blob, maxBytes ?? Number.MAX_SAFE_INTEGER);
  return { digest: blob.digest, size: blob.size, maxBytes: blob.size };
}

/** If the size is known, it is the cap: exceeding it does not mean "too large" but "a different blob". */
function asExpected(error: unknown, { size }: ExpectedBlob): unknown {
  return size === undefined ? error : asSizeMismatch(error, size);
}

async function* piecesOf(
  source: OpenSource,
  expected: ExpectedBlob,
  started: StartedCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* checkedStream(source.bytes, expected, source.url);
    started.call.annotate({ digest: expected.digest });
  } catch (thrown) {
    throw started.fail(asExpected(thrown, expected));
  } finally {
    started.end();
  }
}

/** Opens a blob of a registry, from a mirror if a mirror has it. A stream that breaks is not resumed elsewhere. */
export async function openRegistryBlob(
  place: Place,
  { digest, maxBytes }: ExpectedBlob,
  call: Call,
): Promise<OpenSource> {
  return await readFromSources(place, readsDigests, call, async (source, within) => {
    const { registry, repository } = source;
    const response = await registry.open(
      { repository, path: source.path(`blobs/${digest}`), accept: '*/*', maxBytes },
      // The body outlives the opening, so it gets the time of the whole call, not a mirror's share.
      { ...within, deadline: call.deadline },
    );
    const url = redactUrl(response.url);
    if (response.status === 200) return { bytes: response.body, url, cancel: () => response.cancel() };
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    throw statusError({ ...response, body: Buffer.concat(chunks) }, `blob ${digest}`);
  });
}
