import { type Descriptor, type Digest, digestHex, digestOf } from 'oci-client-lite';

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

/** What {@link pushExample} pushed. */
export interface Example {
  readonly index: Digest;
  readonly amd64: Digest;
  readonly layer: Descriptor;
  readonly referrer: Digest;
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/**
 * Pushes an index of two platforms as `latest`, a Docker image as `docker-v2`, a bundle with a `subject`, and the fallback tag, by the write half
 * of the distribution specification. For tests only: the client itself reads.
 */
export async function pushExample(base: string, repository: string, authorization?: string): Promise<Example> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const send = async (method: string, url: string, body?: Uint8Array, type?: string): Promise<Response> => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const blob = async (bytes: Uint8Array, mediaType: string): Promise<Descriptor> => {
    const digest = digestOf(bytes);
    const started = await send('POST', `${base}/v2/${repository}/blobs/uploads/`);
    const location = new URL(started.headers.get('location') ?? '', base);
    location.searchParams.set('digest', digest);
    await send('PUT', location.href, bytes, 'application/octet-stream');
    return { mediaType, digest, size: bytes.byteLength };
  };
  const manifest = async (value: object, mediaType: string, tag?: string): Promise<Descriptor> => {
    const bytes = encode({ schemaVersion: 2, mediaType, ...value });
    const digest = digestOf(bytes);
    await send('PUT', `${base}/v2/${repository}/manifests/${tag ?? digest}`, bytes, mediaType);
    return { mediaType, digest, size: bytes.byteLength };
  };

  const layer = await blob(new TextEncoder().encode('layer '.repeat(50_000)), types.layer);
  const images: Descriptor[] = [];
  let config: Descriptor | undefined;
  for (const platform of [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
  ]) {
    config = await blob(encode({ ...platform, rootfs: { type: 'layers', diff_ids: [layer.digest] } }), types.config);
    images.push({ ...(await manifest({ config, layers: [layer] }, types.manifest)), platform });
  }
  const index = await manifest({ manifests: images }, types.index, 'latest');
  await manifest(
    {
      config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
      layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar' }],
    },
    types.dockerManifest,
    'docker-v2',
  );
  const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope' };
  const empty = await blob(encode({}), types.empty);
  const bundle = await blob(encode({ mediaType: types.bundle }), types.bundle);
  const referrer = await manifest(
    { artifactType: types.bundle, config: empty, layers: [bundle], subject: index, annotations },
    types.manifest,
  );
  // As old cosign wrote it: without artifactType and annotations.
  await manifest({ manifests: [referrer] }, types.index, `sha256-${digestHex(index.digest)}`);
  return { index: index.digest, amd64: images[0]?.digest ?? index.digest, layer, referrer: referrer.digest };
}
