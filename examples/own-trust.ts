// Trust your own certificate authority and your own log, and nothing else. The identity is a name in the certificate; no issuer vouches for it.
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';
import { verifyImage } from 'sigtrail';
import { trustRoot } from 'sigtrail/trust';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const { reference } = pushImage(registry, 'acme/app:v1');
await sigstore.signImage(registry, reference, { as: { email: 'release@acme.test' } });

const trust = trustRoot.fromParts({
  certificateAuthorities: [{ certificates: sigstore.ca.pem, profile: 'pki' }], // PEM, the issuing certificate first
  transparencyLogs: [{ publicKey: sigstore.rekor.key.pem }], // PEM
});

const image = await verifyImage(reference, { signedBy: { profile: 'pki', subject: 'release@acme.test' } }, { trust });

console.log('deploy', image.reference);

await registry.close();
