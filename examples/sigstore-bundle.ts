// Verify a bundle that another program made: a `Bundle` of `@sigstore/bundle`, as the package `sigstore` uses it.
import { bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { createSigstore, EMAIL_ISSUER } from '@sigtrail/testing';
import { verifyBundle } from 'sigtrail';

const sigstore = await createSigstore();
const file = Buffer.from('the release');
const bundle = bundleFromJSON(await sigstore.signFile(file, { as: { email: 'release@acme.test' } })); // yours is from `sigstore`

const policy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'release@acme.test' } };
for (const form of [bundle, bundleToJSON(bundle), JSON.stringify(bundleToJSON(bundle))]) {
  const { signature } = await verifyBundle(form, file, policy, { trust: sigstore.trust });
  console.log('verified, on record at log index', signature.log[0]?.logIndex);
}
