// What to do about each way that a verification can end.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { isSigtrailError, type Report, verifyImage } from 'sigtrail';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const { reference } = pushImage(registry, 'acme/app:v1');
const policy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'release@acme.test' } };

async function mayRun(image: string): Promise<string> {
  try {
    return `yes, as ${(await verifyImage(image, policy, { trust: sigstore.trust })).reference}`;
  } catch (error) {
    if (!isSigtrailError(error)) throw error; // a mistake in this program
    switch (error.code) {
      case 'unsigned':
        return 'no: every place was read, and none holds a signature';
      case 'no-match':
        return `no: ${whyNot(error.report)}`;
      case 'indeterminate':
        return 'not now: something could not be read, so ask again';
      default:
        return `no: ${error.message}`;
    }
  }
}

/** The policy's own answer: which part does not hold, and why. */
function whyNot(report?: Report): string {
  if (report?.kind !== 'image' || report.policy?.why === undefined) return 'the policy does not hold';
  const { path, why } = report.policy;
  return `${why.code} at ${path}: ${why.message}`;
}

console.log(await mayRun(reference));
await sigstore.signImage(registry, reference, { as: { email: 'mallory@evil.test' } });
console.log(await mayRun(reference));
await sigstore.signImage(registry, reference, { as: { email: 'release@acme.test' } });
console.log(await mayRun(reference));
console.log(await mayRun(`${registry.host}/acme/app:no-such-tag`));

await registry.close();
