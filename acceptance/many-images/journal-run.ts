// A run with a journal in its own process, to be killed: `journal-run.ts JOURNAL TRUST HOST IMAGES`. Each outcome is a line on the standard output, written before the next one is asked for.
import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { EMAIL_ISSUER } from '@sigtrail/testing';
import { createVerifier } from 'sigtrail';

const [journal = '', trust = '', host = '', images = '0'] = process.argv.slice(2);
const references = Array.from({ length: Number(images) }, (_, index) => `${host}/acme/app:v${index}`);
const policy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'dev@acme.test' } };

await using verifier = createVerifier({ trust: { json: readFileSync(trust, 'utf8') }, concurrency: 4 });
for await (const { reference, report } of verifier.verifyMany(references, () => policy, { journal })) {
  const digest = createHash('sha256')
    .update(JSON.stringify(report ?? null))
    .digest('hex');
  writeSync(1, `${JSON.stringify([reference, report?.verdict ?? 'no report', digest])}\n`);
}
