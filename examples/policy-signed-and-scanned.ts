// Signed by us, and scanned within seven days: a signature, and a typed attestation.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { deny, evaluateImage, type SignerRule } from 'sigtrail';
import { allOf, attested, signedBy } from 'sigtrail/policy';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
const us: SignerRule = { issuer: EMAIL_ISSUER, subject: 'release@acme.test' };
const scanner: SignerRule = { issuer: EMAIL_ISSUER, subject: 'scanner@acme.test' };

const DAY = 24 * 60 * 60 * 1000;

const policy = allOf(
  signedBy(us),
  attested('vuln', scanner, function withinSevenDays({ metadata }, { now }) {
    // The predicate has the shape of its type. Its content is only the scanner's word.
    const days = (now.getTime() - Date.parse(metadata.scanFinishedOn)) / DAY;
    return (days >= 0 && days <= 7) || deny(`scanned ${Math.floor(days)} days ago`);
  }),
);

async function scanned(daysAgo: number): Promise<void> {
  const at = new Date(Date.now() - daysAgo * DAY).toISOString();
  await sigstore.attest(registry, reference, {
    as: { email: 'scanner@acme.test' },
    type: 'vuln',
    predicate: {
      invocation: { uri: 'https://ci.acme.test/runs/1' },
      scanner: { uri: 'pkg:generic/a-scanner@1', version: '1', result: {} },
      metadata: { scanStartedOn: at, scanFinishedOn: at },
    },
  });
}

async function ask(what: string): Promise<void> {
  const { verdict, callbacks = [] } = await evaluateImage(reference, policy, { trust: sigstore.trust });
  console.log(`${what}: ${verdict}`, callbacks.map(({ reason }) => reason ?? '').join(' '));
}

await sigstore.signImage(registry, reference, { as: { email: 'release@acme.test' } });
await ask('signed');
await scanned(8);
await ask('signed, and scanned eight days ago');
await scanned(1);
await ask('signed, and scanned again yesterday');

await registry.close();
