// Where are an image's signatures, and did every place answer?
import { attestationTag, findsOf, gapsOf, isAbsent, signatureTag, triangulate } from '@sigtrail/triangulate';
import { startEmbeddedRegistry } from './embedded-registry.ts';

const { registry } = await startEmbeddedRegistry(); // yours is ghcr.io
const reference = `${registry.host}/acme/bundle-keyless-github:v1`;

const { graph, read } = await triangulate(reference, { platforms: 'each', fetch: false });
console.log('image', graph.pinned);
for (const { digest, role } of graph.manifests)
  for (const find of findsOf(graph, digest))
    console.log(
      role,
      'has a',
      find.kind,
      find.bundleVersion ?? '',
      'by',
      find.carrier,
      'that says',
      find.predicateTypeHint,
    );

// So far these are only descriptions. `read` fetches the bytes and hashes them on arrival; only a verifier can say whether they sign anything.
const [first] = graph.finds;
if (first !== undefined) console.log('bytes', (await read(first)).byteLength);

// What `cosign triangulate` prints. For a digest, this takes no request.
console.log('cosign would look at', `${graph.repository}:${signatureTag(graph.digest)}`);
console.log('and at', attestationTag(graph.digest));

// "Nothing there" only counts if every place answered.
console.log('no SBOM is attached', isAbsent(graph, 'sboms'));
registry.fail({ path: '.sbom', fault: { kind: 'status', status: 429, retryAfter: 30 } });
const throttled = await triangulate(reference, { registry: { retries: 0 } });
console.log('and now', isAbsent(throttled.graph, 'sboms'), 'because of');
for (const gap of gapsOf(throttled.graph))
  if (gap.kind === 'location')
    console.log(' ', gap.location.kind, gap.location.code, 'retry after', gap.location.retryAfterMs, 'ms');

await registry.close();
