// Two people out of three; two signatures by one person count once.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { evaluateImage, type SignerRule } from 'sigtrail';
import { atLeast } from 'sigtrail/policy';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
const person = (name: string): SignerRule => ({ issuer: EMAIL_ISSUER, subject: { email: `${name}@acme.test` } });
const policy = atLeast(2, [person('alice'), person('bob'), person('carol')]);

async function ask(what: string): Promise<void> {
  const { verdict, policy: outcome } = await evaluateImage(reference, policy, { trust: sigstore.trust });
  console.log(`${what}: ${verdict} (${outcome?.actual ?? '0'}, ${outcome?.expected ?? ''})`);
}

await sigstore.signImage(registry, reference, { as: { email: 'alice@acme.test' } });
await ask('alice');
await sigstore.signImage(registry, reference, { as: { email: 'alice@acme.test' } });
await ask('alice, twice');
await sigstore.signImage(registry, reference, { as: { email: 'carol@acme.test' } });
await ask('alice and carol');

await registry.close();
