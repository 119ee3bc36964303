import { createSigstore, createTimestampAuthority, generateKeyPair } from '@sigtrail/testing';
import { expect, it } from 'vitest';
import { artifact, ended, identity, mint, now } from '../../test/attempt.ts';
import { respell } from '../../test/spelling/respell.ts';
import { isSigtrailError } from '../error.ts';
import type { CandidateReport } from '../report/report.ts';
import { verifyBundle } from '../verify-bundle.ts';

it('refuses a trusted authority’s timestamp in another spelling, and ignores an unknown authority’s', async () => {
  const sigstore = await createSigstore({ now });
  const authority = await createTimestampAuthority({ now });
  const { bundle, trust } = await mint(sigstore, {});
  const { verificationMaterial, ...rest } = bundle;
  const covered = Buffer.from(rest.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64');

  const reportWith = async (token: Buffer): Promise<CandidateReport> => {
    const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: token.toString('base64') }] };
    const stamped = { ...rest, verificationMaterial: { ...verificationMaterial, timestampVerificationData } };
    try {
      const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
      return (await verifyBundle(stamped, artifact, { signedBy: identity }, options)).report;
    } catch (error) {
      if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
      throw error;
    }
  };

  const honest = sigstore.timestamp(covered, { authority });
  const ignored = await reportWith(honest);
  expect(ignored.accepted).toBe(true);
  expect(ignored.checks.filter(({ check }) => check === 'timestamp')).toMatchObject([
    { code: 'timestamp-authority-unknown', status: 'skipped' },
  ]);
  for (const { what, bytes } of respell(honest))
    expect([what, (await reportWith(bytes)).refusedBecause]).toEqual([what, 'timestamp-malformed']);
});

it('leaves a timestamp from after its authority’s window aside, and misses it only if a time is needed', async () => {
  const sigstore = await createSigstore({ now });
  const key = generateKeyPair('p256');
  const verdictOf = async (
    made: Parameters<typeof mint>[1],
    policy: Parameters<typeof verifyBundle>[2],
  ): Promise<string> => {
    const { bundle, trust } = await mint(sigstore, {
      ...made,
      root: (root) => root.timestampAuthorities.forEach(({ validFor }) => ended(validFor)),
    });
    try {
      await verifyBundle(bundle, artifact, policy, { trust: { json: JSON.stringify(trust) }, now: () => now });
      return 'verified';
    } catch (error) {
      if (isSigtrailError(error)) return error.candidate?.refusedBecause ?? error.code;
      throw error;
    }
  };
  const timestamps = [sigstore.tsa];
  const byKey = { signer: key, sign: { logs: [sigstore.rekor2], timestamps } };
  const signedBy = { key: key.publicKey };
  expect(await verdictOf(byKey, { signedBy })).toBe('verified');
  expect(await verdictOf(byKey, { signedBy, require: { tsa: 1 } })).toBe('timestamp-authority-not-valid');
  expect(await verdictOf({ sign: { logs: [sigstore.rekor], timestamps } }, { signedBy: identity })).toBe('verified');
  expect(await verdictOf({ sign: { logs: [sigstore.rekor2], timestamps } }, { signedBy: identity })).toBe(
    'timestamp-authority-not-valid',
  );
});
