import { createHash } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import {
  type BundleJson,
  createCertificateAuthority,
  createSigstore,
  createTimestampAuthority,
  type EntryBody,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type KeyPair,
  type TrustedRootJson,
  type TimestampUse,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Attempt as Minted,
  artifact,
  digest,
  ended,
  entryOf,
  flipped,
  identity,
  loggedAs,
  mint,
  now,
  proofOf,
  replaceTimestamp,
  setSignature,
  signatureOf,
} from '../test/attempt.ts';
import { isSigtrailError } from './error.ts';
import type { CandidateReport } from './report/report.ts';
import { type BundlePolicy, verifyBundle } from './verify-bundle.ts';

const policy: BundlePolicy = { signedBy: identity };
const keyPolicy = (key: KeyPair): BundlePolicy => ({ signedBy: { key: key.spki } });
let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

interface Attempt extends Minted {
  readonly policy?: BundlePolicy;
  readonly secondJudge?: 'on' | 'off';
}

/** Signs and verifies with one thing changed; the report, accepted or not. */
async function attempt(made: Attempt): Promise<CandidateReport> {
  const { bundle, trust } = await mint(sigstore, made);
  try {
    const { secondJudge = 'off' } = made;
    const options = { trust: { json: JSON.stringify(trust) }, now: () => made.now ?? now, secondJudge };
    return (await verifyBundle(bundle, artifact, made.policy ?? policy, options)).report;
  } catch (error) {
    if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
    throw error;
  }
}

const logged = (from: RegExp, to: string): Attempt => loggedAs(sigstore, from, to);

describe('what an honest Sigstore signs', () => {
  it.each<readonly [string, () => Attempt]>([
    ['a certificate in Rekor v1', () => ({})],
    ['a certificate in Rekor v2 with a timestamp', () => ({ sign: { logs: [sigstore.rekor2] } })],
    ['a certificate in Rekor v1 with a timestamp', () => ({ sign: { timestamps: [sigstore.tsa] } })],
    ['a bundle of version 0.1', () => ({ sign: { version: '0.1' } })],
    ['a bundle of version 0.2', () => ({ sign: { version: '0.2' } })],
    ['an entry of kind intoto', () => ({ sign: { logs: [{ log: sigstore.rekor, kind: 'intoto' }] } })],
    ['a log that the trusted root lists twice', () => ({ root: listTwice })],
    ['a v2 log that the trusted root lists twice', () => ({ sign: { logs: [sigstore.rekor2] }, root: listTwice })],
  ])('is accepted by both judges: %s', async (_, make) => {
    const report = await attempt({ ...make(), secondJudge: 'on' });
    expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect([report.accepted, report.secondJudge.verdict]).toEqual([true, 'accepted']);
  });

  it.each(['p256', 'p384', 'p521', 'ed25519', 'rsa2048'] as const)(
    'is accepted with a %s key that the policy names, and refused with another',
    async (kind) => {
      const signer = generateKeyPair(kind);
      expect((await attempt({ signer, policy: keyPolicy(signer), secondJudge: 'on' })).accepted).toBe(true);
      expect((await attempt({ signer, policy: keyPolicy(generateKeyPair(kind)) })).refusedBecause).toBe(
        'signature-invalid',
      );
    },
  );

  it('is accepted by digest alone, as a statement and as a message signature', async () => {
    const signer = await sigstore.issueCertificate();
    const options = { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now };
    const statement = sigstore.signBundle({ statement: { imageDigest: digest }, signer });
    const message = sigstore.signBundle({ content: 'message', artifact, signer });
    for (const bundle of [statement, message])
      for (const subject of [digest, artifact])
        await expect(verifyBundle(bundle, subject, policy, options)).resolves.toMatchObject({
          report: { accepted: true },
        });
    const other = `sha256:${'0'.repeat(64)}` as const;
    await expect(verifyBundle(message, other, policy, options)).rejects.toMatchObject({
      candidate: { refusedBecause: 'subject-mismatch' },
    });
  });
});

describe('each check refuses by itself, with the stock judge off', () => {
  const later = new Date(now.getTime() + 3_600_000);
  const other = Buffer.from('something else');
  const otherDigest = createHash('sha256').update(other).digest('hex');

  it.each<readonly [code: string, make: () => Attempt | Promise<Attempt>]>([
    ['subject-mismatch', () => ({ subject: `sha256:${'0'.repeat(64)}` })],
    ['payload-type', () => ({ payloadType: 'text/plain' })],
    ['signature-invalid', () => ({ edit: (bundle) => setSignature(bundle, flipped(signatureOf(bundle))) })],
    ['log-unknown', () => ({ root: (root) => void (root.tlogs = []) })],
    [
      'log-set-invalid',
      () => ({
        edit: (bundle) => void (entryOf(bundle).integratedTime = String(Number(entryOf(bundle).integratedTime) + 1)),
      }),
    ],
    [
      'log-checkpoint-malformed',
      () => ({ edit: (bundle) => void (proofOf(bundle).checkpoint = { envelope: 'nothing' }) }),
    ],
    [
      'log-checkpoint-mismatch',
      () => ({ edit: (bundle) => void (proofOf(bundle).rootHash = Buffer.alloc(32).toString('base64')) }),
    ],
    [
      'log-inclusion-invalid',
      () => ({ edit: (bundle) => void (proofOf(bundle).hashes[0] = Buffer.alloc(32).toString('base64')) }),
    ],
    ['log-entry-signature-mismatch', () => logged(/"signature":"[^"]+"/, `"signature":"${other.toString('base64')}"`)],
    [
      'log-entry-key-mismatch',
      async () => ({ sign: { logs: [{ log: sigstore.rekor, verifier: await sigstore.issueCertificate() }] } }),
    ],
    ['log-entry-hash-mismatch', () => logged(/("payloadHash":\{[^}]*"value":")[0-9a-f]+/, `$1${otherDigest}`)],
    ['log-not-valid', () => ({ root: (root) => root.tlogs.forEach(({ publicKey }) => ended(publicKey.validFor)) })],
    ['log-time-in-future', () => ({ now: new Date(now.getTime() - 3_600_000) })],
    ['timestamp-imprint', () => ({ sign: { timestamps: [{ authority: sigstore.tsa, over: other }] } })],
    ['timestamp-signature', () => ({ sign: { timestamps: [{ authority: sigstore.tsa, corrupt: true }] } })],
    [
      'timestamp-signing-certificate',
      () => ({ sign: { timestamps: [{ authority: sigstore.tsa, essCertId: 'wrong' }] } }),
    ],
    ['timestamp-malformed', () => ({ sign: { timestamps: [{ authority: sigstore.tsa, status: 2 }] } })],
    ['timestamp-malformed', () => ({ edit: (bundle) => replaceTimestamp(bundle, Buffer.from('nothing')) })],
    [
      'timestamp-authority-unknown',
      () => ({ sign: { logs: [sigstore.rekor2] }, root: (root) => void (root.timestampAuthorities = []) }),
    ],
    [
      'timestamp-authority-not-valid',
      () => ({
        sign: { logs: [sigstore.rekor2] },
        root: (root) => root.timestampAuthorities.forEach(({ validFor }) => ended(validFor)),
      }),
    ],
    [
      'certificate-issuer-unknown',
      async () => ({ certificate: { authority: await createCertificateAuthority({ name: 'stranger', now }) } }),
    ],
    [
      'certificate-authority-not-valid',
      () => ({ root: (root) => root.certificateAuthorities.forEach(({ validFor }) => ended(validFor)) }),
    ],
    ['certificate-expired', () => ({ sign: { at: later }, now: later })],
    ['certificate-purpose', () => ({ certificate: { eku: [] } })],
    ['certificate-purpose', () => ({ certificate: { eku: ['1.3.6.1.5.5.7.3.8'] } })],
    ['certificate-key-usage', () => ({ certificate: { keyUsage: ['keyEncipherment'] } })],
    [
      'certificate-critical-unknown',
      () => ({ certificate: { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] } }),
    ],
    [
      'certificate-claims-malformed',
      // .23 is not among the claims of the default run: a second .10 would be malformed before it is a claim.
      () => ({ certificate: { extensions: [{ oid: '1.3.6.1.4.1.57264.1.23', value: Buffer.of(1, 2, 3) }] } }),
    ],
    [
      'certificate-claims-malformed',
      () => ({ certificate: { issuer: { v1: GITHUB_ISSUER, v2: 'https://other.test' } } }),
    ],
    ['sct-missing', () => ({ certificate: { scts: 'none' } })],
    ['sct-invalid', () => ({ certificate: { scts: 'corrupt' } })],
    ['sct-log-unknown', () => ({ certificate: { scts: 'unknown-log' } })],
    ['sct-in-future', () => ({ certificate: { scts: [{ log: sigstore.ctLog, at: later }] } })],
    [
      'sct-log-not-valid',
      () => ({ root: (root) => root.ctlogs.forEach(({ publicKey }) => ended(publicKey.validFor)) }),
    ],
    ['log-missing', () => ({ sign: { logs: [], timestamps: [sigstore.tsa] } })],
    ['time-missing', () => ({ sign: { logs: [sigstore.rekor2], timestamps: [] } })],
    // A proof without the log's promise doesn't authenticate the integrated time.
    ['time-missing', () => ({ sign: { logs: [{ log: sigstore.rekor, promise: false }] } })],
    ['issuer-mismatch', () => ({ certificate: { issuer: 'https://accounts.example.test' } })],
    ['identity-mismatch', () => ({ certificate: { san: [{ kind: 'uri', value: `${GITHUB_WORKFLOW}x` }] } })],
    ['identity-mismatch', () => ({ certificate: { san: [{ kind: 'email', value: 'someone@example.test' }] } })],
    [
      'claim-mismatch',
      () => ({
        certificate: { claims: { '1.3.6.1.4.1.57264.1.11': 'self-hosted' } },
        policy: { signedBy: { ...identity, runnerEnvironment: 'github-hosted' } },
      }),
    ],
    [
      'annotation-mismatch',
      () => ({ annotations: { env: 'test' }, policy: { signedBy: { ...identity, annotations: { env: 'prod' } } } }),
    ],
    ['signer-is-key', () => ({ signer: generateKeyPair() })],
    ['signer-is-certificate', () => ({ policy: keyPolicy(generateKeyPair()) })],
  ])('%s', async (code, make) => {
    const report = await attempt(await make());
    expect(report.accepted).toBe(false);
    // What doesn't count is skipped with its reason, and the requirement that it leaves unmet fails under the same name.
    expect(report.checks.filter(({ status }) => status === 'failed').map((check) => check.code)).toContain(code);
  });

  it('reports everything that is wrong with a log entry, not the first thing alone', async () => {
    const verifier = await sigstore.issueCertificate();
    const body = (right: EntryBody): EntryBody =>
      JSON.parse(
        JSON.stringify(right)
          .replace(/"signature":"[^"]+"/, `"signature":"${other.toString('base64')}"`)
          .replace(/("payloadHash":\{[^}]*"value":")[0-9a-f]+/, `$1${otherDigest}`),
      ) as EntryBody;
    const wrong = ['log-entry-signature-mismatch', 'log-entry-key-mismatch', 'log-entry-hash-mismatch'];
    const { checks } = await attempt({ sign: { logs: [{ log: sigstore.rekor, verifier, body }] } });
    expect(checks.map(({ code }) => code)).toEqual(expect.arrayContaining(wrong));
  });

  it('refuses an entry about another signature even if no key is named to compare it with', async () => {
    const made = logged(/"signature":"[^"]+"/, `"signature":"${other.toString('base64')}"`);
    const { checks } = await attempt({ ...made, signer: generateKeyPair() });
    expect(checks).toContainEqual(expect.objectContaining({ code: 'log-entry-signature-mismatch', status: 'failed' }));
  });

  it.each([{ eku: [] }, { ekuCritical: false }, { eku: ['1.3.6.1.5.5.7.3.3'] }])(
    'refuses a timestamp of an authority without the one critical purpose: %j',
    async (options) => {
      const authority = await createTimestampAuthority({ now, ...options });
      const report = await attempt({
        sign: { timestamps: [authority] },
        root: (root) =>
          void root.timestampAuthorities[0]?.certChain.certificates.splice(
            0,
            9,
            ...authority.chain.map((bytes) => ({ rawBytes: bytes.toString('base64') })),
          ),
      });
      expect(report.refusedBecause).toBe('timestamp-purpose');
    },
  );
});

describe('evidence that does not count takes nothing away', () => {
  it('ignores a token of an unknown authority next to a good log entry', async () => {
    const report = await attempt({
      sign: { timestamps: [sigstore.tsa] },
      root: (root) => void (root.timestampAuthorities = []),
    });
    expect(report.accepted).toBe(true);
    expect(report.checks).toContainEqual(
      expect.objectContaining({ code: 'timestamp-authority-unknown', status: 'skipped' }),
    );
  });

  it('relaxes a number only when the policy says so', async () => {
    const sign = { logs: [], timestamps: [sigstore.tsa] };
    expect((await attempt({ sign, policy: { ...policy, require: { log: 0 } } })).accepted).toBe(true);
    expect(
      (await attempt({ certificate: { scts: 'none' }, policy: { ...policy, require: { sct: 0 } } })).accepted,
    ).toBe(true);
    const none = { sign: { logs: [], timestamps: [] }, policy: { ...policy, require: { log: 0, time: 0 } } };
    expect((await attempt(none)).accepted).toBe(true);
    expect((await attempt({ ...none, now: new Date(now.getTime() + 3_600_000) })).refusedBecause).toBe(
      'certificate-expired',
    );
  });

  it('takes a timestamp for the latest moment that it can mean, and reports how exact it is', async () => {
    const seconds = 1_000;
    const made = (at: Date, accuracy: TimestampUse['accuracy'], more: object = {}): Attempt => ({
      sign: {
        logs: [],
        timestamps: [{ authority: sigstore.tsa, at, ...(accuracy === undefined ? {} : { accuracy }) }],
      },
      policy: { ...policy, require: { log: 0 } },
      now: new Date(now.getTime() + 3_600_000),
      ...more,
    });
    const end = new Date(now.getTime() + 600 * seconds);
    const before = (ms: number): Date => new Date(end.getTime() - ms);
    expect((await attempt(made(before(1000), { seconds: 1 }))).accepted).toBe(true);
    expect((await attempt(made(before(999), { seconds: 1 }))).refusedBecause).toBe('certificate-expired');
    expect((await attempt(made(before(0), false))).accepted).toBe(true);
    // Never the other way: Sigstore's TSA, exact to a second, stamps in the second in which the certificate begins.
    const timesOf = async (accuracy: TimestampUse['accuracy']): Promise<unknown> => {
      const { bundle, trust } = await mint(sigstore, made(now, accuracy));
      const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
      const asked = { ...policy, require: { log: 0 } };
      return (await verifyBundle(bundle, artifact, asked, options)).signature.times;
    };
    const time = { time: now.toISOString(), source: 'timestamp-authority', authority: sigstore.tsa.uri };
    expect(await timesOf({ seconds: 1 })).toEqual([{ ...time, accuracyMs: 1000 }]);
    expect(await timesOf(false)).toEqual([time]);
    const signer = generateKeyPair();
    const until = (ms: number): object => ({
      signer,
      policy: {
        signedBy: { key: signer.spki, validUntil: new Date(now.getTime() + ms).toISOString() },
        require: { log: 0 },
      },
    });
    expect((await attempt(made(now, { seconds: 1 }, until(1000)))).accepted).toBe(true);
    expect((await attempt(made(now, { seconds: 1 }, until(999)))).refusedBecause).toBe('key-expired');
  });

  it('counts distinct logs, not entries', async () => {
    const two = { ...policy, require: { log: 2 } };
    const kinds = { logs: [sigstore.rekor, { log: sigstore.rekor, kind: 'intoto' as const }] };
    expect((await attempt({ sign: kinds, policy: two })).refusedBecause).toBe('log-missing');
    expect((await attempt({ sign: { logs: [sigstore.rekor, sigstore.rekor2] }, policy: two })).accepted).toBe(true);
  });

  it('ends a key at its validity', async () => {
    const signer = generateKeyPair();
    const until = (hours: number): BundlePolicy => ({
      signedBy: { key: signer.spki, validUntil: new Date(now.getTime() + hours * 3_600_000).toISOString() },
    });
    expect((await attempt({ signer, policy: until(1) })).accepted).toBe(true);
    expect((await attempt({ signer, policy: until(-1) })).refusedBecause).toBe('key-expired');
    expect(
      (await attempt({ signer, sign: { logs: [], timestamps: [] }, policy: { ...until(1), require: { log: 0 } } }))
        .refusedBecause,
    ).toBe('freshness-unprovable');
  });
});

describe('texts that are not bundles', () => {
  it.each([
    ['no JSON', '{', 'bundle-not-json'],
    ['an unknown version', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.9+json"}', 'bundle-version-unknown'],
    ['a duplicate key', '{"mediaType":"a","mediaType":"b"}', 'bundle-not-json'],
    ['no material', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}', 'bundle-malformed'],
    ['null', 'null', 'bundle-version-unknown'],
  ])('refuses %s with a code', async (_, text, code) => {
    await expect(
      verifyBundle(text, artifact, policy, { trust: { json: JSON.stringify(sigstore.trustedRoot()) } }),
    ).rejects.toMatchObject({
      code: 'invalid-bundle',
      candidate: { refusedBecause: code },
    });
  });

  it('refuses a certificate that isn’t one', async () => {
    const report = await attempt({
      edit: (bundle) => void (bundle.verificationMaterial.certificate = { rawBytes: 'AAAA' }),
    });
    expect(report.refusedBecause).toBe('certificate-malformed');
  });

  it.each([0, 1])(
    'refuses a malformed key, in the signer’s certificate or in one that is carried along (%i)',
    async (index) => {
      // The first byte of an EC point says how it is written, and 5 means nothing.
      const edit = ({ verificationMaterial: { x509CertificateChain } }: BundleJson): void => {
        const certificate = x509CertificateChain?.certificates[index];
        if (certificate === undefined) throw new Error('the bundle has no such certificate');
        const der = Buffer.from(certificate.rawBytes, 'base64');
        const key = der.indexOf(Buffer.from([0x03, 0x42, 0x00, 0x04]));
        expect(key).toBeGreaterThan(0);
        der[key + 3] = 5;
        certificate.rawBytes = der.toString('base64');
      };
      const made: Attempt = { sign: { version: '0.1', logs: [sigstore.rekor] } };
      expect((await attempt(made)).accepted).toBe(true);
      const report = await attempt({ ...made, edit });
      expect(report.refusedBecause).toBe('certificate-malformed');
      expect(report.checks[0]?.message).toContain('an EC key is not an uncompressed point of its curve');
    },
  );
});

function listTwice(root: TrustedRootJson): void {
  const old = structuredClone(root.tlogs);
  for (const { publicKey } of old) ended(publicKey.validFor);
  root.tlogs.unshift(...old);
}

describe('a Bundle of @sigstore/bundle', () => {
  it('is verified as the JSON that it stands for, by both judges', async () => {
    const { bundle, trust } = await mint(sigstore, {});
    const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
    const { report } = await verifyBundle(bundleFromJSON(bundle), artifact, policy, options);
    expect([report.accepted, report.secondJudge.verdict]).toEqual([true, 'accepted']);
  });

  it('is refused for what is wrong with it', async () => {
    const { bundle, trust } = await mint(sigstore, { sign: { signature: flipped } });
    const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
    await expect(verifyBundle(bundleFromJSON(bundle), artifact, policy, options)).rejects.toMatchObject({
      code: 'no-match',
      candidate: { refusedBecause: 'signature-invalid' },
    });
  });

  it('is malformed if it can’t be written as JSON', async () => {
    const message = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', content: { $case: 'dsseEnvelope' } };
    await expect(
      verifyBundle(message, artifact, policy, { trust: { json: JSON.stringify(sigstore.trustedRoot()) } }),
    ).rejects.toMatchObject({ code: 'invalid-bundle', candidate: { refusedBecause: 'bundle-malformed' } });
  });
});
