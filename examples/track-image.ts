// Who signed this image, ever? Registry and transparency log side by side.
import { createSigstore, pushImage, startRegistry, startRekor } from '@sigtrail/testing';
import { timelineOf, trackImage } from 'sigtrail/track';
import { timelineToText, trackToText } from 'sigtrail/report';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const rekor = await startRekor(sigstore.rekor); // yours are ghcr.io and rekor.sigstore.dev, which are the defaults
const { reference } = pushImage(registry, 'acme/app:v1');
await sigstore.signImage(registry, reference, { format: 'cosign-signature' });
await sigstore.signImage(registry, reference, { format: 'cosign-signature', push: false }); // signed and logged; the registry does not have the signature

const logs = [{ url: rekor.url, log: sigstore.rekor.baseUrl }];
const track = await trackImage(reference, { trust: sigstore.trust, logs });

console.log(trackToText(track));
console.log('signed, and not in the registry:', track.reconciliation.loggedNotInRegistry.length);
console.log(timelineToText(timelineOf([track])));

await Promise.all([registry.close(), rekor.close()]);
