import { optionError, requireText } from '@sigtrail/encoding';
import { assertKeys } from '../../../policy/parse-options.ts';
import type { ImportedPolicy } from '../imported-policy.ts';
import { importClusterImagePolicyObject } from './cluster-image-policy.ts';
import { importImageValidatingPolicy } from './image-validating-policy.ts';
import { describeObject, type KubernetesObject, readKubernetesObjects } from './kubernetes-object.ts';
import { importOpenshiftImagePolicy } from './openshift-image-policy.ts';

/** How a Kubernetes file is imported. */
export interface ImportKubernetesOptions {
  /** Its name in errors. */
  readonly file?: string;
}

/**
 * Imports every policy of a Kubernetes file: policy-controller's `ClusterImagePolicy`, Kyverno's `ImageValidatingPolicy` and OpenShift's
 * `ClusterImagePolicy` and `ImagePolicy`, in several documents and lists alike. Each is a policy of its own; if several are for the same image,
 * all of them must hold.
 *
 * @throws SigtrailError `invalid-policy` for text that isn't YAML; TypeError `invalid-policy` for other kinds, and for fields of the wrong type
 * @example for (const { name, policy, notExpressed } of importKubernetesPolicies(await readFile('policies.yaml', 'utf8'))) console.log(name, policy, notExpressed);
 */
export function importKubernetesPolicies(
  text: string,
  options: ImportKubernetesOptions = {},
): readonly ImportedPolicy[] {
  assertKeys(options, ['file'], 'options');
  return readKubernetesObjects(text, options.file).map(importObject);
}

/**
 * Imports the only policy of a file: a policy-controller `ClusterImagePolicy`, or any other kind that `importKubernetesPolicies` reads.
 *
 * @throws SigtrailError `invalid-policy` for text that isn't YAML; TypeError `invalid-policy` for other kinds, and for a file with several
 */
export function importClusterImagePolicy(text: string, options: ImportKubernetesOptions = {}): ImportedPolicy {
  requireText(text, 'importClusterImagePolicy', 'text');
  assertKeys(options, ['file'], 'options');
  const objects = readKubernetesObjects(text, options.file);
  const [only, ...others] = objects;
  if (only === undefined || others.length > 0)
    throw optionError(
      'invalid-policy',
      `${options.file ?? 'the text'} holds ${objects.length} objects (${objects.map(describeObject).join(', ')}), each a policy of its own; importKubernetesPolicies reads them all`,
    );
  return importObject(only);
}

const IMPORTERS: readonly (readonly [
  group: string,
  kinds: readonly string[],
  (object: KubernetesObject) => ImportedPolicy,
])[] = [
  ['policy.sigstore.dev', ['ClusterImagePolicy'], importClusterImagePolicyObject],
  ['policies.kyverno.io', ['ImageValidatingPolicy', 'NamespacedImageValidatingPolicy'], importImageValidatingPolicy],
  ['config.openshift.io', ['ClusterImagePolicy', 'ImagePolicy'], importOpenshiftImagePolicy],
];

function importObject(object: KubernetesObject): ImportedPolicy {
  const group = object.apiVersion.split('/')[0] ?? '';
  const found = IMPORTERS.find(([ofGroup, kinds]) => ofGroup === group && kinds.includes(object.kind));
  if (found !== undefined) return found[2](object);
  const kindNames = IMPORTERS.map(([ofGroup, kinds]) => `${kinds.join(' and ')} (${ofGroup})`).join(', ');
  throw optionError(
    'invalid-policy',
    `${describeObject(object)} is not imported${hintFor(group, object.kind)}; known are ${kindNames}`,
  );
}

function hintFor(group: string, kind: string): string {
  return group === 'kyverno.io' && (kind === 'ClusterPolicy' || kind === 'Policy')
    ? ': the verifyImages rules of Kyverno have subjects and issuers with wildcards of their own; write it as an ImageValidatingPolicy, or the policy by hand'
    : '';
}
