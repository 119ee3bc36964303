import { optionError } from '@sigtrail/encoding';
import { predicateTypeUri } from '../attestation/predicate-type-uri.ts';
import type { AcceptPredicate, Callback, ParsedCallback } from './callback.ts';
import { RELEASE_TYPES } from '../attestation/predicate-types.ts';
import { parseCallback, parseObject } from './parse-options.ts';
import { type ParsedSlsa, parseSlsa, type Slsa } from './slsa.ts';
import { type ParsedVsa, parseVsa, type Vsa } from './vsa.ts';

/** The part of a Standard Schema (standardschema.dev) that this package uses: zod, valibot, arktype and others have it. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

/** The result of a Standard Schema. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** What a predicate must say. */
export type Predicate<T = unknown> =
  | StandardSchema
  | Callback<AcceptPredicate<T>>
  | { readonly slsa: Slsa }
  | { readonly vsa: Vsa };

/** What a predicate must say, checked once. */
export type ParsedPredicate =
  | { readonly kind: 'schema'; readonly schema: StandardSchema }
  | { readonly kind: 'callback'; readonly callback: ParsedCallback }
  | { readonly kind: 'slsa'; readonly slsa: ParsedSlsa }
  | { readonly kind: 'vsa'; readonly vsa: ParsedVsa };

/** OpenVEX 0.2.0 writes its version into the type. */
const OTHER_SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  'https://openvex.dev/ns': ['https://openvex.dev/ns/v0.2.0'],
};

/**
 * The predicate types that a name or URI stands for.
 *
 * @throws TypeError `invalid-option` for a word that is neither
 */
export function predicateTypesOf(name: string): readonly string[] {
  const type = predicateTypeUri(name);
  // The short name means a release of any version; a URI means its own version.
  if (name === 'release') return RELEASE_TYPES;
  return [type, ...(Object.hasOwn(OTHER_SPELLINGS, type) ? (OTHER_SPELLINGS[type] ?? []) : [])];
}

/** Parses the `predicate` of a policy. @throws TypeError `invalid-option`, `unknown-option` */
export function parsePredicate(value: unknown, path: string): ParsedPredicate {
  if (isStandardSchema(value)) return { kind: 'schema', schema: value };
  if (typeof value === 'object' && value !== null && 'slsa' in value)
    return { kind: 'slsa', slsa: parseSlsa(parseObject(value, ['slsa'], path)['slsa'], `${path}.slsa`) };
  if (typeof value === 'object' && value !== null && 'vsa' in value)
    return { kind: 'vsa', vsa: parseVsa(parseObject(value, ['vsa'], path)['vsa'], `${path}.vsa`) };
  if (typeof value === 'function' || (typeof value === 'object' && value !== null && 'run' in value))
    return { kind: 'callback', callback: parseCallback(value, path) };
  throw optionError('invalid-option', `"${path}" must be a Standard Schema, a callback, slsa({ … }) or vsa({ … })`);
}

/** Whether a value implements Standard Schema, version 1. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value))
    return false;
  const standard = value['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'version' in standard &&
    standard.version === 1 &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

/** Validates with the schema; its first issue is the reason for a refusal. */
export async function validateWith(
  schema: StandardSchema,
  value: unknown,
): Promise<true | { readonly denied: string }> {
  const { issues } = await schema['~standard'].validate(value);
  if (issues === undefined) return true;
  const [first] = issues;
  const path = (first?.path ?? [])
    .map((part) => String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part))
    .join('.');
  return {
    denied: `the predicate ${path === '' ? '' : `at ${path} `}does not fit the schema: ${first?.message ?? 'no reason'}`,
  };
}
