import { generateKeyPair } from '@sigtrail/testing';
import { importKubernetesPolicies, toPolicyDocument } from 'sigtrail/policy-file';
import type { CompatibilityRow } from '../row.ts';

const topic = 'Policies of other controllers, imported by `sigtrail policy import`';
const cosign = { tool: 'cosign 2.6.5, 3.1.2', answer: '—: they read no such document' };
const before = 'a raw YAML error, or “not a ClusterImagePolicy”';
const issuer = 'https://token.actions.githubusercontent.com';
const subject = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const { pem } = generateKeyPair();

/** Kinds beside policy-controller's. */
export const KUBERNETES_IMPORTS: readonly CompatibilityRow[] = [
  {
    name: 'kyverno-image-validating-policy',
    topic,
    input: 'Kyverno’s `ImageValidatingPolicy` with a keyless attestor',
    before,
    ours: `signedBy ${JSON.stringify({ issuer, subject })}`,
    ask: async () =>
      asked({
        apiVersion: 'policies.kyverno.io/v1',
        kind: 'ImageValidatingPolicy',
        metadata: { name: 'a' },
        spec: {
          matchImageReferences: [{ glob: 'ghcr.io/acme/*' }],
          attestors: [{ name: 'ci', cosign: { keyless: { identities: [{ issuer, subject }] } } }],
          validations: [
            {
              expression: 'images.containers.map(image, verifyImageSignatures(image, [attestors.ci])).all(e, e > 0)',
              message: 'no',
            },
          ],
        },
      }),
    peers: [cosign, { tool: 'Kyverno 1.15 (by its source)', answer: 'a signature by this identity' }],
  },
  {
    name: 'openshift-cluster-image-policy',
    topic,
    input: 'OpenShift’s `ClusterImagePolicy` (`config.openshift.io`) with a key',
    before,
    ours: 'signedBy a key, require {"log":0}',
    ask: async () =>
      asked({
        apiVersion: 'config.openshift.io/v1',
        kind: 'ClusterImagePolicy',
        metadata: { name: 'a' },
        spec: {
          scopes: ['example.test'],
          policy: {
            rootOfTrust: {
              policyType: 'PublicKey',
              publicKey: { keyData: Buffer.from(pem).toString('base64') },
            },
          },
        },
      }),
    peers: [cosign, { tool: 'containers/image (by its source)', answer: 'a signature by this key, no log' }],
  },
];

async function asked(object: object): Promise<string> {
  const [imported] = importKubernetesPolicies(JSON.stringify(object));
  if (imported?.policy === undefined) return Promise.resolve('not imported');
  const { signedBy, require } = toPolicyDocument(imported.policy) as {
    readonly signedBy: { readonly key?: string };
    readonly require?: object;
  };
  const who = signedBy.key === undefined ? JSON.stringify(signedBy) : 'a key';
  return Promise.resolve(`signedBy ${who}${require === undefined ? '' : `, require ${JSON.stringify(require)}`}`);
}
