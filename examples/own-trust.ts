// Trust your own certificate authority and your own log, and nothing else. The identity is a name in the certificate; no issuer vouches for it.
import { verifyImage } from 'sigtrail';
import { trustRoot } from 'sigtrail/trust';
import { startSignedWorld } from './signed-world.ts';

const { registry, reference, authority, log, sign } = await startSignedWorld();
await sign('release@acme.test');

const trust = trustRoot.fromParts({
  certificateAuthorities: [{ certificates: authority, profile: 'pki' }], // PEM, the issuing certificate first
  transparencyLogs: [{ publicKey: log }], // PEM
});

const image = await verifyImage(reference, { signedBy: { profile: 'pki', subject: 'release@acme.test' } }, { trust });

console.log('deploy', image.reference);

await registry.close();
