import { describe, expect, it } from 'vitest';
import * as certificate from './certificate/index.ts';
import * as entry from './index.ts';

// Mistakes that the types refuse are what is tested.
type Loose = never;
const EMPTY = new Uint8Array();

const DOORS: Readonly<Record<string, (options: unknown) => unknown>> = {
  describeIdentity: (options) => entry.describeIdentity({}, [], options as Loose),
  parseCertificate: (options) => certificate.parseCertificate(EMPTY, options as Loose),
};

const refusal = (code: string): Error => expect.objectContaining({ name: 'TypeError', code }) as Error;

describe.each(Object.keys(DOORS))('%s', (door) => {
  it('refuses an option that it does not have', () => {
    for (const options of [{ issuer: {} }, { KeyImport: 'later' }, { constructor: 1 }])
      expect(() => DOORS[door]?.(options), JSON.stringify(options)).toThrow(refusal('unknown-option'));
  });

  it('refuses values that are not objects', () => {
    for (const options of [null, 'text', 5, []])
      expect(() => DOORS[door]?.(options), JSON.stringify(options)).toThrow(refusal('invalid-option'));
  });
});

it.each([
  ['describeIdentity', { issuers: 'x' }],
  ['describeIdentity', { issuers: null }],
  ['describeIdentity', { issuers: { 'https://issuer.test': 'gihub' } }],
  ['describeIdentity', { issuers: { 'https://issuer.test': 'constructor' } }],
  ['parseCertificate', { keyImport: 'never' }],
  ['parseCertificate', { importKey: 'x' }],
])('%s refuses %o', (door, options) => {
  expect(() => DOORS[door]?.(options)).toThrow(refusal('invalid-option'));
});
