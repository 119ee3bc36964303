import { createSigstore } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { now } from '../../test/attempt.ts';
import { askSecondJudge, CASES } from '../../test/each-check/run.ts';

// What @sigstore/verify refuses by itself, when the check of ours that refuses it is taken out. What isn't here it doesn't check, or is
// not given: an entry, SCT or timestamp that doesn't hold for us never reaches it.
const REFUSED_BY_STOCK = [
  'certificate-authority-expired',
  'certificate-authority-not-valid',
  'certificate-chain-invalid',
  'certificate-expired',
  'log-checkpoint-invalid',
  'log-checkpoint-malformed',
  'log-checkpoint-unsigned',
  'log-entry-hash-mismatch',
  'log-entry-kind-mismatch',
  'log-entry-malformed',
  'log-entry-signature-mismatch',
  'log-inclusion-invalid',
  'log-inclusion-missing',
  'log-not-valid',
  'log-set-invalid',
  'sct-log-not-valid',
];

it('refuses by itself what it checks', async () => {
  const sigstore = await createSigstore({ now });
  const refused = new Set<string>();
  for (const one of CASES) {
    const [code] = one;
    if ((await askSecondJudge(one, sigstore)).includes('stock-refused')) refused.add(code);
  }
  expect([...refused].toSorted()).toEqual(REFUSED_BY_STOCK);
});
