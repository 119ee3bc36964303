import { createSigstore, createTimestampAuthority, type FakeSigstore, type KeyKind } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTrustedRoot } from '../trust/parse-trusted-root.ts';
import { createSignatures } from './signatures.ts';
import { parseTimestampToken } from './timestamp-token.ts';
import { type TimestampResult, verifyTimestampToken } from './verify-timestamp.ts';

const now = new Date('2026-03-01T12:00:00Z');
const covered = Buffer.from('a signature');
let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

type Authority = Awaited<ReturnType<typeof createTimestampAuthority>>;
type Use = Parameters<FakeSigstore['timestamp']>[1];

/** What a token of this authority comes to, trusted as a trusted root lists it: all of its chain, or from a place on. */
async function judge(authority: Authority, use: Use = {}, trustedFrom = 0): Promise<TimestampResult> {
  const root = sigstore.trustedRoot({ timestampAuthorities: [authority] });
  for (const { certChain } of root.timestampAuthorities) certChain.certificates.splice(0, trustedFrom);
  const { timestampAuthorities } = parseTrustedRoot(JSON.stringify(root));
  const token = parseTimestampToken(sigstore.timestamp(covered, { authority, ...use }));
  const signatures = createSignatures();
  const result = await verifyTimestampToken(token, covered, timestampAuthorities, signatures);
  // Remembered answers change nothing.
  expect(await verifyTimestampToken(token, covered, timestampAuthorities, signatures)).toEqual(result);
  return result;
}

const faultOf = async (answer: Promise<TimestampResult>): Promise<string> => {
  const result = await answer;
  return result.ok ? 'ok' : result.fault;
};

describe('timestamp tokens', () => {
  it.each<KeyKind>(['p256', 'p384', 'p521', 'rsa2048'])(
    'verify under a key %s, and not when one bit differs',
    async (kind) => {
      const authority = await createTimestampAuthority({ now, kind });
      expect(await faultOf(judge(authority))).toBe('ok');
      expect(await faultOf(judge(authority, { corrupt: true }))).toBe('signature');
      expect(await faultOf(judge(authority, { over: Buffer.from('another signature') }))).toBe('imprint');
    },
  );
  it.each(['sha256', 'sha384', 'sha512'] as const)('verify with %s under an RSA key', async (hash) => {
    const authority = await createTimestampAuthority({ now, kind: 'rsa2048' });
    expect(await faultOf(judge(authority, { hash }))).toBe('ok');
  });
  it('keep fractions of a second', async () => {
    const at = new Date(now.getTime() + 250);
    const result = await judge(sigstore.tsa, { at });
    expect(result.ok ? result.time : undefined).toEqual(at);
  });
  it.each([
    [undefined, 1000],
    [false, undefined],
    [{}, 0],
    [{ seconds: 2 }, 2000],
    [{ millis: 999 }, 999],
    [{ seconds: 1, millis: 5, micros: 999 }, 1006],
    [{ micros: 1 }, 1],
    [{ seconds: 0x7fff_ffff }, 2_147_483_647_000],
  ] as const)('say how far their clock may be off: %j is %s ms', (accuracy, accuracyMs) => {
    const use = accuracy === undefined ? {} : { accuracy };
    expect(parseTimestampToken(sigstore.timestamp(covered, use)).accuracyMs).toBe(accuracyMs);
  });
  it.each([{ millis: 0 }, { millis: 1000 }, { micros: 0 }, { micros: 1000 }, { seconds: 0x8000_0000 }])(
    'are refused with an accuracy that RFC 3161 doesn’t know: %j',
    (accuracy) => {
      expect(() => parseTimestampToken(sigstore.timestamp(covered, { accuracy }))).toThrow(
        /its accuracy has a part of/,
      );
    },
  );
  it.each([
    ['v2', 'ok'],
    ['v1', 'ok'],
    ['wrong', 'signing-certificate'],
  ] as const)('are bound to their signer by ESSCertID %s', async (essCertId, fault) => {
    expect(await faultOf(judge(sigstore.tsa, { essCertId }))).toBe(fault);
  });
  it.each([
    [{ eku: [] }, 'purpose'],
    [{ ekuCritical: false }, 'purpose'],
    [{ eku: ['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.3'] }, 'purpose'],
    [{}, 'ok'],
  ] as const)('need a signer for this purpose alone, critically: %j is %s', async (options, fault) => {
    expect(await faultOf(judge(await createTimestampAuthority({ now, ...options })))).toBe(fault);
  });
  it.each([
    [true, 'purpose'],
    [false, 'ok'],
  ] as const)('need a signer without an unknown extension, critical: %s', async (critical, fault) => {
    const extensions = [{ oid: '1.3.6.1.4.1.99999.2', critical, value: Buffer.from([5, 0]) }];
    expect(await faultOf(judge(await createTimestampAuthority({ now, extensions })))).toBe(fault);
  });
  it.each([
    [{ notAfter: new Date(now.getTime() - 1000) }, 'chain'],
    [{ notBefore: new Date(now.getTime() + 1000) }, 'chain'],
    [{ validFor: { start: new Date(now.getTime() + 1000) } }, 'authority-not-valid'],
    [{ validFor: { start: now, end: now } }, 'ok'],
  ] as const)('need a signer in its windows: %j is %s', async (options, fault) => {
    expect(await faultOf(judge(await createTimestampAuthority({ now, ...options })))).toBe(fault);
  });
  it('may bring their signer along, which the trusted chain must have issued', async () => {
    expect(await faultOf(judge(sigstore.tsa, { embedCertificate: true }, 1))).toBe('ok');
    expect(await faultOf(judge(sigstore.tsa, {}, 1))).toBe('unknown-authority');
    const stranger = await createTimestampAuthority({ now, name: 'tsa.fake.test' });
    const { timestampAuthorities } = parseTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
    const token = parseTimestampToken(sigstore.timestamp(covered, { authority: stranger, embedCertificate: true }));
    expect(await faultOf(verifyTimestampToken(token, covered, timestampAuthorities, createSignatures()))).toBe(
      'unknown-authority',
    );
  });
  it('are refused when the authority did not grant them', () => {
    expect(() => parseTimestampToken(sigstore.timestamp(covered, { status: 2 }))).toThrow(/did not grant/);
  });
});
