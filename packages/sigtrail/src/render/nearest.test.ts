import { expect, it } from 'vitest';
import type { Check } from '../report/report.ts';
import { isProven } from './nearest.ts';

const check = (name: string, status: Check['status'] = 'passed', code: string = name): Check => ({
  check: name,
  status,
  code,
  message: '',
});
const good = [check('signature'), check('certificate-chain')];
const another = check('identity', 'failed', 'identity-mismatch');

it('takes a signer for proven if only the policy asks for another', () => {
  expect(isProven({ checks: [...good, another] })).toBe(true);
});

it.each<readonly [string, readonly Check[]]>([
  [
    'the signature was not checked',
    [check('signature', 'skipped', 'signature-key-not-named'), check('certificate-chain'), another],
  ],
  ['the certificate was not checked', [check('signature'), another]],
  ['evidence is missing', [...good, another, check('required-log', 'failed', 'log-missing')]],
  ['evidence could not be read', [...good, another, check('log-entry', 'indeterminate', 'not-fetched')]],
  ['nothing was checked', []],
])('takes no signer for proven where %s', (_, checks) => {
  expect(isProven({ checks })).toBe(false);
});
