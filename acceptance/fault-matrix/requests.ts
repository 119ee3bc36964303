import {
  descriptorOf,
  type FakeRegistry,
  indexOf,
  MEDIA_TYPE,
  manifestOf,
  type RegistryOptions,
  type RequestRecord,
} from '@sigtrail/testing';
import type { Digest, OciClientOptions, OciRepository } from 'oci-client-lite';

const config = {
  bytes: Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { who: 'acme' } } })),
  mediaType: 'application/vnd.oci.image.config.v1+json',
};
const layer = { bytes: Buffer.alloc(5000, 'layer '), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
const image = manifestOf(config, [layer], { 'org.example.who': 'acme' });
const imageDescriptor = descriptorOf({ bytes: image, mediaType: MEDIA_TYPE.manifest });
const index = indexOf([{ ...imageDescriptor, platform: { architecture: 'amd64', os: 'linux' } }]);
const credentials = { username: 'acme', password: 'p4ss' };

/** The digest that everything here is about. */
export const imageDigest: Digest = imageDescriptor.digest as Digest; // computed two lines above

/** One kind of request of a client, and how to trigger it. */
export interface RequestKind {
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Which requests are of this kind. */
  strikes(request: RequestRecord): boolean;
  readonly registry?: RegistryOptions;
  readonly client?: OciClientOptions;
  /** What must have been read before. */
  prepare?(repository: OciRepository): Promise<unknown>;
  /** Makes the request; the answer as text, to be compared with `truth`. */
  read(repository: OciRepository, timeoutMs: number, prepared: unknown): Promise<string>;
  readonly truth: string;
  /** The answer that says that nothing is there, where there is one. */
  readonly absence?: string;
}

const isManifest = ({ route, repository }: RequestRecord): boolean => route === 'manifest' && repository === 'acme/app';
const referrerCount = 5;
const listed = Array.from({ length: referrerCount }, (_, number) => referrerOf(number)).map(
  ({ bytes }) => descriptorOf({ bytes, mediaType: MEDIA_TYPE.manifest }).digest,
);
const listReferrers: RequestKind['read'] = async (repository, timeoutMs) => {
  const { referrers, looked } = await repository.listReferrers(imageDigest, { timeoutMs });
  if (referrers.length === 0) return looked.map(({ carrier, answer }) => `${carrier}: ${answer}`).join(', ');
  return referrers
    .map(({ descriptor }) => descriptor.digest)
    .toSorted()
    .join(' ');
};
const readManifest: RequestKind['read'] = async (repository, timeoutMs) =>
  (await repository.fetchManifest('v1', { timeoutMs })).digest;

/** Every kind of request that `oci-client-lite` makes. */
export const requestKinds: readonly RequestKind[] = [
  {
    name: 'resolve',
    method: 'HEAD',
    strikes: isManifest,
    read: async (repository, timeoutMs) => (await repository.resolve('v1', { timeoutMs })).digest,
    truth: imageDigest,
  },
  { name: 'manifest by tag', method: 'GET', strikes: isManifest, read: readManifest, truth: imageDigest },
  {
    name: 'manifest by digest',
    method: 'GET',
    strikes: isManifest,
    read: async (repository, timeoutMs) => text((await repository.fetchManifest(imageDigest, { timeoutMs })).bytes),
    truth: text(image),
  },
  {
    name: 'index',
    method: 'GET',
    strikes: isManifest,
    read: async (repository, timeoutMs) => text((await repository.fetchManifest('multi', { timeoutMs })).bytes),
    truth: text(index),
  },
  {
    name: 'config',
    method: 'GET',
    strikes: ({ route }) => route === 'blob',
    prepare: async (repository) => await repository.fetchManifest('v1'),
    read: async (repository, timeoutMs, prepared) => {
      const fetched = await repository.fetchConfig(prepared as Awaited<ReturnType<OciRepository['fetchManifest']>>, {
        timeoutMs,
      }); // what `prepare` gave
      return text(fetched.bytes);
    },
    truth: text(config.bytes),
  },
  {
    name: 'small blob',
    method: 'GET',
    strikes: ({ route }) => route === 'blob',
    read: async (repository, timeoutMs) =>
      text(
        await repository.fetchBlob(
          { ...descriptorOf(layer), digest: descriptorOf(layer).digest as Digest },
          { timeoutMs },
        ),
      ),
    truth: text(layer.bytes),
  },
  {
    name: 'streamed blob',
    method: 'GET',
    strikes: ({ route }) => route === 'blob',
    read: async (repository, timeoutMs) => {
      const chunks: Uint8Array[] = [];
      const blob = await repository.openBlob(
        { ...descriptorOf(layer), digest: descriptorOf(layer).digest as Digest },
        { timeoutMs },
      );
      for await (const chunk of blob) chunks.push(chunk);
      return text(Buffer.concat(chunks));
    },
    truth: text(layer.bytes),
  },
  {
    name: 'tags',
    method: 'GET',
    strikes: ({ route }) => route === 'tags',
    read: async (repository, timeoutMs) => (await repository.listTags({ timeoutMs })).join(' '),
    truth: 'multi v1',
  },
  {
    name: 'referrers page 1',
    method: 'GET',
    strikes: ({ route, path }) => route === 'referrers' && !path.includes('from='),
    // Where the API is missing, the list is under the fallback tag.
    registry: { pageSize: 2, fallbackTags: 'synthesised' },
    read: listReferrers,
    truth: listed.toSorted().join(' '),
  },
  {
    name: 'referrers page 2',
    method: 'GET',
    strikes: ({ route, path }) => route === 'referrers' && path.includes('from='),
    registry: { pageSize: 2, fallbackTags: 'synthesised' },
    read: listReferrers,
    truth: listed.toSorted().join(' '),
  },
  {
    name: 'fallback tag',
    method: 'GET',
    strikes: ({ route }) => route === 'fallback-tag',
    registry: { referrersApi: false, fallbackTags: 'synthesised' },
    read: listReferrers,
    truth: listed.toSorted().join(' '),
    absence: 'referrers-api: unsupported, fallback-tag: absent',
  },
  {
    name: 'token',
    method: 'GET',
    strikes: ({ route }) => route === 'token',
    registry: { access: { kind: 'bearer', ...credentials } },
    client: { credentials },
    read: readManifest,
    truth: imageDigest,
  },
  {
    name: 'token by refresh token',
    method: 'POST',
    strikes: ({ route }) => route === 'token',
    registry: { access: { kind: 'bearer', ...credentials, refreshToken: 'r3fresh' } },
    client: { credentials: { identityToken: 'r3fresh' } },
    read: readManifest,
    truth: imageDigest,
  },
  {
    name: 'ping',
    method: 'GET',
    strikes: ({ route }) => route === 'ping',
    registry: { access: { kind: 'basic', ...credentials } },
    client: { credentials },
    read: readManifest,
    truth: imageDigest,
  },
];

/** Fills a registry with what the kinds of request ask for. */
export function fill(registry: FakeRegistry): void {
  for (const { bytes } of [config, layer]) registry.putBlob('acme/app', bytes);
  registry.putManifest('acme/app', image, MEDIA_TYPE.manifest, 'v1');
  registry.putManifest('acme/app', index, MEDIA_TYPE.index, 'multi');
  for (let number = 0; number < referrerCount; number += 1) {
    registry.putBlob('acme/app', Buffer.from(`signature ${number}`));
    registry.putManifest('acme/app', referrerOf(number).bytes, MEDIA_TYPE.manifest);
  }
}

function referrerOf(number: number): { readonly bytes: Buffer } {
  const signature = { bytes: Buffer.from(`signature ${number}`), mediaType: 'text/plain' };
  const bytes = manifestOf({ bytes: Buffer.from('{}'), mediaType: MEDIA_TYPE.empty }, [signature], undefined, {
    subject: imageDescriptor,
    artifactType: 'application/vnd.example.signature',
  });
  return { bytes };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
