// What is attached to this image? Lists it with `oci-client-lite` alone, without Sigstore.
//
//   node --conditions=@sigtrail/source examples/list-referrers.ts [registry/repository:tag] [artifactType]
//
// Without a reference, it starts a small registry on loopback with two referrers.
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { createOciClient, isOciError } from 'oci-client-lite';

async function listReferrers(reference: string, artifactType: string | undefined): Promise<void> {
  await using client = createOciClient();
  // Only once: from here on, everything is about this digest, even if the tag moves.
  const image = await client.resolve(reference);
  console.log(`${reference} is ${image.digest}`);
  const repository = client.repository(image.reference);
  const { referrers, looked } = await repository.listReferrers(image.digest, { artifactType });
  for (const { descriptor, carrier } of referrers) {
    // Hashed as it is read. That doesn't verify what it says; the package `sigtrail` does.
    const { manifest } = await repository.fetchManifest(descriptor.digest);
    const what = manifest.artifactType ?? descriptor.artifactType ?? 'unknown';
    console.log(`${what} ${descriptor.digest} (${carrier})`);
  }
  console.log(looked.map(({ carrier, answer }) => `${carrier}: ${answer}`).join(', '));
}

/** A registry with an image, its signature and its SBOM. */
async function startExample(): Promise<FakeRegistry> {
  const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
  const { digest } = pushImage(registry, 'acme/app:v1');
  await sigstore.signImage(registry, 'acme/app:v1');
  registry.attachReferrer('acme/app', digest, { artifactType: 'application/spdx+json', layers: [] });
  return registry;
}

const [given, artifactType] = process.argv.slice(2);
const example = given === undefined ? await startExample() : undefined;
try {
  await listReferrers(given ?? `${example?.host ?? ''}/acme/app:v1`, artifactType);
} catch (error) {
  if (!isOciError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await example?.close();
}
