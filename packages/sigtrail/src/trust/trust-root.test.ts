import {
  type BundleJson,
  type BundleOptions,
  type CertificateAuthority,
  type CertificateOptions,
  createCertificateAuthority,
  createCtLog,
  createLog,
  createSigstore,
  createTimestampAuthority,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type KeyKind,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSigtrailError } from '../error.ts';
import type { SignerRule } from '../policy/policy.ts';
import type { CandidateReport } from '../report/report.ts';
import { type BundlePolicy, verifyBundle } from '../verify-bundle.ts';
import type { TrustInput } from './load-trust.ts';
import { trustRoot } from './trust-root.ts';
import type { TrustParts } from './trust-parts.ts';

const artifact = Buffer.from('the artifact');
const now = new Date('2026-03-01T12:00:00Z');
const identity: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const own: SignerRule = { profile: 'pki', subject: 'https://acme.test/release' };
const ownLeaf: CertificateOptions = {
  san: [{ kind: 'uri', value: 'https://acme.test/release' }],
  issuer: {},
  scts: 'none',
};
let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const pem = (chain: readonly Buffer[]): string =>
  chain
    .map((der) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`)
    .join('# a comment, as openssl writes them\n');

/** All of the sigstore in memory, part by part. */
const allParts = (): Required<TrustParts> => ({
  certificateAuthorities: [{ certificates: pem(sigstore.ca.chain), profile: 'fulcio' }],
  certificateTransparencyLogs: [{ publicKey: sigstore.ctLog.key.pem }],
  transparencyLogs: [{ publicKey: sigstore.rekor.key.pem }, { publicKey: sigstore.rekor2.key.spki }],
  timestampAuthorities: [{ certificates: pem(sigstore.tsa.chain) }],
});

interface Attempt {
  readonly certificate?: CertificateOptions;
  readonly sign?: Partial<BundleOptions>;
  readonly trust?: TrustInput;
  readonly parts?: TrustParts;
  readonly policy?: BundlePolicy;
  readonly now?: Date;
}

/** Signs and verifies: accepted, or the code of the first failure. */
async function outcome(made: Attempt): Promise<string | undefined> {
  const report = await attempt(made);
  return report.accepted ? 'accepted' : report.refusedBecause;
}

async function attempt(made: Attempt): Promise<CandidateReport> {
  const signer = await sigstore.issueCertificate(made.certificate ?? {});
  const bundle = sigstore.signBundle({ ...made.sign, content: 'message', artifact, signer });
  const trust = made.trust ?? trustRoot.fromParts({ ...allParts(), ...made.parts });
  try {
    const options = { trust, now: () => made.now ?? now };
    return (await verifyBundle(bundle, artifact, made.policy ?? { signedBy: identity }, options)).report;
  } catch (error) {
    if (isSigtrailError(error) && error.candidate !== undefined) return error.candidate;
    throw error;
  }
}

const rooted = (authority: CertificateAuthority, part: object = {}): TrustParts => ({
  certificateAuthorities: [{ anchors: pem(authority.chain.slice(-1)), profile: 'pki', ...part }],
});

describe('trust from parts', () => {
  it('accepts what the same trusted root accepts, from PEM and DER', async () => {
    expect(await outcome({})).toBe('accepted');
    expect(await outcome({ sign: { logs: [sigstore.rekor2] } })).toBe('accepted');
    expect(await outcome({ trust: { json: JSON.stringify(sigstore.trustedRoot()) } })).toBe('accepted');
  });

  it.each([
    ['certificateAuthorities', 'certificate-issuer-unknown'],
    ['certificateTransparencyLogs', 'sct-log-unknown'],
    ['transparencyLogs', 'log-unknown'],
  ] as const)('trusts nothing of a kind that is left out: %s', async (list, code) => {
    expect(await outcome({ parts: { [list]: [] }, sign: { timestamps: [sigstore.tsa] } })).toBe(code);
  });

  it('counts no timestamp of an authority that is left out', async () => {
    expect(await outcome({ parts: { timestampAuthorities: [] }, sign: { logs: [sigstore.rekor2] } })).toBe(
      'timestamp-authority-unknown',
    );
  });

  const ended = { validFor: { end: new Date(now.getTime() - 1000) } };
  it.each([
    ['certificateAuthorities', 'certificate-authority-not-valid'],
    ['certificateTransparencyLogs', 'sct-log-not-valid'],
    ['transparencyLogs', 'log-not-valid'],
  ] as const)('holds each of %s to its window', async (list, code) => {
    const parts = allParts()[list].map((part) => ({ ...part, ...ended }));
    expect(await outcome({ parts: { [list]: parts }, sign: { timestamps: [sigstore.tsa] } })).toBe(code);
    // The last moment belongs to the window; the timestamp, accurate to a second, may mean that one.
    const validFor = { start: '2026-01-01T00:00:00Z', end: new Date(now.getTime() + 1000) };
    const open = allParts()[list].map((part) => ({ ...part, validFor }));
    expect(await outcome({ parts: { [list]: open }, sign: { timestamps: [sigstore.tsa] } })).toBe('accepted');
  });

  it('reads its own document back to the same trust', () => {
    const root = trustRoot.fromParts({ ...allParts(), ...rooted(sigstore.ca, { relax: ['time'] }) });
    expect(trustRoot.fromJson(root.json)).toEqual(root);
    expect(trustRoot.fromJson(root.json).certificateAuthorities[0]).toMatchObject({ profile: 'pki', relax: ['time'] });
  });

  it.each<[string, TrustParts, string]>([
    [
      'a file without a certificate',
      { certificateAuthorities: [{ certificates: 'x', profile: 'pki' }] },
      'certificateAuthorities[0].certificates',
    ],
    [
      'a key where a log’s should be',
      { transparencyLogs: [{ publicKey: pem([Buffer.of(0x30, 0)]) }] },
      'transparencyLogs[0].publicKey',
    ],
    [
      'a time without zone',
      { transparencyLogs: [{ publicKey: sharedKey(), validFor: { start: '2026-01-01' } }] },
      'tlogs[0].publicKey.validFor.start',
    ],
    [
      'a broken block',
      { timestampAuthorities: [{ certificates: '-----BEGIN CERTIFICATE-----\nMII' }] },
      'timestampAuthorities[0].certificates',
    ],
  ])('refuses %s, with its place', (_, parts, path) => {
    expect(() => trustRoot.fromParts(parts)).toThrow(expect.objectContaining({ code: 'invalid-trusted-root', path }));
  });

  it('refuses a chain that is not in order, and one that does not hold', () => {
    const reversed = { certificates: pem(sigstore.ca.chain.toReversed()), profile: 'pki' } as const;
    expect(() => trustRoot.fromParts({ certificateAuthorities: [reversed] })).toThrow(/anchor last/);
    const foreign = {
      certificates: pem([sigstore.ca.chain[0], sigstore.tsa.chain.at(-1)].flatMap((der) => der ?? [])),
      profile: 'pki',
    } as const;
    expect(() => trustRoot.fromParts({ certificateAuthorities: [foreign] })).toThrow(/did not issue/);
  });

  it.each<[object, string]>([
    [{ certificateAuthoritys: [] }, 'unknown-option'],
    [{ certificateAuthorities: [{ certificates: 'x' }] }, 'invalid-option'],
    [{ certificateAuthorities: [{ profile: 'pki' }] }, 'invalid-option'],
    [{ certificateAuthorities: [{ profile: 'pki', certificates: 'x', relax: ['everything'] }] }, 'invalid-option'],
    [{ transparencyLogs: {} }, 'invalid-option'],
  ])('takes no options it does not know: %j', (parts, code) => {
    expect(() => trustRoot.fromParts(parts)).toThrow(expect.objectContaining({ name: 'TypeError', code }));
  });
});

describe('profile pki', () => {
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await createCertificateAuthority({
      name: 'acme PKI',
      now,
      certificates: [{ kind: 'rsa2048' }, { kind: 'p384' }, { kind: 'p521' }, { kind: 'p256', pathLength: 0 }],
    });
  });
  const whole = (): TrustParts => ({
    certificateAuthorities: [{ certificates: pem(authority.chain), profile: 'pki' }],
  });
  const ask = (made: Attempt): Attempt => ({
    policy: { signedBy: own },
    parts: whole(),
    ...made,
    certificate: { ...ownLeaf, authority, ...made.certificate },
  });

  it('asks for no SCT and no issuer, at any depth', async () => {
    expect(await outcome(ask({}))).toBe('accepted');
  });
  it('asks for a log and for a time', async () => {
    expect(await outcome(ask({ sign: { logs: [], timestamps: [sigstore.tsa] } }))).toBe('log-missing');
    expect(await outcome(ask({ sign: { logs: [] } }))).toBe('log-missing');
    const noLog = { signedBy: own, require: { log: 0 } };
    expect(await outcome(ask({ policy: noLog, sign: { logs: [], timestamps: [sigstore.tsa] } }))).toBe('accepted');
    expect(await outcome(ask({ policy: noLog, sign: { logs: [] } }))).toBe('time-missing');
  });
  it('asks for an SCT under profile fulcio, of the very same certificate', async () => {
    const fulcio = { certificateAuthorities: [{ certificates: pem(authority.chain), profile: 'fulcio' as const }] };
    expect(await outcome(ask({ parts: fulcio }))).toBe('profile-mismatch');
    const rule = { signedBy: { ...identity, subject: 'https://acme.test/release' } as SignerRule };
    expect(await outcome(ask({ parts: fulcio, policy: rule, certificate: { issuer: GITHUB_ISSUER } }))).toBe(
      'sct-missing',
    );
  });
  it('never takes a Fulcio certificate for one of its own', async () => {
    const both = {
      certificateAuthorities: [...allParts().certificateAuthorities, ...(whole().certificateAuthorities ?? [])],
    };
    const leaf = { san: ownLeaf.san ?? [], authority: sigstore.ca };
    expect(await outcome({ parts: both, policy: { signedBy: own }, certificate: leaf })).toBe('profile-mismatch');
  });
  it('asks for the purpose code signing, unless relaxed', async () => {
    const certificate = { eku: [] };
    expect(await outcome(ask({ certificate }))).toBe('certificate-purpose');
    const parts = rooted(authority, {
      certificates: pem(authority.chain),
      anchors: undefined,
      relax: ['code-signing'],
    });
    expect(await outcome(ask({ certificate, parts }))).toBe('accepted');
    const time = rooted(authority, { certificates: pem(authority.chain), anchors: undefined, relax: ['time'] });
    expect(await outcome(ask({ certificate, parts: time }))).toBe('certificate-purpose');
  });
  it('judges at its clock when the time is relaxed', async () => {
    const parts = rooted(authority, { certificates: pem(authority.chain), anchors: undefined, relax: ['time'] });
    const untimed = { parts, policy: { signedBy: own, require: { log: 0 } }, sign: { logs: [] } };
    expect(await outcome(ask(untimed))).toBe('accepted');
    expect(await outcome(ask({ ...untimed, now: new Date(now.getTime() + 3_600_000) }))).toBe('certificate-expired');
  });
  it('trusts an anchor that is not self-signed', async () => {
    const [issuing, upper] = authority.chain;
    const parts = rooted(authority, {
      anchors: undefined,
      certificates: pem([issuing, upper].flatMap((der) => der ?? [])),
    });
    expect(await outcome(ask({ parts }))).toBe('accepted');
    const other = await createCertificateAuthority({ now, name: 'acme PKI' });
    expect(await outcome(ask({ parts: rooted(other) }))).toBe('certificate-issuer-unknown');
  });
  it('finds its way through a pool of intermediates', async () => {
    const intermediates = pem(authority.chain.slice(0, -1).toReversed());
    expect(await outcome(ask({ parts: rooted(authority, { intermediates }) }))).toBe('accepted');
    const gap = pem(authority.chain.slice(0, 1));
    expect(await outcome(ask({ parts: rooted(authority, { intermediates: gap }) }))).toBe('certificate-issuer-unknown');
  });
  it('uses certificates beside a signature as untrusted intermediates, and only here', async () => {
    const short = await createCertificateAuthority({ now, certificates: [{}, { pathLength: 0 }] });
    const certificate = { ...ownLeaf, authority: short };
    const beside = { sign: { version: '0.2' } as const, policy: { signedBy: own }, certificate };
    expect(await outcome({ ...beside, parts: rooted(short) })).toBe('accepted');
    expect(await outcome({ ...beside, sign: { version: '0.3' }, parts: rooted(short) })).toBe(
      'certificate-issuer-unknown',
    );
    expect(await outcome({ ...beside, parts: rooted(short, { profile: 'fulcio' }) })).toBe(
      'certificate-issuer-unknown',
    );
  });
  it('takes a chain in a v0.3 bundle only if its authority is relaxed to allow it', async () => {
    const short = await createCertificateAuthority({ now, certificates: [{}, { pathLength: 0 }] });
    const carried = {
      sign: { withChain: true } as const,
      policy: { signedBy: own },
      certificate: { ...ownLeaf, authority: short },
    };
    const relaxed = { relax: ['single-certificate' as const] };
    expect(await outcome({ ...carried, parts: rooted(short, relaxed) })).toBe('accepted');
    expect(await outcome({ ...carried, parts: rooted(short) })).toBe('bundle-chain-unexpected');
    expect(await outcome({ ...carried, parts: rooted(short, { relax: ['time', 'code-signing'] }) })).toBe(
      'bundle-chain-unexpected',
    );
    // Under every issuer: what one authority may have says nothing about another, and a chain without an authority leads nowhere.
    const two = { certificateAuthorities: [{ anchors: pem(short.chain.slice(-1)), profile: 'pki' as const }] };
    const stranger = rooted(await createCertificateAuthority({ now, name: 'acme PKI' }), relaxed);
    expect(
      await outcome({
        ...carried,
        parts: {
          ...stranger,
          certificateAuthorities: [...(stranger.certificateAuthorities ?? []), ...two.certificateAuthorities],
        },
      }),
    ).toBe('bundle-chain-unexpected');
    expect(await outcome({ ...carried, parts: stranger })).toBe('certificate-issuer-unknown');
    // An anchor never comes with the artifact, relaxed or not.
    const withRoot = (bundle: BundleJson): BundleJson => {
      const root = short.chain.at(-1)?.toString('base64') ?? '';
      bundle.verificationMaterial.x509CertificateChain?.certificates.push({ rawBytes: root });
      return bundle;
    };
    const rootBeside = { ...carried, sign: { withChain: true, edit: withRoot } as const };
    expect(await outcome({ ...rootBeside, parts: rooted(short, relaxed) })).toBe('bundle-root-certificate');
  });
  it('relaxes a trusted root from a file in the same words, and only under its own profile', async () => {
    const short = await createCertificateAuthority({ now, certificates: [{}, { pathLength: 0 }] });
    const anchor = { ...short, chain: short.chain.slice(-1) };
    const json = JSON.stringify(sigstore.trustedRoot({ authorities: [anchor] }));
    const carried = {
      sign: { withChain: true } as const,
      policy: { signedBy: own },
      certificate: { ...ownLeaf, authority: short },
    };
    const relax = ['single-certificate'] as const;
    expect(await outcome({ ...carried, trust: { json, profile: 'pki', relax } })).toBe('accepted');
    expect(await outcome({ ...carried, trust: { json, profile: 'pki', relax: [] } })).toBe('bundle-chain-unexpected');
    for (const wrong of [
      { json, relax },
      { json, profile: 'fulcio', relax },
      { json, profile: 'pki', relax: ['chain'] },
      { json, profile: 'pki', relax: 'time' },
    ])
      await expect(outcome({ ...carried, trust: wrong })).rejects.toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'invalid-option' }),
      );
  });
  it('says in the report what is asked less of', async () => {
    const { checks } = await attempt(ask({ certificate: { eku: [] } }));
    expect(checks.find(({ check }) => check === 'certificate-purpose')?.status).toBe('failed');
  });
});

describe('profile github', () => {
  const github = { certificateAuthorities: [] as TrustParts['certificateAuthorities'] & object };
  const parts = (): TrustParts => ({
    ...github,
    certificateAuthorities: [{ certificates: pem(sigstore.ca.chain), profile: 'github' }],
    transparencyLogs: [],
    certificateTransparencyLogs: [],
  });
  const certificate: CertificateOptions = { scts: 'none' };

  it('asks for a timestamp, and neither for a log nor for an SCT', async () => {
    const sign = { logs: [], timestamps: [sigstore.tsa] };
    expect(await outcome({ parts: parts(), certificate, sign })).toBe('accepted');
    expect(await outcome({ parts: parts(), certificate, sign: { logs: [] } })).toBe('time-missing');
  });
  it('takes no log’s word for the time', async () => {
    const withLog = { ...parts(), transparencyLogs: allParts().transparencyLogs };
    expect(await outcome({ parts: withLog, certificate })).toBe('time-missing');
  });
  it('lowers nothing for a public root that is trusted, too', async () => {
    const other = await createSigstore({ now });
    const { certificateAuthorities } = trustRoot.combine([
      trustRoot.fromJson(JSON.stringify(other.trustedRoot()), 'github'),
      trustRoot.fromJson(JSON.stringify(sigstore.trustedRoot())),
    ]);
    expect(certificateAuthorities.map(({ profile }) => profile)).toEqual(['github', 'fulcio']);
    const trust = [
      { json: JSON.stringify(other.trustedRoot()), profile: 'github' as const },
      { json: JSON.stringify(sigstore.trustedRoot()) },
    ];
    const sign = { logs: [], timestamps: [sigstore.tsa] };
    expect(await outcome({ trust, sign })).toBe('log-missing');
    expect(await outcome({ trust, certificate: { ...certificate, authority: other.ca }, sign })).toBe('accepted');
  });
});

describe('logs', () => {
  it.each<KeyKind>(['p256', 'p384', 'p521', 'ed25519', 'rsa2048'])(
    'verifies a Rekor v1 with a key %s',
    async (kind) => {
      const log = createLog({ now, kind });
      const parts = { transparencyLogs: [{ publicKey: log.key.pem }] };
      expect(await outcome({ parts, sign: { logs: [log] } })).toBe('accepted');
      expect(await outcome({ sign: { logs: [log] } })).toBe('log-unknown');
    },
  );
  it.each<KeyKind>(['p256', 'p384', 'rsa2048'])('verifies SCTs of a CT log with a key %s', async (kind) => {
    const log = createCtLog({ now, kind });
    const parts = { certificateTransparencyLogs: [{ publicKey: log.key.pem }] };
    expect(await outcome({ parts, certificate: { scts: [{ log }] } })).toBe('accepted');
    expect(await outcome({ certificate: { scts: [{ log }] } })).toBe('sct-log-unknown');
    expect(await outcome({ parts, certificate: { scts: [{ log, corrupt: true }] } })).toBe('sct-invalid');
  });
  it('knows a log by its key, whatever name it is reached at', async () => {
    const root = sigstore.trustedRoot();
    for (const log of root.tlogs) log.baseUrl = 'http://127.0.0.1:5807';
    const report = await attempt({ trust: { json: JSON.stringify(root) } });
    expect([report.accepted, report.secondJudge.verdict]).toEqual([true, 'not-applicable']);
    const second = await attempt({ trust: { json: JSON.stringify(root) }, sign: { logs: [sigstore.rekor2] } });
    expect([second.accepted, second.secondJudge.verdict]).toEqual([true, 'not-applicable']);
  });
  it.each([0, 1])('finds the key among several that stand under one id, in any order (%i)', async (turn) => {
    const other = createLog({ now });
    const root = sigstore.trustedRoot();
    const [mine] = root.tlogs;
    if (mine === undefined) throw new Error('no log');
    const twin = { ...mine, publicKey: { ...mine.publicKey, rawBytes: other.key.spki.toString('base64') } };
    root.tlogs = turn === 0 ? [twin, mine] : [mine, twin];
    const trust = { json: JSON.stringify(root) };
    expect(await outcome({ trust })).toBe('accepted');
    expect(
      await outcome({ trust, sign: { logs: [{ log: sigstore.rekor, promise: false }], timestamps: [sigstore.tsa] } }),
    ).toBe('accepted');
    root.tlogs = [twin];
    expect(await outcome({ trust: { json: JSON.stringify(root) } })).toBe('log-set-invalid');
  });
});

describe('timestamp authorities', () => {
  it('trusts a certificate that stands alone', async () => {
    const parts = { timestampAuthorities: [{ certificates: pem(sigstore.tsa.chain.slice(0, 1)) }] };
    const sign = { logs: [sigstore.rekor2] };
    const report = await attempt({ parts, sign });
    expect([report.accepted, report.refusedBecause, report.secondJudge.verdict]).toEqual([
      true,
      undefined,
      'not-applicable',
    ]);
    const late = await createTimestampAuthority({ now, notAfter: new Date(now.getTime() - 1000) });
    const alone = { timestampAuthorities: [{ certificates: pem(late.chain.slice(0, 1)) }] };
    expect(await outcome({ parts: alone, sign: { logs: [sigstore.rekor2], timestamps: [late] } })).toBe(
      'timestamp-chain',
    );
  });
});

function sharedKey(): string {
  return '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==\n-----END PUBLIC KEY-----\n';
}
