import { generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { data, found } from '../../../../test/imported-policy.ts';
import type { ImportedPolicy } from '../imported-policy.ts';
import { importKubernetesPolicies } from './import-kubernetes.ts';

const key = generateKeyPair().pem;
const issuer = 'https://token.actions.githubusercontent.com';

const identity = { issuer, subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1' };
const keyless = { identities: [identity] };

describe('Kyverno’s ImageValidatingPolicy', () => {
  const attestors = [
    { name: 'ci', cosign: { keyless: { identities: [{ issuer, subjectRegExp: '^https://github\\.com/acme/.*$' }] } } },
    {
      name: 'key',
      cosign: {
        key: { data: key },
        ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
        annotations: { env: 'prod' },
      },
    },
    { name: 'notation', notary: { certs: { value: 'x' } } },
  ];
  const attestations = [
    { name: 'sbom', intoto: { type: 'https://cyclonedx.org/bom' } },
    { name: 'notarySbom', referrer: { type: 'sbom/cyclone-dx' } },
  ];
  const ivp = (expressions: readonly string[], more: object = {}, kind = 'ImageValidatingPolicy'): ImportedPolicy => {
    const [only] = importKubernetesPolicies(
      JSON.stringify({
        apiVersion: 'policies.kyverno.io/v1',
        kind,
        metadata: { name: 'check-images' },
        spec: {
          matchImageReferences: [{ glob: 'ghcr.io/acme/*' }],
          attestors,
          attestations,
          validations: expressions.map((expression) => ({ expression, message: 'no' })),
          ...more,
        },
      }),
    );
    if (only === undefined) throw new Error('no policy came out');
    return only;
  };
  const ciRule = { issuer, subject: { re2Search: '^https://github\\.com/acme/.*$' } };
  const keyRule = { key, annotations: { env: 'prod' } };

  it.each<[string, object]>([
    ['images.containers.map(image, verifyImageSignatures(image, [attestors.ci])).all(e, e > 0)', { signedBy: ciRule }],
    [
      'images.containers.map(image, verifyImageSignatures(image, [attestors["ci"]]) > 0).all(ok, ok)',
      { signedBy: ciRule },
    ],
    [
      '(images.containers + images.?initContainers.orValue([])).all(i, verifyImageSignatures(i, [attestors.ci]) > 0)',
      { signedBy: ciRule },
    ],
    [
      'images.containers.all(i, verifyImageSignatures(i, [attestors.notation, attestors.ci]) > 0)',
      { signedBy: ciRule },
    ],
    [
      'images.containers.map(i, verifyImageSignatures(i, [attestors.ci, attestors.key])).all(e, e >= 2)',
      { allOf: [{ signedBy: ciRule }, { signedBy: keyRule, require: { log: 0, sct: 0 } }] },
    ],
    [
      'images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0 || verifyImageSignatures(i, [attestors.key]) > 0)',
      { anyOf: [{ signedBy: ciRule }, { signedBy: keyRule, require: { log: 0, sct: 0 } }] },
    ],
    [
      'images.containers.map(i, verifyAttestationSignatures(i, attestations.sbom ,[attestors.ci])).all(e, e > 0)',
      { attested: { type: 'https://cyclonedx.org/bom', signedBy: ciRule } },
    ],
  ])('%s', (expression, expected) => {
    const imported = ivp([expression]);
    expect(data(imported.policy)).toEqual({ version: 1, ...expected });
    expect([imported.name, imported.references]).toEqual(['check-images', ['ghcr.io/acme/*']]);
  });

  it('holds only if all validations hold, in the namespaced kind too', () => {
    const both = [
      'images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0)',
      'images.containers.all(i, verifyAttestationSignatures(i, attestations.sbom, [attestors.ci]) > 0)',
    ];
    expect(data(ivp(both, {}, 'NamespacedImageValidatingPolicy').policy)).toMatchObject({
      allOf: [{ signedBy: ciRule }, { attested: {} }],
    });
  });

  it.each([
    ['a payload', 'images.containers.map(i, extractPayload(i, attestations.sbom).bomFormat == "CycloneDX").all(e, e)'],
    ['a check of nothing', 'images.containers.map(i, verifyImageSignatures(i, [attestors.ci])).all(e, e >= 0)'],
    ['a check of another image', 'images.containers.all(i, verifyImageSignatures(j, [attestors.ci]) > 0)'],
    ['only some images', 'images.containers.exists(i, verifyImageSignatures(i, [attestors.ci]) > 0)'],
    ['a negation', '!images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0)'],
    ['a constant', 'images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0) || true'],
    [
      'both operators without brackets',
      'images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0 || verifyImageSignatures(i, [attestors.key]) > 0 && verifyImageSignatures(i, [attestors.ci]) > 0)',
    ],
    ['an attestor that is not there', 'images.containers.all(i, verifyImageSignatures(i, [attestors.other]) > 0)'],
    ['only Notary', 'images.containers.all(i, verifyImageSignatures(i, [attestors.notation]) > 0)'],
    [
      'an attestation of Notary',
      'images.containers.all(i, verifyAttestationSignatures(i, attestations.notarySbom, [attestors.ci]) > 0)',
    ],
  ])('makes no policy of a validation that asks for %s', (_what, expression) => {
    const imported = ivp(['images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0)', expression]);
    expect(imported.policy).toBeUndefined();
    expect(found(imported, 'spec.validations[1].expression')).toMatch(/^stricter/);
  });

  it.each<[string, object, string]>([
    ['roots of its own', { keyless: { identities: [identity], roots: 'x' } }, 'keyless.roots'],
    ['a TUF repository of its own', { keyless, tuf: { mirror: 'https://x' } }, 'tuf'],
    ['a certificate', { certificate: { cert: { value: 'x' } } }, 'certificate'],
    ['a key in a KMS', { key: { kms: 'awskms:///x' } }, 'key.kms'],
    ['a key by CEL', { key: { expression: 'variables.key' } }, 'key.expression'],
    ['a field of the future', { keyless, quorum: 2 }, 'quorum'],
  ])('leaves an attestor out that has %s', (_what, cosign, at) => {
    const imported = ivp(['images.containers.all(i, verifyImageSignatures(i, [attestors.x]) > 0)'], {
      attestors: [{ name: 'x', cosign }],
    });
    expect(imported.policy).toBeUndefined();
    expect(found(imported, `spec.attestors[0].cosign.${at}`)).toMatch(/^stricter/);
  });

  it.each<[string, readonly object[], string | undefined]>([
    ['whole', [{ name: 'sbom', intoto: { type: 'cyclonedx' } }], undefined],
    ['with a field of the future', [{ name: 'sbom', intoto: { type: 'cyclonedx', below: 9 } }], '[0].intoto.below'],
    [
      'listed twice',
      [
        { name: 'sbom', intoto: { type: 'cyclonedx' } },
        { name: 'sbom', intoto: { type: 'vuln' } },
      ],
      '',
    ],
  ])('asks for an attestation %s, or for no attestation', (_what, attestations, at) => {
    const expression =
      'images.containers.all(i, verifyAttestationSignatures(i, attestations.sbom, [attestors.ci]) > 0)';
    const imported = ivp([expression], { attestations });
    expect(imported.policy === undefined).toBe(at !== undefined);
    if (at !== undefined) expect(found(imported, `spec.attestations${at}`)).toMatch(/^stricter/);
  });

  it('asks for no attestor that is listed twice', () => {
    const expression = 'images.containers.all(i, verifyImageSignatures(i, [attestors.x]) > 0)';
    const x = { name: 'x', cosign: { keyless } };
    expect(ivp([expression], { attestors: [x] }).policy).toBeDefined();
    const twice = ivp([expression], { attestors: [x, { name: 'x', cosign: { key: { data: key } } }] });
    expect([twice.policy, found(twice, 'spec.attestors')]).toEqual([undefined, expect.stringContaining('"x" twice')]);
  });

  it('names every other field, and refuses the ones it does not know', () => {
    const expression = 'images.containers.all(i, verifyImageSignatures(i, [attestors.ci]) > 0)';
    const imported = ivp([expression], { validationActions: ['Audit'], failurePolicy: 'Ignore', matchConstraints: {} });
    expect(imported.policy).toBeDefined();
    expect(found(imported, 'spec.validationActions')).toContain('["Audit"]');
    expect(found(imported, 'spec.failurePolicy')).toMatch(/^elsewhere/);
    expect(ivp([expression], { onlyOnSundays: true }).policy).toBeUndefined();
  });
});
