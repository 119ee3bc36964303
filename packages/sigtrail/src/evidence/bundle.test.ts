import { type BundleJson, createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { mint, now } from '../../test/attempt.ts';
import type { Certificate } from '../crypto/certificate.ts';
import { parseBundle } from './bundle.ts';
import { NO_MEMO } from '../establish/memo.ts';

let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const bundle = async (edit: (bundle: BundleJson) => void = () => undefined): Promise<BundleJson> =>
  (await mint(sigstore, { edit })).bundle;

/** The leaf that is told, and what the parser says in the end. */
function parse(document: BundleJson): { readonly told: readonly Certificate[]; readonly result: () => unknown } {
  const told: Certificate[] = [];
  try {
    const candidate = parseBundle(document, NO_MEMO, (leaf) => told.push(leaf));
    return { told, result: () => candidate };
  } catch (error) {
    return {
      told,
      result: () => {
        throw error;
      },
    };
  }
}

describe('the leaf of a bundle', () => {
  it('is told before the rest is looked at, even of a bundle that is refused', async () => {
    const good = await bundle();
    const { told, result } = parse(good);
    expect(result()).toMatchObject({ signer: { leaf: { bytes: told[0]?.bytes } } });
    expect(told).toHaveLength(1);
    const broken = parse({
      ...good,
      verificationMaterial: { ...good.verificationMaterial, tlogEntries: [{}] as never },
    });
    expect(broken.told).toHaveLength(1);
    expect(broken.result).toThrow('malformed at verificationMaterial.tlogEntries');
  });

  it('is not told when it can’t be read, and refused as ever', async () => {
    const { told, result } = parse(
      await bundle(({ verificationMaterial }) => void (verificationMaterial.certificate = { rawBytes: 'AAAA' })),
    );
    expect(told).toEqual([]);
    expect(result).toThrow('certificate');
  });

  it('changes nothing when whoever is told fails', async () => {
    const good = await bundle();
    const candidate = parseBundle(good, NO_MEMO, () => {
      throw new Error('no head start');
    });
    expect(candidate.signer.kind).toBe('certificate');
  });
});
