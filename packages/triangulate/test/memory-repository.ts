import {
  type Descriptor,
  type Digest,
  digestOf,
  fallbackTag,
  type FetchedManifest,
  OciError,
  parseManifest,
  type ReadOptions,
  type Referrer,
  type Referrers,
  type Repository,
} from 'oci-client-lite';

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  oci11: 'application/vnd.dev.cosign.artifact.sig.v1+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  dsse: 'application/vnd.dsse.envelope.v1+json',
  inToto: 'application/vnd.in-toto+json',
};

export const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

export function descriptorOf(bytes: Uint8Array, mediaType: string, more: object = {}): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength, ...more };
}

/** What an artifact's manifest says. */
export interface Artifact {
  readonly artifactType?: string;
  readonly configType?: string;
  readonly layers?: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export function manifestBytes({
  artifactType,
  configType = types.empty,
  layers = [],
  annotations,
}: Artifact): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType,
    config: descriptorOf(encode('{}'), configType),
    layers,
    annotations,
  });
}

/** A repository in memory that records what it is asked and fails where it is told to. */
export interface Memory {
  readonly repository: Repository;
  /** `manifest v1`, `blob sha256:…`, `referrers sha256:…`, in order. */
  readonly asked: string[];
  /** The image `v1`. */
  readonly image: Digest;
  /** Most reads that were under way at the same time. */
  mostAtOnce(): number;
  addBlob(content: unknown, mediaType: string, more?: object): Descriptor;
  addManifest(bytes: Uint8Array, tag?: string): Descriptor;
  /** Pushes an artifact and lists it; `listed` replaces what the list says. */
  addReferrer(artifact: Artifact, listed?: object, carrier?: Referrer['carrier']): Descriptor;
  /** `what` as in `asked`. */
  fail(what: string, error: Error): void;
  /** Makes a read wait until what this returns is called. */
  hold(what: string): () => void;
  looked: Referrers['looked'];
}

export function createMemory(kind: Repository['kind'] = 'registry'): Memory {
  const manifests = new Map<string, Uint8Array>();
  const blobs = new Map<string, Uint8Array>();
  const referrers: Referrer[] = [];
  const failures = new Map<string, Error>();
  const holds = new Map<string, Promise<unknown>>();
  const asked: string[] = [];
  let running = 0;
  let most = 0;

  async function answer<T>(what: string, options: ReadOptions | undefined, make: () => T): Promise<T> {
    asked.push(what);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    await holds.get(what);
    running -= 1;
    const failure =
      options?.signal?.aborted === true ? new OciError('aborted', 'the caller aborted') : failures.get(what);
    options?.onRequest?.({
      method: 'GET',
      url: what,
      durationMs: 0,
      ...(failure === undefined ? { status: 200 } : { error: 'told' }),
    });
    if (failure !== undefined) throw failure;
    return make();
  }
  const found = <T>(map: ReadonlyMap<string, T>, key: string): T => {
    const value = map.get(key);
    if (value === undefined) throw new OciError('not-found', `no ${key}`, { status: 404 });
    return value;
  };
  const addManifest = (bytes: Uint8Array, tag?: string): Descriptor => {
    const descriptor = descriptorOf(bytes, types.manifest);
    manifests.set(descriptor.digest, bytes);
    if (tag !== undefined) manifests.set(tag, bytes);
    return descriptor;
  };
  const memory: Memory = {
    repository: {
      kind,
      name: kind === 'layout' ? 'oci:./memory' : 'registry.test/acme/app',
      fetchManifest: (name, options) =>
        answer(`manifest ${name}`, options, (): FetchedManifest => {
          const bytes = found(manifests, name);
          const manifest = parseManifest(bytes, { guess: true, maxDescriptors: 5000 });
          return { digest: digestOf(bytes), mediaType: manifest.mediaType, size: bytes.byteLength, bytes, manifest };
        }),
      fetchBlob: ({ digest, size }, options) =>
        answer(`blob ${digest}`, options, () => {
          const bytes = found(blobs, digest);
          if (bytes.byteLength !== size) throw new OciError('size-mismatch', 'not as long as its descriptor says');
          return bytes;
        }),
      listReferrers: (digest, options) => {
        const fallback = options?.lists === 'fallback-tag';
        const what = fallback ? `manifest ${fallbackTag(digest)}` : `referrers ${digest}`;
        return answer(what, options, () => {
          const isHere = ({ carrier }: Pick<Referrer, 'carrier'>): boolean =>
            kind === 'layout' || (carrier === 'fallback-tag') === fallback;
          return { referrers: referrers.filter(isHere), looked: memory.looked.filter(isHere) };
        });
      },
      listTags: () => Promise.resolve([]),
    },
    asked,
    image: addManifest(manifestBytes({ configType: types.config }), 'v1').digest,
    mostAtOnce: () => most,
    addBlob: (content, mediaType, more) => {
      const bytes = encode(content);
      blobs.set(digestOf(bytes), bytes);
      return descriptorOf(bytes, mediaType, more);
    },
    addManifest,
    addReferrer: (artifact, listed, carrier = 'referrers-api') => {
      const descriptor = addManifest(manifestBytes(artifact));
      const { artifactType, annotations } = artifact;
      const entry = {
        ...descriptor,
        ...(listed ?? { ...(artifactType && { artifactType }), ...(annotations && { annotations }) }),
      };
      referrers.push({ descriptor: entry, carrier });
      memory.looked = [...memory.looked.filter((look) => look.carrier !== carrier), { carrier, answer: 'found' }];
      return descriptor;
    },
    fail: (what, error) => void failures.set(what, error),
    hold: (what) => {
      let release = (): void => undefined;
      holds.set(what, new Promise<void>((resolve) => (release = resolve)));
      return () => release();
    },
    looked:
      kind === 'layout'
        ? [{ carrier: 'layout', answer: 'absent' }]
        : [
            { carrier: 'referrers-api', answer: 'absent' },
            { carrier: 'fallback-tag', answer: 'absent' },
          ],
  };
  return memory;
}
