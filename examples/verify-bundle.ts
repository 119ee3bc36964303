// Verify a file with the Sigstore bundle beside it. This needs no registry.
import { createSigstore, EMAIL_ISSUER } from '@sigtrail/testing';
import { verifyBundle } from 'sigtrail';

const sigstore = await createSigstore(); // yours is the public one
const file = Buffer.from('the release');
const bundle = JSON.stringify(await sigstore.signFile(file, { as: { email: 'release@acme.test' } })); // yours is app.tgz.sigstore.json, read from disk

const { signature } = await verifyBundle(
  bundle,
  file,
  { signedBy: { issuer: EMAIL_ISSUER, subject: 'release@acme.test' } },
  { trust: sigstore.trust },
);

console.log('signed at', signature.times[0]?.time, 'and on record at log index', signature.log[0]?.logIndex);
