// Two people of three; two signatures by one person count once.
import { evaluateImage, type SignerRule } from 'sigtrail';
import { atLeast } from 'sigtrail/policy';
import { ISSUER, startSignedWorld } from './signed-world.ts';

const { registry, reference, trust, sign } = await startSignedWorld();
const person = (name: string): SignerRule => ({ issuer: ISSUER, subject: { email: `${name}@acme.test` } });
const policy = atLeast(2, [person('alice'), person('bob'), person('carol')]);

async function ask(what: string): Promise<void> {
  const { verdict, policy: outcome } = await evaluateImage(reference, policy, { trust });
  console.log(`${what}: ${verdict} (${outcome?.actual ?? '0'}, ${outcome?.expected ?? ''})`);
}

await sign('alice@acme.test');
await ask('alice');
await sign('alice@acme.test');
await ask('alice, twice');
await sign('carol@acme.test');
await ask('alice and carol');

await registry.close();
