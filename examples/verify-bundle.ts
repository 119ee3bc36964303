// Verify a file with the Sigstore bundle beside it. No registry takes part.
import { verifyBundle } from 'sigtrail';
import { ISSUER, startSignedWorld } from './signed-world.ts';

const { registry, trust, signFile } = await startSignedWorld();
const file = Buffer.from('the release');
const bundle = await signFile('release@acme.test', file); // yours is app.tgz.sigstore.json, read from disk

const { signature } = await verifyBundle(
  bundle,
  file,
  { signedBy: { issuer: ISSUER, subject: 'release@acme.test' } },
  { trust },
);

console.log('signed at', signature.times[0]?.time, 'and on record at log index', signature.log[0]?.logIndex);

await registry.close();
