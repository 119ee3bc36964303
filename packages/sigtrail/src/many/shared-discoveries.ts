import { gapsOf, type ImageLocator, type TranscriptLook } from '@sigtrail/triangulate';
import type { Look, OciClient } from 'oci-client-lite';
import type { Deadline } from '../deadline.ts';
import type { Discovered } from '../replay/tape.ts';

/** What was discovered for one digest of one repository serves every reference that names it. */
export interface SharedDiscoveries {
  /**
   * Asks what the reference names now, and discovers that once. `question` is everything else that the answer depends on.
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

/** The call that asks. */
interface SharedCall {
  readonly client: OciClient;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
}

/** What is known of one question, or will be. */
interface Discovery {
  readonly answer: Promise<Discovered>;
  /** Bytes that it holds; 0 until it is there. */
  bytes: number;
}

// As much again as a client keeps of contents by default: a fleet of a few hundred images fits, one image with hostile attachments can't fill it for long.
const MAX_BYTES = 64 * 1024 ** 2;
/** What a graph takes besides the bytes that were read: places, finds and a transcript. */
const GRAPH_BYTES = 32 * 1024;
/** Makes the discoveries of one run. */
export function createSharedDiscoveries(maxBytes: number = MAX_BYTES): SharedDiscoveries {
  const known = new Map<string, Discovery>();
  let bytes = 0;
  const forget = (key: string, discovery: Discovery): void => {
    if (known.get(key) !== discovery) return;
    known.delete(key);
    bytes -= discovery.bytes;
  };
  const remember = (key: string, discovery: Discovery, found: Discovered): void => {
    if (known.get(key) !== discovery) return;
    discovery.bytes = sizeOf(found);
    bytes += discovery.bytes;
    for (const [oldest, one] of known) {
      if (bytes <= maxBytes) break;
      if (one.bytes > 0) forget(oldest, one);
    }
  };
  const begin = async (key: string, ask: () => Promise<Discovered>): Promise<Discovered> => {
    const discovery: Discovery = { answer: ask(), bytes: 0 };
    known.set(key, discovery);
    discovery.answer.then(
      (found) => remember(key, discovery, found),
      // Whoever asked is told.
      () => forget(key, discovery),
    );
    return discovery.answer;
  };
  const shared = async (key: string, ask: () => Promise<Discovered>): Promise<Discovered> => {
    const discovery = known.get(key);
    if (discovery === undefined) return begin(key, ask);
    const found = await discovery.answer;
    const isNewest = known.get(key) === discovery;
    if (isLasting(found)) {
      // The discovery that was unused for longest goes first.
      if (isNewest && known.delete(key)) known.set(key, discovery);
      return told(found);
    }
    // Of those that waited, the first asks again, and the others wait for its answer.
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
): Promise<{ readonly pinned: RegistryLocator; readonly looks: readonly Look[] }> {
  if (locator.reference.digest !== undefined) return { pinned: locator, looks: [] };
  const looks: Look[] = [];
  const { reference } = await client.resolve(locator.reference, {
    timeoutMs: deadline.readingMs(),
    onLook: (look) => looks.push(look),
    ...(signal === undefined ? {} : { signal }),
  });
  return { pinned: { ...locator, reference }, looks };
}

/** The discovery as one for this reference: with its name, and with the request that resolved it. */
function named(found: Discovered, { text }: ImageLocator, looks: readonly Look[]): Discovered {
  if ('problem' in found) return found;
  const resolving = looks.map((look): TranscriptLook => ({ ...look, step: 1 }));
  const rest =
    looks.length === 0
      ? found.graph.transcript
      : found.graph.transcript.map((look) => ({ ...look, step: look.step + 1 }));
  return { ...found, graph: { ...found.graph, reference: text, transcript: [...resolving, ...rest] } };
}

/** The discovery as one that another reference asked for: no request was sent for this one. */
function told(found: Discovered): Discovered {
  if ('problem' in found) return found;
  const transcript = found.graph.transcript.map(
    (look): TranscriptLook => (look.note === undefined ? { ...look, note: 'shared' } : look),
  );
  return { ...found, graph: { ...found.graph, transcript } };
}

/** Whether asking again would bring the same: what was cut short or failed on its way may be there a moment later. */
function isLasting(found: Discovered): boolean {
  if ('problem' in found) return false;
  const codes = gapsOf(found.graph).map((gap) => (gap.kind === 'find' ? gap.find.unread?.code : gap.location.code));
  return codes.every((code) => code !== undefined && LASTING.has(code));
}

/** What the bytes themselves, or who asks, decide. */
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
