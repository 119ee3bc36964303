import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TrustedLog } from '../note/trusted-log.ts';
import type { KnownEntryBody, LogEntryBody } from './entry-body.ts';
import { whyRetired } from './retired-form.ts';

const der = Uint8Array.of(0x30, 0);
const body = (kind: KnownEntryBody['kind'], apiVersion: string, keyDetails?: string): LogEntryBody => ({
  kind,
  apiVersion,
  signatures: [{ verifier: { kind: 'public-key', der, ...(keyDetails === undefined ? {} : { keyDetails }) } }],
});
const dsse = body('dsse', '0.0.2', 'PKIX_ECDSA_P256_SHA_256');
const { publicKey } = generateKeyPairSync('ed25519');
const spki = (text: string): KeyObject =>
  createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });

describe('whyRetired', () => {
  it.each([
    ['dsse', '0.0.2', 'PKIX_ECDSA_P256_SHA_256', true],
    ['dsse', '0.0.2', 'PKIX_ED25519', true],
    ['hashedrekord', '0.0.2', 'PKIX_ED25519', true],
    ['hashedrekord', '0.0.2', 'PKIX_ED25519_PH', false],
    ['hashedrekord', '0.0.2', 'PKIX_ECDSA_P256_SHA_256', false],
    // Rekor v1 writes these still.
    ['dsse', '0.0.1', undefined, false],
    ['intoto', '0.0.2', undefined, false],
    ['hashedrekord', '0.0.1', undefined, false],
  ] as const)('of %s %s with %s, in a shard that never wrote a retired form', (kind, version, details, isRetired) => {
    const shard = { publicKey, baseUrl: 'https://log2027-1.rekor.sigstore.dev' };
    expect(whyRetired(body(kind, version, details), [shard]) !== undefined).toBe(isRetired);
  });

  it('says nothing of an entry that can’t be read', () => {
    const shard = { publicKey, baseUrl: 'https://log2027-1.rekor.sigstore.dev' };
    expect(whyRetired({ kind: 'unknown', name: 'jar', apiVersion: '0.0.2' }, [shard])).toBeUndefined();
  });

  it('takes them from the shard that wrote them, by its key alone', () => {
    const key = spki('MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=');
    const baseUrl = 'https://log2025-1.rekor.sigstore.dev';
    expect(whyRetired(dsse, [{ publicKey: key, baseUrl, operator: 'sigstore.dev' }])).toBeUndefined();
    expect(whyRetired(dsse, [{ publicKey, baseUrl }])).toBe(
      'Rekor v2 stopped writing entries of kind dsse 0.0.2 on 2026-06-09 (sigstore/rekor-tiles#744); Sigstore’s shard https://log2025-1.rekor.sigstore.dev never wrote them',
    );
  });

  it.each<[what: string, log: Omit<TrustedLog, 'publicKey'>, isRefused: boolean]>([
    ['of no address', {}, false],
    ['of a private address', { baseUrl: 'https://rekor.acme.test' }, false],
    ['that has the name inside another', { baseUrl: 'https://rekor.sigstore.dev.acme.test' }, false],
    ['that ends with the name', { baseUrl: 'https://notrekor.sigstore.dev' }, false],
    ['of staging', { baseUrl: 'https://log2026-1.us-east4.rekor.sigstage.dev/' }, true],
    ['of production, in capitals and with a port', { baseUrl: 'https://LOG2027-1.Rekor.Sigstore.dev:443' }, true],
    ['of Sigstore’s operator', { baseUrl: 'https://log.example', operator: 'sigstore.dev' }, true],
    ['that refuses them', { baseUrl: 'https://rekor.acme.test', refuseRetiredEntries: true }, true],
  ])('of a log %s', (_, log, isRefused) => {
    expect(whyRetired(dsse, [{ publicKey, ...log }]) !== undefined).toBe(isRefused);
  });

  it('lets the strictest listing of a key decide', () => {
    expect(whyRetired(dsse, [{ publicKey }, { publicKey, refuseRetiredEntries: true }])).toBe(
      'Rekor v2 stopped writing entries of kind dsse 0.0.2 on 2026-06-09 (sigstore/rekor-tiles#744), and the trusted root says "refuseRetiredEntries" of the log',
    );
  });
});
