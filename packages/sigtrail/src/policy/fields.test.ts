import { readFileSync } from 'node:fs';
import { CLAIM_OIDS, type ClaimName } from '@sigtrail/fulcio-claims/extensions';
import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPolicyWorld, now, type PolicyWorld } from '../../test/policy-world.ts';
import { deny } from './callback.ts';
import { glob, re2, re2Search } from './pattern.ts';
import type { ImagePolicy, SignerRule } from './policy.ts';
import { slsa } from './slsa.ts';
import { vsa } from './vsa.ts';

// Every field of a policy with a policy that holds and one that doesn't, in which only that field differs.
const CLAIM_NAMES = Object.keys(CLAIM_OIDS).filter((name) => name !== 'issuer') as Exclude<ClaimName, 'issuer'>[];
const identity = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const key = generateKeyPair();
const otherKey = generateKeyPair();
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const predicate = {
  buildDefinition: {
    buildType: 'https://acme.test/build/v1',
    externalParameters: {
      workflow: {
        repository: 'https://github.com/acme/app',
        ref: 'refs/tags/v1',
        path: '.github/workflows/release.yml',
      },
    },
    resolvedDependencies: [{ uri: 'git+https://github.com/acme/app@refs/tags/v1', digest: { gitCommit: 'c0ffee' } }],
  },
  runDetails: { builder: { id: 'https://acme.test/builder' } },
};
const vex = (status: string): object => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://acme.test/vex/1',
  author: 'acme',
  timestamp: '2026-02-01T00:00:00Z',
  version: 1,
  statements: [{ vulnerability: { name: 'CVE-2026-0001' }, status, products: [{ '@id': 'pkg:oci/app' }] }],
});

const summaryOf = (more: object): object => ({
  verifier: { id: 'https://acme.test/verifier' },
  resourceUri: 'ghcr.io/acme/app',
  policy: { uri: 'https://acme.test/policy' },
  verificationResult: 'PASSED',
  verifiedLevels: ['SLSA_BUILD_LEVEL_3', 'ACME_REVIEWED'],
  ...more,
});

let world: PolicyWorld;
let byCertificate: object;
let byKey: object;
let provenance: object;
let exploitable: object;
let summary: object;
beforeAll(async () => {
  world = await createPolicyWorld();
  const { sigstore } = world;
  const certificate = {
    claims: Object.fromEntries(CLAIM_NAMES.map((name) => [CLAIM_OIDS[name], `this ${name}`])),
  };
  byCertificate = await world.sign({
    certificate,
    statement: { annotations: { channel: 'stable' } },
    sign: { logs: [sigstore.rekor, sigstore.rekor2], timestamps: [sigstore.tsa, sigstore.tsa] },
  });
  byKey = await world.sign({ signer: key, sign: { timestamps: [sigstore.tsa] } });
  provenance = await world.sign({
    certificate: {},
    statement: { predicateType: PROVENANCE, predicate: predicate },
  });
  summary = await world.sign({
    certificate: {},
    statement: { predicateType: 'https://slsa.dev/verification_summary/v1', predicate: summaryOf({}) as never },
  });
  exploitable = await world.sign({
    statement: { predicateType: 'https://openvex.dev/ns', predicate: vex('affected') as never },
  });
});

interface Row {
  readonly field: string;
  readonly holds: () => ImagePolicy;
  /** Default: the same policy, at another time or about another signature. */
  readonly fails?: () => ImagePolicy;
  readonly failsAt?: Date;
  readonly failsAbout?: () => readonly object[];
  readonly about?: () => readonly object[];
}

const rule = (more: object): SignerRule => ({ ...identity, ...more });
const keyRule = (more: object): SignerRule => ({ key: key.pem, ...more });
const signed = (more: object): ImagePolicy => ({ signedBy: rule(more) });

const rows: readonly Row[] = [
  { field: 'issuer', holds: () => signed({}), fails: () => signed({ issuer: 'https://gitlab.com' }) },
  {
    field: 'issuer, any of a list',
    holds: () => signed({ issuer: ['https://gitlab.com', GITHUB_ISSUER] }),
    fails: () => signed({ issuer: ['https://gitlab.com', 'https://other.test'] }),
  },
  {
    field: 'issuer, letter case',
    holds: () => signed({}),
    fails: () => signed({ issuer: GITHUB_ISSUER.toUpperCase() }),
  },
  { field: 'subject', holds: () => signed({}), fails: () => signed({ subject: `${GITHUB_WORKFLOW}x` }) },
  {
    field: 'subject, any of a list',
    holds: () => signed({ subject: ['a@acme.test', GITHUB_WORKFLOW] }),
    fails: () => signed({ subject: ['a@acme.test', 'b@acme.test'] }),
  },
  {
    field: 'subject, glob',
    holds: () => signed({ subject: glob('https://github.com/acme/*/.github/workflows/release.yml@refs/heads/*') }),
    fails: () => signed({ subject: glob('https://github.com/acme/*') }),
  },
  {
    field: 'subject, re2 is a whole match',
    holds: () => signed({ subject: re2('https://github\\.com/acme/app/.*') }),
    fails: () => signed({ subject: re2('https://github\\.com/acme/app') }),
  },
  {
    field: 'subject, re2Search is a search',
    holds: () => signed({ subject: re2Search('acme/app') }),
    fails: () => signed({ subject: re2Search('acme/other') }),
  },
  {
    field: 'profile',
    holds: () => signed({ profile: 'fulcio' }),
    fails: () => signed({ profile: 'github' }),
  },
  {
    field: 'subject.uri',
    holds: () => signed({ subject: { uri: GITHUB_WORKFLOW } }),
    fails: () => signed({ subject: { email: GITHUB_WORKFLOW } }),
  },
  ...CLAIM_NAMES.map(
    (name): Row => ({
      field: `claim ${name}`,
      holds: () => signed({ [name]: `this ${name}` }),
      fails: () => signed({ [name]: `other ${name}` }),
    }),
  ),
  {
    field: 'annotations',
    holds: () => signed({ annotations: { channel: 'stable' } }),
    fails: () => signed({ annotations: { channel: 'beta' } }),
  },
  {
    field: 'annotations, name',
    holds: () => signed({ annotations: { channel: glob('*') } }),
    fails: () => signed({ annotations: { chanel: glob('*') } }),
  },
  {
    field: 'signedAfter',
    holds: () => signed({ signedAfter: '2026-03-01T12:00:00Z' }),
    fails: () => signed({ signedAfter: '2026-03-01T12:00:01Z' }),
  },
  {
    field: 'maxAge',
    holds: () => signed({ maxAge: '1s' }),
    failsAt: new Date(now.getTime() + 1001),
  },
  {
    field: 'notOlderThan',
    holds: () => signed({ notOlderThan: '2026-03-01T12:00:00Z' }),
    fails: () => signed({ notOlderThan: '2026-03-01T12:00:00.001Z' }),
  },
  { field: 'accept', holds: () => signed({ accept: () => true }), fails: () => signed({ accept: () => deny('no') }) },
  {
    field: 'key',
    about: () => [byKey],
    holds: () => ({ signedBy: keyRule({}) }),
    fails: () => ({ signedBy: keyRule({ key: otherKey.pem }) }),
  },
  {
    field: 'key, validFrom',
    about: () => [byKey],
    holds: () => ({ signedBy: keyRule({ validFrom: '2026-03-01T12:00:00Z' }) }),
    fails: () => ({ signedBy: keyRule({ validFrom: '2026-03-01T12:00:01Z' }) }),
  },
  {
    field: 'key, validUntil',
    about: () => [byKey],
    holds: () => ({ signedBy: keyRule({ validUntil: '2026-03-01T12:00:00Z' }) }),
    fails: () => ({ signedBy: keyRule({ validUntil: '2026-03-01T11:59:59Z' }) }),
  },
  {
    field: 'signedBy, any of a list',
    holds: () => ({ signedBy: [keyRule({}), rule({})] }),
    fails: () => ({ signedBy: [keyRule({}), rule({ issuer: 'https://other.test' })] }),
  },
  {
    field: 'require.log counts distinct logs',
    holds: () => ({ signedBy: identity, require: { log: 2 } }),
    fails: () => ({ signedBy: identity, require: { log: 3 } }),
  },
  {
    field: 'require.sct',
    holds: () => ({ signedBy: identity, require: { sct: 1 } }),
    fails: () => ({ signedBy: identity, require: { sct: 2 } }),
  },
  {
    field: 'require.time',
    holds: () => ({ signedBy: identity, require: { time: 2 } }),
    fails: () => ({ signedBy: identity, require: { time: 3 } }),
  },
  {
    field: 'require.tsa counts distinct authorities',
    holds: () => ({ signedBy: identity, require: { tsa: 1 } }),
    fails: () => ({ signedBy: identity, require: { tsa: 2 } }),
  },
  {
    field: 'acceptAttestationsAsSignature',
    about: () => [provenance],
    holds: () => ({ signedBy: identity, acceptAttestationsAsSignature: [PROVENANCE] }),
    fails: () => ({ signedBy: identity, acceptAttestationsAsSignature: ['https://slsa.dev/provenance/v0.2'] }),
  },
  {
    field: 'dangerouslyAcceptAnySigner, certificates only',
    about: () => [byCertificate],
    holds: () => ({ dangerouslyAcceptAnySigner: true }),
    failsAbout: () => [byKey],
  },
  {
    field: 'attested.type',
    about: () => [provenance],
    holds: () => ({ attested: { type: 'slsaprovenance1', signedBy: identity } }),
    fails: () => ({ attested: { type: 'vuln', signedBy: identity } }),
  },
  {
    field: 'attested.signedBy',
    about: () => [provenance],
    holds: () => ({ attested: { type: PROVENANCE, signedBy: identity } }),
    fails: () => ({ attested: { type: PROVENANCE, signedBy: rule({ subject: 'a@acme.test' }) } }),
  },
  {
    field: 'attested.predicate, callback',
    about: () => [provenance],
    holds: () => ({ attested: { type: PROVENANCE, signedBy: identity, predicate: () => true } }),
    fails: () => ({ attested: { type: PROVENANCE, signedBy: identity, predicate: () => deny('no') } }),
  },
  ...(
    [
      ['builderId', 'https://acme.test/builder'],
      ['buildType', 'https://acme.test/build/v1'],
      ['sourceUri', 'https://github.com/acme/app'],
      ['sourceRef', 'refs/tags/v1'],
      ['sourceDigest', 'c0ffee'],
      ['entryPoint', '.github/workflows/release.yml'],
      ['materials', 'git+https://github.com/acme/app@refs/tags/v1'],
    ] as const
  ).map(([name, value]): Row => {
    const ask = (more: object): ImagePolicy => ({
      attested: {
        type: PROVENANCE,
        signedBy: identity,
        predicate: slsa({ builderId: 'https://acme.test/builder', ...more }),
      },
    });
    return {
      field: `slsa.${name}`,
      about: () => [provenance],
      holds: () => ask({ [name]: name === 'materials' ? [value] : value }),
      fails: () => ask({ [name]: name === 'materials' ? [`${value}x`] : `${value}x` }),
    };
  }),
  ...(
    [
      ['verifierId', 'https://acme.test/verifier', 'https://evil.test/verifier'],
      ['resourceUri', 'ghcr.io/acme/app', 'ghcr.io/acme/other'],
      ['policyUri', 'https://acme.test/policy', 'https://acme.test/other'],
      ['levels', ['SLSA_BUILD_LEVEL_2', 'ACME_REVIEWED'], ['SLSA_BUILD_LEVEL_4']],
    ] as const
  ).map(([name, value, other]): Row => {
    const ask = (more: object): ImagePolicy => ({
      attested: {
        type: 'vsa',
        signedBy: identity,
        predicate: vsa({ verifierId: 'https://acme.test/verifier', ...more }),
      },
    });
    return {
      field: `vsa.${name}`,
      about: () => [summary],
      holds: () => ask({ [name]: value }),
      fails: () => ask({ [name]: other }),
    };
  }),
  {
    field: 'atLeast',
    about: () => [byCertificate, byKey],
    holds: () => ({ atLeast: 2, of: [rule({}), keyRule({}), keyRule({ key: otherKey.pem })] }),
    fails: () => ({ atLeast: 3, of: [rule({}), keyRule({}), keyRule({ key: otherKey.pem })] }),
  },
  {
    field: 'allOf',
    about: () => [byCertificate, byKey],
    holds: () => ({ allOf: [{ signedBy: rule({}) }, { signedBy: keyRule({}) }] }),
    fails: () => ({ allOf: [{ signedBy: rule({}) }, { signedBy: keyRule({ key: otherKey.pem }) }] }),
  },
  {
    field: 'anyOf',
    about: () => [byKey],
    holds: () => ({ anyOf: [{ signedBy: rule({}) }, { signedBy: keyRule({}) }] }),
    fails: () => ({ anyOf: [{ signedBy: rule({}) }, { signedBy: keyRule({ key: otherKey.pem }) }] }),
  },
  {
    field: 'not',
    about: () => [byCertificate, byKey],
    holds: () => ({ allOf: [{ signedBy: rule({}) }, { not: { signedBy: keyRule({ key: otherKey.pem }) } }] }),
    fails: () => ({ allOf: [{ signedBy: rule({}) }, { not: { signedBy: keyRule({}) } }] }),
  },
  {
    field: 'vex.refuse',
    about: () => [byCertificate, exploitable],
    holds: () => ({
      allOf: [{ signedBy: rule({}) }, { vex: { signedBy: rule({}), refuse: ['under_investigation'] } }],
    }),
    fails: () => ({ allOf: [{ signedBy: rule({}) }, { vex: { signedBy: rule({}), refuse: ['affected'] } }] }),
  },
  {
    field: 'vex.signedBy',
    about: () => [byCertificate, exploitable],
    holds: () => ({ allOf: [{ signedBy: rule({}) }, { vex: { signedBy: keyRule({}) } }] }),
    fails: () => ({ allOf: [{ signedBy: rule({}) }, { vex: { signedBy: rule({}) } }] }),
  },
  {
    field: 'vex.vulnerabilities',
    about: () => [byCertificate, exploitable],
    holds: () => ({
      allOf: [{ signedBy: rule({}) }, { vex: { signedBy: rule({}), vulnerabilities: ['CVE-2026-9999'] } }],
    }),
    fails: () => ({
      allOf: [{ signedBy: rule({}) }, { vex: { signedBy: rule({}), vulnerabilities: ['CVE-2026-0001'] } }],
    }),
  },
  {
    field: 'acceptImage',
    holds: () => ({ signedBy: rule({}), acceptImage: () => true }),
    fails: () => ({ signedBy: rule({}), acceptImage: () => deny('no') }),
  },
];

describe('every field of a policy: it holds, and fails only because of that field', () => {
  it.each(rows)('$field', async ({ holds, fails, failsAt, failsAbout, about }) => {
    const bundles = about?.() ?? [byCertificate];
    expect((await world.decide(holds(), bundles)).outcome.status).toBe('satisfied');
    const other = await world.decide((fails ?? holds)(), failsAbout?.() ?? bundles, { now: failsAt ?? now });
    expect([other.outcome.status, other.signatures]).toEqual(['failed', []]);
  });

  it('is what docs/policy-fields.md lists', () => {
    const page = readFileSync(new URL('../../../../docs/policy-fields.md', import.meta.url), 'utf8');
    const [fields = ''] = page.split('\n## Other tests');
    const listed = [...fields.matchAll(/^\| `([^`]+)` \|/gm)].map(([, field]) => field);
    expect(listed).toHaveLength(rows.length);
    expect(new Set(listed)).toEqual(new Set(rows.map(({ field }) => field)));
  });

  it('has a row for each claim', () => {
    expect(rows.filter(({ field }) => field.startsWith('claim ')).length).toBe(Object.keys(CLAIM_OIDS).length - 1);
  });
});

describe('names of each kind', () => {
  const sans = {
    uri: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    email: 'release@acme.test',
    dns: 'build.acme.test',
    ip: '192.0.2.7',
    'other-name': 'acme-bot!acme.test',
  } as const;
  const kindOf = { uri: 'uri', email: 'email', dns: 'dns', ip: 'ip', 'other-name': 'userName' } as const;
  it.each(Object.entries(sans) as ['uri', string][])('matches a %s only as such', async (kind, value) => {
    const bundle = await world.sign({ certificate: { san: [{ kind, value }] } });
    for (const [other, name] of Object.entries(kindOf)) {
      const { outcome } = await world.decide(signed({ subject: { [name]: value } }), [bundle]);
      expect([other, outcome.status]).toEqual([other, other === kind ? 'satisfied' : 'failed']);
    }
  });

  it.each([
    ['an exact URI', GITHUB_WORKFLOW],
    ['a glob of a URI', glob('https://github.com/**')],
    ['an expression of a URI', re2('https?://github\\.com/.*')],
    ['an anchored expression', re2('^https:\\/\\/github\\.com\\/.*$')],
  ])('never matches an e-mail address with %s', async (_what, subject) => {
    // A mail server may well allow such a local part: the text fits, the kind doesn't.
    const bundle = await world.sign({ certificate: { san: [{ kind: 'email', value: GITHUB_WORKFLOW }] } });
    const { outcome, decisions } = await world.decide(signed({ subject }), [bundle]);
    expect(outcome.status).toBe('failed');
    expect(decisions[0]?.checks.find(({ status }) => status === 'failed')?.code).toBe('identity-kind-mismatch');
  });

  it.each([
    ['an exact address', 'a@acme.test'],
    ['a glob of addresses', glob('*@acme.test')],
    ['an expression of addresses', re2('.*@acme\\.test')],
  ])('never matches a URI with %s', async (_what, subject) => {
    const bundle = await world.sign({ certificate: { san: [{ kind: 'uri', value: 'a@acme.test' }] } });
    expect((await world.decide(signed({ subject }), [bundle])).outcome.status).toBe('failed');
  });
});

describe('a verification summary', () => {
  const asked: ImagePolicy = { attested: { type: 'vsa', signedBy: identity } };
  const verify = async (more: object, policy = asked): Promise<string> => {
    const predicate = summaryOf(more) as never;
    const statement = { predicateType: 'https://slsa.dev/verification_summary/v1', predicate };
    return (await world.decide(policy, [await world.sign({ certificate: {}, statement })])).outcome.status;
  };

  it('must have passed, even if the policy asks nothing of it', async () => {
    expect(await verify({})).toBe('satisfied');
    expect(await verify({ verificationResult: 'FAILED' })).toBe('failed');
    expect(await verify({ verifiedLevels: ['FAILED'] })).toBe('failed');
  });

  it('that failed can be asked for by code of one’s own', async () => {
    const isFailed = (predicate: unknown) =>
      (predicate as { readonly verificationResult: string }).verificationResult === 'FAILED' || deny('it passed');
    const policy: ImagePolicy = { attested: { type: 'vsa', signedBy: identity, predicate: isFailed } };
    expect(await verify({ verificationResult: 'FAILED' }, policy)).toBe('satisfied');
    expect(await verify({}, policy)).toBe('failed');
  });

  it.each([
    ['SLSA_BUILD_LEVEL_3', 'SLSA_BUILD_LEVEL_1', true],
    ['SLSA_BUILD_LEVEL_3', 'SLSA_BUILD_LEVEL_3', true],
    ['SLSA_BUILD_LEVEL_2', 'SLSA_BUILD_LEVEL_3', false],
    ['SLSA_SOURCE_LEVEL_4', 'SLSA_BUILD_LEVEL_1', false],
    ['SLSA_BUILD_LEVEL_UNEVALUATED', 'SLSA_BUILD_LEVEL_0', false],
    ['SLSA_BUILD_LEVEL_3', 'SLSA_BUILD_LEVEL_UNEVALUATED', false],
    ['SLSA_BUILD_LEVEL_UNEVALUATED', 'SLSA_BUILD_LEVEL_UNEVALUATED', true],
    ['SLSA_BUILD_LEVEL_10', 'SLSA_BUILD_LEVEL_3', true],
    ['ACME_REVIEWED', 'ACME_REVIEWED', true],
    ['ACME_REVIEWED', 'ACME_TESTED', false],
  ])('of %s reaches %s: %s', async (verified, level, reaches) => {
    const predicate = vsa({ verifierId: 'https://acme.test/verifier', levels: [level] });
    const policy: ImagePolicy = { attested: { type: 'vsa', signedBy: identity, predicate } };
    expect(await verify({ verifiedLevels: [verified] }, policy)).toBe(reaches ? 'satisfied' : 'failed');
  });
});
