import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLog, createSigstore } from '../index.ts';

describe('createSigstore', () => {
  it('has a clock of whole seconds that stands still', async () => {
    const { now } = await createSigstore({ now: new Date('2026-03-04T05:06:07.890Z') });
    expect(now.toISOString()).toBe('2026-03-04T05:06:07.000Z');
  });

  it('writes a trusted root with issuers first and roots last', async () => {
    const sigstore = await createSigstore();
    const root = sigstore.trustedRoot();
    expect(root.tlogs.map(({ baseUrl }) => baseUrl)).toEqual([sigstore.rekor.baseUrl, sigstore.rekor2.baseUrl]);
    for (const { certChain } of [...root.certificateAuthorities, ...root.timestampAuthorities]) {
      const certificates = certChain.certificates.map(
        ({ rawBytes }) => new X509Certificate(Buffer.from(rawBytes, 'base64')),
      );
      const [first, last] = [certificates[0]!, certificates.at(-1)!];
      expect(first.checkIssued(last)).toBe(true);
      expect(last.checkIssued(last)).toBe(true);
    }
    for (const { publicKey } of [...root.tlogs, ...root.ctlogs]) {
      const key = createPublicKey({ key: Buffer.from(publicKey.rawBytes, 'base64'), format: 'der', type: 'spki' });
      expect(key.asymmetricKeyType).toBe(publicKey.keyDetails === 'PKIX_ED25519' ? 'ed25519' : 'ec');
    }
  });

  it('trusts other things when told to', async () => {
    const sigstore = await createSigstore();
    const start = new Date('2020-01-01T00:00:00Z');
    const end = new Date('2021-01-01T00:00:00Z');
    const retired = createLog({ host: 'old.test', validFor: { start, end } });
    const { tlogs, ctlogs } = sigstore.trustedRoot({ logs: [retired], ctLogs: [] });
    expect(tlogs).toHaveLength(1);
    expect(tlogs[0]?.publicKey.validFor).toEqual({ start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' });
    expect(ctlogs).toEqual([]);
  });

  it('gives a fresh trusted root with every call', async () => {
    const sigstore = await createSigstore();
    sigstore.trustedRoot().tlogs.pop();
    expect(sigstore.trustedRoot().tlogs).toHaveLength(2);
  });
});
