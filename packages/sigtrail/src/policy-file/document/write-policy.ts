import { stringify } from 'yaml';
import { optionError } from '@sigtrail/encoding';
import { parseKey } from '../../keys/parse-key.ts';
import { isPattern } from '../../policy/pattern.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ImagePolicy } from '../../policy/policy.ts';
import { isStandardSchema } from '../../policy/predicate.ts';
import { parseTimeOf } from '../../policy/time-bounds.ts';

/**
 * A policy as plain data, as in its file.
 *
 * @throws TypeError `not-data` for callbacks, schemas and key resolvers, which are code
 */
export function toPolicyDocument(policy: ImagePolicy): object {
  parsePolicy(policy);
  return { version: 1, ...(toData(policy, 'policy') as object) };
}

/**
 * A policy as YAML text that `readPolicy` reads back to the same policy.
 *
 * @throws TypeError `not-data` for callbacks, schemas and key resolvers, which are code
 * @example await writeFile('policy.yaml', writePolicy(policy));
 */
export function writePolicy(policy: ImagePolicy): string {
  return stringify(toPolicyDocument(policy), {
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
  });
}

function toData(value: unknown, path: string): unknown {
  if (isPattern(value)) return { [value.kind]: value.source };
  if (Array.isArray(value)) return value.map((one, index) => toData(one, `${path}[${index}]`));
  if (typeof value === 'function' || isStandardSchema(value)) throw notData(path);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const at = `${path}.${name}`;
      if (one === undefined) return [];
      if (name === 'accept' || name === 'acceptImage') throw notData(at);
      if (name === 'predicate' && !(typeof one === 'object' && one !== null && ('slsa' in one || 'vsa' in one)))
        throw notData(at);
      // The signer chooses the names of annotations: an annotation named `key` is not a key.
      if (name === 'annotations') return [[name, toTexts(one, at)]];
      if (name === 'key') return [[name, toPem(one, at)]];
      if (name === 'notOlderThan') return [[name, parseTimeOf(one, at).toISOString()]];
      return [[name, toData(one, at)]];
    }),
  );
}

function toTexts(annotations: unknown, path: string): unknown {
  if (typeof annotations !== 'object' || annotations === null) return annotations;
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, toData(text, `${path}.${name}`)]));
}

function toPem(key: unknown, path: string): string {
  if (typeof key === 'object' && key !== null && 'resolve' in key) throw notData(path);
  return parseKey(key, path).export({ type: 'spki', format: 'pem' }).toString();
}

function notData(path: string): TypeError {
  return optionError('not-data', `"${path}" is code, which a file can't hold`);
}
