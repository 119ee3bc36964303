// Who signed this image? Without a policy there is no verdict: only what was found, what is proven, and what each check says.
import { inspectImage } from 'sigtrail';
import { inspectionToText } from 'sigtrail/report';
import { startEmbeddedRegistry } from './embedded-registry.ts';

const { registry, trust } = await startEmbeddedRegistry(); // yours is ghcr.io, with the public-good trust root by default

const inspection = await inspectImage(`${registry.host}/acme/legacy-keyless-github:v1`, { trust });

console.log(inspectionToText(inspection));
for (const { signer } of inspection.candidates)
  if (signer?.kind === 'certificate') console.log('signed by', signer.subjectAlternativeNames[0]?.value);

await registry.close();
