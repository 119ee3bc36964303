import { gapsOf, type ImageLocator, type TranscriptStep } from '@sigtrail/triangulate';
import type { OciClient, TranscriptEntry } from 'oci-client-lite';
import type { Deadline } from '../deadline.ts';
import type { Discovered } from '../replay/tape.ts';

/** What was discovered for a digest of a repository serves every reference that names it. */
export interface SharedDiscoveries {
  /**
   * Asks what the reference names now, and discovers that once. `question` stands for everything else that the answer depends on.
   *
   * @throws what `ask` and resolving the reference throw
   */
  discover(
    reference: ImageLocator,
    question: string,
    call: SharedCall,
    ask: (pinned: ImageLocator) => Promise<Discovered>,
  ): Promise<Discovered>;
}

/** The call that needs the discovery. */
interface SharedCall {
  readonly client: OciClient;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
}

/** The answer to a question, known or pending. */
interface Discovery {
  readonly answer: Promise<Discovered>;
  /** Bytes that it holds; 0 while it is pending. */
  bytes: number;
}

// As much as a client keeps of contents by default: a fleet of a few hundred images fits, and an image with hostile attachments can't fill it for long.
const MAX_BYTES = 64 * 1024 ** 2;
/** What a graph takes besides the bytes that were read: places, finds and a transcript. */
const GRAPH_BYTES = 32 * 1024;
/** Makes the discoveries of one run. */
export function createSharedDiscoveries(maxBytes: number = MAX_BYTES): SharedDiscoveries {
  const discoveries = new Map<string, Discovery>();
  let bytes = 0;
  const forget = (key: string, discovery: Discovery): void => {
    if (discoveries.get(key) !== discovery) return;
    discoveries.delete(key);
    bytes -= discovery.bytes;
  };
  const remember = (key: string, discovery: Discovery, found: Discovered): void => {
    if (discoveries.get(key) !== discovery) return;
    discovery.bytes = sizeOf(found);
    bytes += discovery.bytes;
    for (const [oldest, one] of discoveries) {
      if (bytes <= maxBytes) break;
      if (one.bytes > 0) forget(oldest, one);
    }
  };
  const begin = async (key: string, ask: () => Promise<Discovered>): Promise<Discovered> => {
    const discovery: Discovery = { answer: ask(), bytes: 0 };
    discoveries.set(key, discovery);
    discovery.answer.then(
      (found) => remember(key, discovery, found),
      // The caller gets the error.
      () => forget(key, discovery),
    );
    return discovery.answer;
  };
  const shared = async (key: string, ask: () => Promise<Discovered>): Promise<Discovered> => {
    const discovery = discoveries.get(key);
    if (discovery === undefined) return begin(key, ask);
    const found = await discovery.answer;
    const isNewest = discoveries.get(key) === discovery;
    if (isLasting(found)) {
      // The discovery that went unused longest is dropped first.
      if (isNewest && discoveries.delete(key)) discoveries.set(key, discovery);
      return told(found);
    }
    // The first of the waiters asks again, and the others wait for its answer.
    if (!isNewest) return shared(key, ask);
    forget(key, discovery);
    return begin(key, ask);
  };
  return {
    discover: async (reference, question, call, ask) => {
      if (reference.kind === 'layout') return ask(reference);
      const { pinned, looks } = await pin(reference, call);
      const { registry, repository, digest } = pinned.reference;
      const found = await shared(`${registry}/${repository}@${digest} ${question}`, async () => ask(pinned));
      return named(found, reference, looks);
    },
  };
}

type RegistryLocator = Extract<ImageLocator, { readonly kind: 'registry' }>;

/** The reference with the digest that it names now, by a request that registries don't count as a pull. The first read by that digest shows whether the registry told the truth. */
async function pin(
  locator: RegistryLocator,
  { client, deadline, signal }: SharedCall,
): Promise<{ readonly pinned: RegistryLocator; readonly looks: readonly TranscriptEntry[] }> {
  if (locator.reference.digest !== undefined) return { pinned: locator, looks: [] };
  const looks: TranscriptEntry[] = [];
  const { reference } = await client.resolve(locator.reference, {
    timeoutMs: deadline.readingMs(),
    onRequest: (look) => looks.push(look),
    ...(signal === undefined ? {} : { signal }),
  });
  return { pinned: { ...locator, reference }, looks };
}

/** Adapts the discovery to this reference: with its name, and the request that resolved it. */
function named(found: Discovered, { text }: ImageLocator, looks: readonly TranscriptEntry[]): Discovered {
  if ('problem' in found) return found;
  const resolving = looks.map((look): TranscriptStep => ({ ...look, step: 1 }));
  const rest =
    looks.length === 0
      ? found.graph.transcript
      : found.graph.transcript.map((look) => ({ ...look, step: look.step + 1 }));
  return { ...found, graph: { ...found.graph, reference: text, transcript: [...resolving, ...rest] } };
}

/** Marks the discovery as made for another reference: no request was sent for this one. */
function told(found: Discovered): Discovered {
  if ('problem' in found) return found;
  const transcript = found.graph.transcript.map(
    (look): TranscriptStep => (look.note === undefined ? { ...look, note: 'shared' } : look),
  );
  return { ...found, graph: { ...found.graph, transcript } };
}

/** Whether asking again would give the same answer: what was cut short or failed may work a moment later. */
function isLasting(found: Discovered): boolean {
  if ('problem' in found) return false;
  const codes = gapsOf(found.graph).map((gap) => (gap.kind === 'find' ? gap.find.unread?.code : gap.location.code));
  return codes.every((code) => code !== undefined && LASTING.has(code));
}

/** Failures that depend on the bytes themselves, or on who asks. */
const LASTING: ReadonlySet<string> = new Set([
  'denied',
  'invalid-manifest',
  'too-large',
  'unauthorized',
  'unsupported-media-type',
]);

function sizeOf(found: Discovered): number {
  if ('problem' in found) return GRAPH_BYTES;
  let bytes = found.image.bytes.byteLength + GRAPH_BYTES;
  for (const content of found.contents.values()) bytes += content.byteLength;
  return bytes;
}
