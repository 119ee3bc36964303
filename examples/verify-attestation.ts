// Verify that an image has provenance from a named builder, and read the provenance with its type.
import { deny } from 'sigtrail';
import { verifyAttestations } from 'sigtrail/attestations';
import { ISSUER, startSignedWorld } from './signed-world.ts';

const { registry, reference, trust, sign } = await startSignedWorld();
const builder = 'https://builder.acme.test/v1';
await sign('builder@acme.test', {
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: { buildType: 'https://acme.test/container', externalParameters: { tag: 'v1.4' } },
    runDetails: { builder: { id: builder } },
  },
});

const { attestations } = await verifyAttestations(
  reference,
  {
    type: 'slsaprovenance1',
    signedBy: { issuer: ISSUER, subject: 'builder@acme.test' },
    predicate: ({ runDetails }) => runDetails.builder.id === builder || deny('another builder'),
  },
  { trust },
);

console.log('built from', attestations[0].predicate.buildDefinition.externalParameters);

await registry.close();
