// Which of my images are signed, and by whom? A table of many images, asked at once.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier, glob } from 'sigtrail';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]); // yours are ghcr.io and the public ones
const names = ['web', 'api', 'worker', 'cron', 'legacy'];
const images = names.map((name) => pushImage(registry, `acme/${name}:v1`).reference);
const [web = '', api = '', worker = '', cron = ''] = images;
await sigstore.signImage(registry, web, { as: { email: 'alice@acme.test' } });
await sigstore.signImage(registry, api, { as: { email: 'bob@acme.test' }, format: 'cosign-signature' });
await sigstore.signImage(registry, worker, { as: { email: 'mallory@evil.test' } });
await sigstore.signImage(registry, cron, { as: { email: 'alice@acme.test' }, flaw: 'tampered' });

const verifier = createVerifier({ trust: sigstore.trust });
const policy = { signedBy: { issuer: EMAIL_ISSUER, subject: { email: glob('*@acme.test') } } };

console.table(
  await Promise.all(
    images.map(async (image) => {
      const report = await verifier.evaluate(image, policy);
      const [name] = image.split('/').slice(-1);
      if (report.verdict === 'verified') {
        const [{ signer }] = report.signatures;
        const by = signer.kind === 'certificate' ? signer.subjectAlternativeNames[0]?.value : signer.fingerprint;
        return { image: name, verdict: report.verdict, why: `signed by ${by}` };
      }
      const why = report.verdict === 'rejected' ? report.policy.why?.message : report.problems[0].message;
      return { image: name, verdict: report.verdict, why: why ?? '' };
    }),
  ),
);

await verifier.close();
await registry.close();
