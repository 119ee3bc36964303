// Who signed this image, ever? Registry and transparency log side by side.
import { timelineOf, trackImage } from 'sigtrail/track';
import { timelineToText, trackToText } from 'sigtrail/report';
import { startEmbeddedSigstore } from './embedded-sigstore.ts';

const world = await startEmbeddedSigstore(); // yours are ghcr.io and rekor.sigstore.dev, which are the defaults
await world.sign();
await world.sign({ pushed: false }); // signed and logged; the registry does not have the signature

const track = await trackImage(world.reference, { trust: world.trust, logs: world.logs });

console.log(trackToText(track));
console.log('signed, and not in the registry:', track.reconciliation.loggedNotInRegistry.length);
console.log(timelineToText(timelineOf([track])));

await world.close();
