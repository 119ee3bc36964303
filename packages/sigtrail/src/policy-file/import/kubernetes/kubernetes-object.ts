import { optionError } from '@sigtrail/encoding';
import { readYamlValues } from '../../document/read-policy.ts';
import { describe, type Fields, fieldsOf, listOf, textOf } from './fields.ts';

/** One object of a Kubernetes file. */
export interface KubernetesObject {
  /** Group and version: `policy.sigstore.dev/v1beta1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly spec: Fields;
}

/**
 * The objects of a file: of all its documents, and of each `List` in it.
 *
 * @throws SigtrailError `invalid-policy` for text that isn't YAML; TypeError `invalid-policy` for anything that is not a Kubernetes object
 */
export function readKubernetesObjects(text: string, file: string | undefined): readonly KubernetesObject[] {
  const values = readYamlValues(text, file);
  const objects = values.flatMap((value, index) =>
    objectsIn(value, values.length === 1 ? '' : `document ${index + 1}: `),
  );
  if (objects.length === 0)
    throw optionError('invalid-policy', `${file ?? 'the text'} holds no object; expected apiVersion, kind and spec`);
  return objects;
}

function objectsIn(value: unknown, where: string): readonly KubernetesObject[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError(
      'invalid-policy',
      `${where}expected an object with apiVersion, kind and spec, found ${describe(value)}`,
    );
  const fields = fieldsOf(value, where);
  const { apiVersion, kind } = fields;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    throw optionError(
      'invalid-policy',
      `${where}expected apiVersion and kind, found ${Object.keys(fields).slice(0, 8).join(', ') || 'an empty object'}`,
    );
  // `kubectl get -o yaml` writes a List; the API server has a list for each kind: `ClusterImagePolicyList`.
  if (kind.endsWith('List') && fields['spec'] === undefined)
    return listOf(fields['items'], `${where}items`).flatMap((item, index) =>
      objectsIn(item, `${where}items[${index}]: `),
    );
  const { metadata, spec, apiVersion: _, kind: __, status: ___, ...unknown } = fields;
  const [otherField] = Object.keys(unknown);
  if (otherField !== undefined)
    throw optionError(
      'invalid-policy',
      `${where}${kind} has a field ${otherField} next to spec, which is not known here (found ${describe(unknown[otherField])})`,
    );
  const name = textOf(fieldsOf(metadata, `${where}metadata`)['name'], `${where}metadata.name`);
  return [{ apiVersion, kind, ...(name === undefined ? {} : { name }), spec: fieldsOf(spec, `${where}spec`) }];
}

/** An object as messages name it: `ClusterImagePolicy release (policy.sigstore.dev/v1beta1)`. */
export function describeObject({ apiVersion, kind, name }: KubernetesObject): string {
  return `${kind}${name === undefined ? '' : ` ${name}`} (${apiVersion})`;
}
