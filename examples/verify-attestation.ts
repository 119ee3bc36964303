// Verify that an image has provenance from a named builder, and read the provenance with its type.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { deny } from 'sigtrail';
import { verifyAttestations } from 'sigtrail/attestations';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
const builder = 'https://builder.acme.test/v1';
await sigstore.attest(registry, reference, {
  as: { email: 'builder@acme.test' },
  type: 'slsaprovenance1',
  predicate: {
    buildDefinition: { buildType: 'https://acme.test/container', externalParameters: { tag: 'v1.4' } },
    runDetails: { builder: { id: builder } },
  },
});

const { attestations } = await verifyAttestations(
  reference,
  {
    type: 'slsaprovenance1',
    signedBy: { issuer: EMAIL_ISSUER, subject: 'builder@acme.test' },
    predicate: ({ runDetails }) => runDetails.builder.id === builder || deny('another builder'),
  },
  { trust: sigstore.trust },
);

console.log('built from', attestations[0].predicate.buildDefinition.externalParameters);

await registry.close();
