// A policy in a file: read it, lint it, verify by it.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { evaluateImage } from 'sigtrail';
import { lintPolicy, readPolicy } from 'sigtrail/policy-file';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
await sigstore.signImage(registry, reference, { as: { email: 'release@acme.test' } });

const policy = readPolicy(`
version: 1
signedBy:
  issuer: ${EMAIL_ISSUER}
  subject: { glob: '*@acme.test' }
`);

for (const { level, message } of lintPolicy(policy)) console.log(`${level}: ${message}`);
const { verdict } = await evaluateImage(reference, policy, { trust: sigstore.trust });
console.log('verdict', verdict);

await registry.close();
