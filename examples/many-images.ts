// Which of my images are signed, and by whom? A table of many images, asked at once.
import { createSigstore, EMAIL_ISSUER, pushImage, startRegistry } from '@sigtrail/testing';
import { createVerifier, glob } from 'sigtrail';
import { type TableRow, toTable, toTableRow } from 'sigtrail/report';

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

const rows = new Map<string, TableRow>();
for await (const { reference, report, problem } of verifier.verifyMany(images, () => policy))
  rows.set(
    reference,
    report === undefined
      ? { verdict: 'indeterminate', requested: reference, text: problem.message }
      : toTableRow(report),
  );
// They come as they are known; the table has them in the order of the list.
process.stdout.write(toTable(images.flatMap((image) => rows.get(image) ?? [])));

await verifier.close();
await registry.close();
