// Verify an image, and deploy the digest that was verified.
import { verifyImage } from 'sigtrail';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry(); // yours is ghcr.io, with the public-good trust root by default

const image = await verifyImage(`${registry.host}/acme/bundle-keyless-github:v1`, { signedBy: SIGNER }, { trust });

console.log('deploy', image.reference);
const [{ signer, log }] = image.signatures;
console.log('signed by', signer.claims.sourceRepositoryUri);
console.log('on record at log index', log[0]?.logIndex, log[0]?.searchUrl ?? `of ${log[0]?.log}`);

await registry.close();
