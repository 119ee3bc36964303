import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';

/** The demo's images by the name of their folder, with tag `v1` each. */
export const IMAGES: readonly string[] = ['legacy-keyless-github', 'bundle-keyless-github', 'neg-payload-edited'];

/** The identity that signed them, and the trust root of the stack that recorded it. */
export const SIGNER: { readonly issuer: string; readonly subject: string } = {
  issuer: 'http://127.0.0.1:5803/github',
  subject: 'https://github.com/acme/widgets/.github/workflows/release.yml@refs/tags/v1.2.3',
};

/** A registry on loopback that serves the images in `images/`. Close it at the end. */
export async function startEmbeddedRegistry(): Promise<{
  readonly registry: FakeRegistry;
  readonly trust: { readonly json: string };
}> {
  const registry = await startRegistry();
  for (const name of IMAGES)
    registry.loadLayout(`acme/${name}`, fileURLToPath(new URL(`images/${name}/layout`, import.meta.url)));
  return { registry, trust: { json: readFileSync(new URL('images/trusted_root.json', import.meta.url), 'utf8') } };
}
