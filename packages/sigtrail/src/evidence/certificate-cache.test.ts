import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, expect, it } from 'vitest';
import { artifact, identity, mint, now } from '../../test/attempt.ts';
import { createServices } from '../establish/services.ts';
import { openSession } from '../session.ts';
import { verifierOf } from '../verifier.ts';
import { createCertificateCache } from './certificate-cache.ts';

let sigstore: FakeSigstore;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const LEAF = 4096;

it('reads a certificate anew until it is told to keep it', async () => {
  const cache = createCertificateCache();
  const { der } = await sigstore.issueCertificate();
  const first = cache.read(der);
  expect(cache.read(der)).not.toBe(first);
  cache.keep(first);
  expect(cache.read(Buffer.from(der))).toBe(first);
  const otherwise = Buffer.concat([der.subarray(0, -1), Buffer.of((der.at(-1) ?? 0) ^ 1)]);
  expect(cache.read(otherwise)).not.toBe(first);
});

it('holds at most so many bytes: the longest unused one goes first', async () => {
  // A kept certificate may have 4 KiB, and takes ten times as much when it is parsed: here, two.
  const cache = createCertificateCache(2 * 10 * LEAF);
  const ders = await Promise.all([1, 2, 3].map(async () => (await sigstore.issueCertificate()).der));
  const read = ders.map((der) => cache.read(der));
  for (const one of read) cache.keep(one);
  expect(ders.map((der, index) => cache.read(der) === read[index])).toEqual([false, true, true]);
});

it('remembers a leaf that a trusted authority issued, and no other', async () => {
  const stranger = await createSigstore({ now });
  const trust = { json: JSON.stringify(sigstore.trustedRoot()) };
  const services = createServices();
  await using verifier = verifierOf(openSession({ trust, now: () => now, services }));
  const isKept = async (of: FakeSigstore): Promise<boolean> => {
    const signer = await of.issueCertificate();
    const { bundle } = await mint(of, { signer });
    await verifier.verifyBundle(bundle, artifact, { signedBy: identity }).catch(() => undefined);
    return services.certificates.read(signer.der) === services.certificates.read(signer.der);
  };
  expect(await isKept(sigstore)).toBe(true);
  expect(await isKept(stranger)).toBe(false);
});
