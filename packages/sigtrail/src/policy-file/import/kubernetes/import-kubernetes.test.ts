import { generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { data, found } from '../../../../test/imported-policy.ts';
import type { ImportedPolicy } from '../imported-policy.ts';
import { importClusterImagePolicy, importKubernetesPolicies } from './import-kubernetes.ts';

const key = generateKeyPair().pem;
const other = generateKeyPair().pem;
const issuer = 'https://token.actions.githubusercontent.com';

function cip(authority: object, name = 'a'): string {
  return JSON.stringify({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name },
    spec: { images: [{ glob: '**' }], authorities: [authority] },
  });
}

const identity = { issuer, subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1' };
const keyless = { identities: [identity] };

describe('a ClusterImagePolicy asks of the log what policy-controller asks', () => {
  it.each<[string, object, object, string | undefined]>([
    ['a key without ctlog', { key: { data: key } }, { log: 0 }, 'ctlog'],
    ['a key with an empty ctlog', { key: { data: key }, ctlog: {} }, { log: 0 }, 'ctlog'],
    [
      'keyless with a timestamp',
      { keyless, rfc3161timestamp: { trustRootRef: 'x' } },
      { tsa: 1, log: 0 },
      'rfc3161timestamp',
    ],
    ['GitHub’s root without a log', { keyless: { ...keyless, trustRootRef: 'github' } }, { log: 0, time: 0 }, 'ctlog'],
    [
      'keyless without SCT',
      { keyless: { ...keyless, insecureIgnoreSCT: true } },
      { sct: 0 },
      'keyless.insecureIgnoreSCT',
    ],
  ])('%s', (_what, authority, require, at) => {
    const imported = importClusterImagePolicy(cip(authority));
    expect(data(imported.policy)).toMatchObject({ require });
    expect(found(imported, `spec.authorities[0].${at ?? ''}`)).toMatch(/^relaxed: /);
  });

  it.each<[string, object]>([
    ['a key with ctlog', { key: { data: key }, ctlog: { url: 'https://rekor.sigstore.dev' } }],
    ['a key with a log of a trust root', { key: { data: key }, ctlog: { trustRootRef: 'x' } }],
    ['keyless as it is', { keyless }],
  ])('%s keeps our default', (_what, authority) => {
    const imported = importClusterImagePolicy(cip(authority));
    expect(data(imported.policy)).not.toHaveProperty('require');
    expect(imported.notExpressed.filter(({ effect }) => effect === 'relaxed')).toEqual([]);
  });
});

describe('a trust root', () => {
  it('named github binds the rule to authorities with that profile', () => {
    const { policy } = importClusterImagePolicy(
      cip({ keyless: { ...keyless, trustRootRef: 'github' }, ctlog: { trustRootRef: 'github' } }),
    );
    expect(data(policy)).toEqual({ version: 1, signedBy: { ...identity, profile: 'github' } });
  });

  it('with a different name leaves the authority out: otherwise any trusted authority could vouch', () => {
    const imported = importClusterImagePolicy(cip({ keyless: { ...keyless, trustRootRef: 'mine' } }));
    expect(imported.policy).toBeUndefined();
    expect(found(imported, 'spec.authorities[0].keyless.trustRootRef')).toMatch(/^stricter: trust root "mine"/);
  });
});

describe('what is no list, no object or no key', () => {
  it.each<[string, object, RegExp]>([
    [
      'authorities',
      { spec: { authorities: { key: { data: key } } } },
      /"spec\.authorities" must be a list, found an object with key/,
    ],
    [
      'identities',
      { spec: { authorities: [{ keyless: { identities: identity } }] } },
      /"spec\.authorities\[0\]\.keyless\.identities" must be a list/,
    ],
    [
      'keyless',
      { spec: { authorities: [{ keyless: 'yes' }] } },
      /"spec\.authorities\[0\]\.keyless" must be an object, found "yes"/,
    ],
    [
      'a flag',
      { spec: { authorities: [{ keyless: { ...keyless, insecureIgnoreSCT: 'true' } }] } },
      /must be true or false, found "true"/,
    ],
    ['a field beside spec', { spec: {}, authorities: [] }, /a field authorities next to spec/],
  ])('is refused by the name of its field: %s', (_what, more, message) => {
    const text = JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', ...more });
    expect(() => importClusterImagePolicy(text)).toThrow(message);
  });

  it.each<[string, object, string, RegExp]>([
    ['no authority', {}, 'spec.authorities', /names no signer \(found nothing\)/],
    ['an empty list', { authorities: [] }, 'spec.authorities', /found a list of 0/],
    [
      'two keys in data',
      { authorities: [{ key: { data: key + other } }] },
      'spec.authorities[0].key.data',
      /holds 2 PEM blocks/,
    ],
    [
      'a certificate in data',
      { authorities: [{ key: { data: '-----BEGIN CERTIFICATE-----\n' } }] },
      'spec.authorities[0].key.data',
      /is a certificate/,
    ],
    [
      'ctlog inside keyless',
      { authorities: [{ keyless: { ...keyless, ctlog: {} } }] },
      'spec.authorities[0].keyless.ctlog',
      /belongs to the authority/,
    ],
    [
      'key and keyless',
      { authorities: [{ key: { data: key }, keyless }] },
      'spec.authorities[0]',
      /found key and keyless/,
    ],
    [
      'a subject and its expression',
      { authorities: [{ keyless: { identities: [{ ...identity, subjectRegExp: 'x' }] } }] },
      'spec.authorities[0].keyless.identities[0].subject',
      /accompanies subjectRegExp/,
    ],
    [
      'an expression that RE2 has not',
      { authorities: [{ keyless: { identities: [{ issuer, subjectRegExp: '(?=x)' }] } }] },
      'spec.authorities[0].keyless.identities[0].subjectRegExp',
      /not an RE2 expression/,
    ],
  ])('makes no policy, and says why: %s', (_what, spec, what, why) => {
    const imported = importClusterImagePolicy(
      JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', spec }),
    );
    expect(imported.policy).toBeUndefined();
    expect(found(imported, what)).toMatch(why);
    expect(found(imported, what)).toMatch(/^stricter/);
  });
});

describe('several policies in a file', () => {
  const two = `---\n${cip({ keyless }, 'a')}\n---\n${cip({ static: { action: 'pass' } }, 'b')}\n`;

  it('are each a policy of its own, in documents and lists alike', () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [JSON.parse(cip({ keyless }, 'c')) as object],
    });
    const all = importKubernetesPolicies(`${two}---\n${list}\n`);
    expect(all.map(({ name, policy }) => [name, policy !== undefined])).toEqual([
      ['a', true],
      ['b', false],
      ['c', true],
    ]);
  });

  it('are never joined: importClusterImagePolicy names them', () => {
    expect(() => importClusterImagePolicy(two, { file: 'cip.yaml' })).toThrow(
      /cip\.yaml holds 2 objects \(ClusterImagePolicy a \(policy\.sigstore\.dev\/v1beta1\), ClusterImagePolicy b/,
    );
  });

  it.each([
    ['another kind', 'apiVersion: v1\nkind: Pod\n', /Pod \(v1\) is not imported; known are/],
    [
      'Kyverno’s older kind',
      'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: x }\n',
      /ClusterPolicy x .*verifyImages/,
    ],
    ['no object', '- 1\n', /found a list of 1/],
    ['nothing', '---\n---\n', /holds no object/],
    ['no kind', 'spec: {}\n', /expected apiVersion and kind, found spec/],
    ['an alias', 'apiVersion: &a v1\nkind: *a\n', /aliases/],
    ['an expression in double quotes', 'apiVersion: "\\."\n', /single quotes/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => importKubernetesPolicies(text)).toThrow(expect.objectContaining({ code: 'invalid-policy' }) as Error);
    expect(() => importKubernetesPolicies(text)).toThrow(message);
  });
});

describe('OpenShift’s kinds', () => {
  const keyData = Buffer.from(key).toString('base64');
  const openshift = (rootOfTrust: object, more: object = {}, kind = 'ClusterImagePolicy'): ImportedPolicy =>
    importClusterImagePolicy(
      JSON.stringify({
        apiVersion: 'config.openshift.io/v1',
        kind,
        metadata: { name: 'p' },
        spec: { scopes: ['example.test'], policy: { rootOfTrust, ...more } },
      }),
    );

  it('with a key become a key rule, in both kinds', () => {
    const imported = openshift({ policyType: 'PublicKey', publicKey: { keyData } });
    expect(data(imported.policy)).toEqual({ version: 1, signedBy: { key }, require: { log: 0 } });
    expect([imported.name, imported.references]).toEqual(['p', ['example.test']]);
    expect(found(imported, 'spec.policy.rootOfTrust.publicKey.rekorKeyData')).toMatch(/^relaxed/);
    expect(found(imported, 'spec.policy.signedIdentity')).toContain('signedName');
    const logged = openshift(
      { policyType: 'PublicKey', publicKey: { keyData, rekorKeyData: keyData } },
      {},
      'ImagePolicy',
    );
    expect(data(logged.policy)).toEqual({ version: 1, signedBy: { key } });
  });

  it.each<[string, object, string]>([
    ['FulcioCAWithRekor', { policyType: 'FulcioCAWithRekor', fulcioCAWithRekor: {} }, 'policyType'],
    ['PKI', { policyType: 'PKI', pki: {} }, 'policyType'],
    ['no policyType', {}, 'policyType'],
    ['text that is not a key', { policyType: 'PublicKey', publicKey: { keyData: 'Zm9v' } }, 'publicKey.keyData'],
    ['a key that is not base64', { policyType: 'PublicKey', publicKey: { keyData: key } }, 'publicKey.keyData'],
    ['two roots of trust', { policyType: 'PublicKey', publicKey: { keyData }, pki: {} }, 'pki'],
  ])('make no policy of %s, and say why', (_what, rootOfTrust, at) => {
    const imported = openshift(rootOfTrust);
    expect(imported.policy).toBeUndefined();
    expect(found(imported, `spec.policy.rootOfTrust.${at}`)).toMatch(/^stricter/);
  });
});
