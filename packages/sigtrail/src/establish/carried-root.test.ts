import {
  type BundleJson,
  createSigstore,
  type FakeSigstore,
  type IssuedCertificate,
  type TrustedRootJson,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, type Attempt, carryRoot, flipped, identity, mint, now, setSignature } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';
import { type BundlePolicy, verifyBundle } from '../verify-bundle.ts';

const accepting: BundlePolicy = { signedBy: identity, acceptTrustedRootInBundle: true };
let sigstore: FakeSigstore;
let other: FakeSigstore;
let signer: IssuedCertificate;
let stranger: IssuedCertificate;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
  signer = await sigstore.issueCertificate();
  other = await createSigstore({ now });
  stranger = await other.issueCertificate();
});

/** The codes of what failed and of what the policy let pass, and what the second judge says. */
async function outcome(made: Attempt, policy: BundlePolicy = accepting): Promise<readonly string[]> {
  const { bundle, trust } = await mint(sigstore, { sign: { version: '0.2' }, signer, ...made });
  const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
  const report = await verifyBundle(bundle, artifact, policy, options).then(
    ({ report: accepted }) => accepted,
    (error: unknown) => {
      if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
      throw error;
    },
  );
  const codes = report.checks.filter(({ status }) => status !== 'passed').map(({ code }) => code);
  return [report.accepted ? 'accepted' : (report.refusedBecause ?? ''), ...codes, report.secondJudge.verdict];
}

const REFUSED = ['bundle-root-certificate', 'bundle-root-certificate', 'not-asked'];
const root = (): Buffer => signer.chain.at(-1) ?? Buffer.alloc(0);
const certificatesIn = ({ verificationMaterial }: BundleJson): { rawBytes: string }[] =>
  verificationMaterial.x509CertificateChain?.certificates ?? [];
const carry =
  (...certificates: readonly Buffer[]) =>
  (bundle: BundleJson): void =>
    void certificatesIn(bundle).push(...certificates.map((der) => ({ rawBytes: der.toString('base64') })));

describe('a bundle that carries the trusted root at the end of its chain', () => {
  it.each(['0.1', '0.2'] as const)('is accepted by both judges where the policy says so: v%s', async (version) => {
    const made = { sign: { version }, edit: carryRoot(signer) };
    expect(await outcome(made)).toEqual(['accepted', 'bundle-root-accepted', 'accepted']);
  });

  it('is refused otherwise, and for that alone', async () => {
    expect(await outcome({ edit: carryRoot(signer) }, { signedBy: identity })).toEqual(REFUSED);
    expect(await outcome({}, { signedBy: identity })).toEqual(['accepted', 'accepted']);
  });

  it('is refused for its other fault first', async () => {
    const edit = (bundle: BundleJson): void => {
      carryRoot(signer)(bundle);
      setSignature(bundle, Buffer.from('MEQCIA==', 'base64'));
    };
    const [because, ...codes] = await outcome({ edit }, { signedBy: identity });
    expect(because).toBe('signature-invalid');
    expect(codes.filter((code) => /^(signature|log-entry|bundle)/.test(code)).at(-1)).toBe('bundle-root-certificate');
    expect((await outcome({ edit: carryRoot(signer), subject: `sha256:${'0'.repeat(64)}` }))[0]).toBe(
      'subject-mismatch',
    );
  });
});

describe('under a policy that accepts the trusted root, a bundle is still refused', () => {
  it('with a root that is not trusted', async () => {
    expect(await outcome({ edit: carryRoot(stranger) })).toEqual(REFUSED);
  });

  it('with the trusted root of another authority', async () => {
    const both = ({ certificateAuthorities }: TrustedRootJson): void =>
      void certificateAuthorities.push(...other.trustedRoot().certificateAuthorities);
    expect(await outcome({ edit: carryRoot(stranger), root: both })).toEqual(REFUSED);
    expect(await outcome({ edit: carryRoot(signer), root: both })).toEqual([
      'accepted',
      'bundle-root-accepted',
      'accepted',
    ]);
  });

  it('with a root that is not at the end', async () => {
    const edit = (bundle: BundleJson): void =>
      void certificatesIn(bundle).splice(1, 0, { rawBytes: root().toString('base64') });
    expect(await outcome({ edit })).toEqual(REFUSED);
  });

  it('with the root twice, or beside another', async () => {
    expect(await outcome({ edit: carry(root(), root()) })).toEqual(REFUSED);
    expect(await outcome({ edit: carry(stranger.chain.at(-1) ?? root(), root()) })).toEqual(REFUSED);
  });

  it('with the key and the name of the root in other bytes', async () => {
    expect(await outcome({ edit: carry(flipped(root())) })).toEqual(REFUSED);
  });

  it('in version 0.3, whose bundles hold one certificate', async () => {
    const made = { sign: { version: '0.3', withChain: true } as const, edit: carryRoot(signer) };
    expect(await outcome(made)).toEqual([
      'bundle-chain-unexpected',
      'bundle-chain-unexpected',
      'bundle-root-certificate',
      'not-asked',
    ]);
  });

  it('of a stranger, who carries his own root', async () => {
    expect((await outcome({ signer: stranger, edit: carryRoot(stranger) }))[0]).not.toBe('accepted');
  });
});
