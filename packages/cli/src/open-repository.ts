import { createOciClient, layoutRoot, type OciRepository, openLayout } from 'oci-client-lite';
import type { ImageLocator } from 'sigtrail/triangulate';

/** Reads in the repository or layout that a reference is in, and closes what was opened for it. */
export async function inRepositoryOf<T>(
  locator: ImageLocator,
  registry: Parameters<typeof createOciClient>[0],
  read: (repository: OciRepository) => Promise<T>,
): Promise<T> {
  if (locator.kind === 'layout') return await read(openLayout(locator.directory));
  await using client = createOciClient(registry);
  return await read(client.repository(locator.reference));
}

/** The name of the manifest that a reference means. */
export async function manifestNameOf(
  locator: ImageLocator,
  repository: OciRepository,
  call: { readonly timeoutMs?: number },
): Promise<string> {
  if (locator.kind === 'registry') return locator.reference.digest ?? locator.reference.tag ?? 'latest';
  return locator.digest ?? locator.tag ?? (await layoutRoot(repository, call)).digest;
}
