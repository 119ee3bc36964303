import {
  createOciClient,
  type Descriptor,
  type Digest,
  fallbackTag,
  type FetchedManifest,
  isOciError,
  layoutRoot,
  type Look,
  type OciClient,
  OciError,
  openLayout,
  type ReadOptions,
  type Referrer,
  type Repository,
} from 'oci-client-lite';
import { classifyDescriptor, classifyReferrer, classifyTagLayer } from './classify.ts';
import { parseImageLocator } from './locator.ts';
import { attestationTag, sbomTag, signatureTag } from './tags.ts';
import type { Find, FindKind, Location, Triangulated } from './triangulation.ts';

/** What the caller is after; only carriers that can hold it are looked at. */
export type Wanted = 'signatures' | 'attestations' | 'sboms';

/** How `triangulate` looks. */
export interface TriangulateOptions {
  /** Made and closed by this call when absent. */
  readonly client?: OciClient;
  /** Overrides where the reference points, for tests and mirrors. */
  readonly repository?: Repository;
  /** Default: everything. */
  readonly want?: readonly Wanted[];
  /** Fetch the bytes of what is wanted; default true. */
  readonly fetch?: boolean;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Cap of one bundle; default 16 MiB. */
  readonly maxBundleBytes?: number;
}

const MAX_LAYERS = 1000;
const CONCURRENCY = 8;
const MiB = 1024 * 1024;

/** Whose bytes are fetched for what. A bundle's predicate type is only known from signed bytes: it may always be a signature. */
const WANTED: Readonly<Record<Wanted, ReadonlySet<FindKind>>> = {
  signatures: new Set(['cosign-signature', 'oci11-signature', 'sigstore-bundle']),
  attestations: new Set(['cosign-attestation', 'dsse-attestation', 'sigstore-bundle']),
  sboms: new Set(['cosign-sbom']),
};

/**
 * Finds everything that is attached to an image, in every layout anyone writes, and says where and how it looked.
 * A place that could not be read is `unknown` and takes nothing away from the others; only the image itself must be readable.
 *
 * @throws OciError `not-found` for an image that isn't there, `invalid-reference`, and what resolving it may throw
 * @example
 * const { graph } = await triangulate('ghcr.io/acme/app:1.4');
 * graph.finds.map(({ kind, carrier }) => `${kind} by ${carrier}`);
 */
export async function triangulate(reference: string, options: TriangulateOptions = {}): Promise<Triangulated> {
  const locator = parseImageLocator(reference);
  if (options.repository !== undefined || locator.kind === 'layout') {
    const repository = options.repository ?? openLayout(locator.kind === 'layout' ? locator.directory : '');
    return look(
      reference,
      repository,
      await wantedName(locator.kind === 'layout' ? locator : locator.reference, repository),
      options,
    );
  }
  const client = options.client ?? createOciClient();
  try {
    return await look(
      reference,
      client.repository(locator.reference),
      locator.reference.digest ?? locator.reference.tag ?? 'latest',
      options,
    );
  } finally {
    if (options.client === undefined) await client.close();
  }
}

async function wantedName(
  { digest, tag }: { readonly digest?: Digest; readonly tag?: string },
  repository: Repository,
): Promise<string> {
  if (digest !== undefined) return digest;
  if (tag !== undefined) return tag;
  const root = await layoutRoot(repository);
  return root.digest;
}

async function look(
  reference: string,
  repository: Repository,
  name: string,
  options: TriangulateOptions,
): Promise<Triangulated> {
  const transcript: Look[] = [];
  // One deadline for the whole call: many short reads must not add up to forever.
  const signal = AbortSignal.any([
    AbortSignal.timeout(options.timeoutMs ?? 30_000),
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);
  const read: ReadOptions = {
    signal,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    onLook: (one) => void transcript.push(one),
  };
  const image = await repository.fetchManifest(name, read);
  const search: Search = {
    repository,
    digest: image.digest,
    read,
    want: new Set((options.want ?? ['signatures', 'attestations', 'sboms']).flatMap((wanted) => [...WANTED[wanted]])),
    options,
    gate: createGate(CONCURRENCY),
  };
  const tags = TAGS.filter(({ kinds }) => kinds.some((kind) => search.want.has(kind)));
  const results = await Promise.all([...tags.map((tag) => lookAtTag(search, tag)), lookAtReferrers(search)]);
  const contents = new Map<string, Uint8Array>();
  const finds =
    options.fetch === false
      ? results.flatMap(({ finds: found }) => found)
      : await fetchContents(
          search,
          results.flatMap(({ finds: found }) => found),
          contents,
        );
  return {
    graph: {
      reference,
      repository: repository.name,
      pinned: `${repository.name}@${image.digest}`,
      digest: image.digest,
      mediaType: image.mediaType,
      size: image.size,
      finds: distinct(finds),
      locations: results.flatMap(({ locations }) => locations),
      transcript,
    },
    image,
    contents,
  };
}

interface Search {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly read: ReadOptions;
  readonly want: ReadonlySet<FindKind>;
  readonly options: TriangulateOptions;
  readonly gate: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Looked {
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
}

const TAGS = [
  { kind: 'signature-tag', name: signatureTag, kinds: ['cosign-signature'] },
  { kind: 'attestation-tag', name: attestationTag, kinds: ['cosign-attestation'] },
  { kind: 'sbom-tag', name: sbomTag, kinds: ['cosign-sbom'] },
] as const;

async function lookAtTag(search: Search, { kind, name }: (typeof TAGS)[number]): Promise<Looked> {
  const tag = name(search.digest);
  const location = { kind, name: `${search.repository.name}:${tag}` } as const;
  try {
    const { manifest, digest } = await search.gate(() => search.repository.fetchManifest(tag, search.read));
    if (manifest.kind !== 'image')
      throw new OciError(
        'invalid-manifest',
        `${tag} is an index; expected an image manifest with one layer for each attachment`,
      );
    const finds = manifest.layers.slice(0, MAX_LAYERS).flatMap((layer, layerIndex) => {
      const what = classifyTagLayer(kind, layer);
      return what === undefined
        ? []
        : [
            findOf(search, {
              kind: what,
              carrier: search.repository.kind === 'layout' ? 'layout' : 'tag',
              tag,
              manifestDigest: digest,
              layer,
              layerIndex,
              manifest,
            }),
          ];
    });
    // What was read stays; that there is more makes the place unknown.
    if (manifest.layers.length > MAX_LAYERS)
      return {
        finds,
        locations: [{ ...location, answer: 'unknown', code: 'too-large', message: `more than ${MAX_LAYERS} layers` }],
      };
    return { finds, locations: [{ ...location, answer: finds.length > 0 ? 'found' : 'absent' }] };
  } catch (error) {
    return { finds: [], locations: [{ ...location, ...answerOf(error) }] };
  }
}

async function lookAtReferrers(search: Search): Promise<Looked> {
  const { repository, digest, read } = search;
  try {
    const { referrers, looked } = await search.gate(() => repository.listReferrers(digest, read));
    const found = await Promise.all(referrers.map((referrer) => readReferrer(search, referrer)));
    return {
      finds: found.flatMap(({ finds }) => finds),
      locations: [
        ...looked.map(({ carrier, answer }) => ({ kind: carrier, name: nameOf(search, carrier), answer })),
        ...found.flatMap(({ locations }) => locations),
      ],
    };
  } catch (error) {
    const kind = repository.kind === 'layout' ? 'layout' : 'referrers-api';
    const answer = answerOf(error);
    // A referrers endpoint never says "absent" by an error: a 404 there is handled where it means "no API".
    return { finds: [], locations: [{ kind, name: nameOf(search, kind), ...answer, answer: 'unknown' }] };
  }
}

async function readReferrer(search: Search, { descriptor, carrier }: Referrer): Promise<Looked> {
  const early = classifyDescriptor(descriptor);
  if (early !== undefined && !search.want.has(early))
    return {
      finds: [findOf(search, { kind: early, carrier, manifestDigest: descriptor.digest, layerIndex: 0, descriptor })],
      locations: [],
    };
  try {
    const { manifest, digest } = await search.gate(() =>
      search.repository.fetchManifest(descriptor.digest, search.read),
    );
    if (manifest.kind !== 'image')
      return {
        finds: [
          findOf(search, { kind: 'unknown-referrer', carrier, manifestDigest: digest, layerIndex: 0, descriptor }),
        ],
        locations: [],
      };
    const kind = classifyReferrer(manifest);
    const layers =
      kind === 'sigstore-bundle'
        ? manifest.layers.filter(({ mediaType }) => mediaType.startsWith('application/vnd.dev.sigstore.bundle'))
        : manifest.layers;
    if (kind === 'unknown-referrer' || layers.length === 0)
      return {
        finds: [
          findOf(search, {
            kind: 'unknown-referrer',
            carrier,
            manifestDigest: digest,
            layerIndex: 0,
            descriptor,
            manifest,
          }),
        ],
        locations: [],
      };
    return {
      finds: layers
        .slice(0, MAX_LAYERS)
        .map((layer, layerIndex) =>
          findOf(search, { kind, carrier, manifestDigest: digest, layer, layerIndex, descriptor, manifest }),
        ),
      locations: [],
    };
  } catch (error) {
    const { code = 'unknown', message = '' } = answerOf(error);
    // Listed, but its manifest can't be read: it may be a signature, so it stays as one that could not be read.
    const find = findOf(search, {
      kind: early ?? 'sigstore-bundle',
      carrier,
      manifestDigest: descriptor.digest,
      layerIndex: 0,
      descriptor,
    });
    return { finds: [{ ...find, unread: { code, message } }], locations: [] };
  }
}

interface FindParts {
  readonly kind: FindKind;
  readonly carrier: Find['carrier'];
  readonly tag?: string;
  readonly manifestDigest: Digest;
  readonly layer?: Descriptor;
  readonly layerIndex: number;
  readonly descriptor?: Descriptor;
  readonly manifest?: FetchedManifest['manifest'];
}

function findOf(
  { repository, digest }: Search,
  { kind, carrier, tag, manifestDigest, layer, layerIndex, descriptor, manifest }: FindParts,
): Find {
  const manifestAnnotations = { ...descriptor?.annotations, ...manifest?.annotations };
  const artifactType = manifest?.artifactType ?? descriptor?.artifactType;
  const predicateTypeHint =
    manifestAnnotations['dev.sigstore.bundle.predicateType'] ?? layer?.annotations?.['predicateType'];
  return {
    id: `${manifestDigest}#${layerIndex}`,
    kind,
    carrier,
    ...(tag === undefined ? {} : { tag }),
    repository: repository.name,
    signs: digest,
    manifestDigest,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(predicateTypeHint === undefined ? {} : { predicateTypeHint }),
    ...(layer === undefined ? {} : { layer }),
    layerIndex,
    unsignedAnnotations: layer?.annotations ?? {},
    unsignedManifestAnnotations: manifestAnnotations,
  };
}

/** Bytes by digest, each digest once; two layers may share one. A layer that can't be read says so and disturbs no other. */
async function fetchContents(
  search: Search,
  finds: readonly Find[],
  contents: Map<string, Uint8Array>,
): Promise<readonly Find[]> {
  const pending = new Map<string, Promise<Find['unread']>>();
  return Promise.all(
    finds.map(async (find) => {
      const { layer, unread } = find;
      if (layer === undefined || unread !== undefined || !search.want.has(find.kind)) return find;
      const key = `${layer.digest} ${layer.size}`;
      let fetching = pending.get(key);
      if (fetching === undefined)
        pending.set(key, (fetching = search.gate(() => fetchLayer(search, find.kind, layer, contents))));
      const fault = await fetching;
      return fault === undefined ? find : { ...find, unread: fault };
    }),
  );
}

async function fetchLayer(
  { repository, read, options }: Search,
  kind: FindKind,
  layer: Descriptor,
  contents: Map<string, Uint8Array>,
): Promise<Find['unread']> {
  const maxBytes =
    kind === 'sigstore-bundle'
      ? (options.maxBundleBytes ?? 16 * MiB)
      : kind === 'cosign-signature' || kind === 'oci11-signature'
        ? MiB
        : 128 * MiB;
  try {
    contents.set(layer.digest, await repository.fetchBlob(layer, { ...read, maxBytes }));
    return undefined;
  } catch (error) {
    const { code = 'unknown', message = '' } = answerOf(error);
    return { code, message };
  }
}

/** Only a clean "not found" is an absence; anything else, a programming mistake included, is unknown or thrown. */
function answerOf(error: unknown): Pick<Location, 'answer' | 'code' | 'message' | 'retryAfterMs'> {
  if (!isOciError(error)) throw error;
  if (error.code === 'not-found') return { answer: 'absent', code: error.code, message: error.message };
  return {
    answer: 'unknown',
    code: error.code,
    message: error.message,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

function nameOf({ repository, digest }: Search, kind: Location['kind']): string {
  return kind === 'fallback-tag' ? `${repository.name}:${fallbackTag(digest)}` : `${repository.name}@${digest}`;
}

function distinct(finds: readonly Find[]): readonly Find[] {
  const seen = new Set<string>();
  return finds.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** At most `limit` pieces of work at a time, in order of arrival. */
function createGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
