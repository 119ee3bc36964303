// A policy that is a file: read it, lint it, verify by it.
import { evaluateImage } from 'sigtrail';
import { lintPolicy, readPolicy } from 'sigtrail/policy-file';
import { ISSUER, startSignedWorld } from './signed-world.ts';

const { registry, reference, trust, sign } = await startSignedWorld();
await sign('release@acme.test');

const policy = readPolicy(`
version: 1
signedBy:
  issuer: ${ISSUER}
  subject: { glob: '*@acme.test' }
`);

for (const { level, message } of lintPolicy(policy)) console.log(`${level}: ${message}`);
const { verdict } = await evaluateImage(reference, policy, { trust });
console.log('verdict', verdict);

await registry.close();
