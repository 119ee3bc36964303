import { createSigstore } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { now } from '../../test/attempt.ts';
import { PARTY_CASES } from '../../test/each-check/party-cases.ts';
import { askSecondJudge, CASES } from '../../test/each-check/run.ts';

// What it refuses by itself, when the check of ours that refuses it is taken out. What isn't here it doesn't check: who signed, what a
// certificate or a timestamp authority may be used for, and that an entry of the log records the signer's key.
const REFUSED_BY_IT = [
  'certificate-authority-expired',
  'certificate-authority-not-valid',
  'certificate-chain-invalid',
  'certificate-expired',
  'certificate-issuer-unknown',
  'log-checkpoint-invalid',
  'log-checkpoint-malformed',
  'log-entry-duplicate',
  'log-entry-hash-mismatch',
  'log-entry-kind-mismatch',
  'log-entry-malformed',
  'log-entry-signature-mismatch',
  'log-inclusion-invalid',
  'log-missing',
  'log-not-valid',
  'log-set-invalid',
  'log-unknown',
  'payload-type',
  'sct-duplicate',
  'sct-invalid',
  'sct-log-not-valid',
  'sct-malformed',
  'sct-missing',
  'signature-invalid',
  'subject-mismatch',
  'time-missing',
  'timestamp-authority-not-valid',
  'timestamp-authority-unknown',
  'timestamp-chain',
  'timestamp-duplicate',
  'timestamp-imprint',
  'timestamp-malformed',
  'timestamp-missing',
  'timestamp-not-asked',
  'timestamp-signature',
];

it('refuses by itself what it checks', async () => {
  const sigstore = await createSigstore({ now });
  const refused = new Set<string>();
  for (const one of CASES) {
    const [code] = one;
    if ((await askSecondJudge(one, sigstore)).includes('second-judge-refused')) refused.add(code);
  }
  expect([...refused].toSorted()).toEqual(REFUSED_BY_IT);
});

it.each(PARTY_CASES.map((one) => ({ what: one[1], one })))('counts parties, as we do: $what', async ({ one }) => {
  expect(await askSecondJudge(one, await createSigstore({ now }))).toEqual(['second-judge-refused']);
});
