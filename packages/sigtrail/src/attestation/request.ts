import { optionError } from '@sigtrail/encoding';
import type { AcceptPredicate, Callback } from '../policy/callback.ts';
import { assertKeys } from '../policy/parse-options.ts';
import { assertReleaseTypes, type ParsedPolicy, parsePolicy } from '../policy/parse-policy.ts';
import type { RequiredEvidence, SignerRule, SignerRules } from '../policy/policy.ts';
import { predicateTypesOf, type StandardSchema } from '../policy/predicate.ts';
import type { Slsa } from '../policy/slsa.ts';
import type { Vsa } from '../policy/vsa.ts';
import { predicateTypeUri } from './predicate-type-uri.ts';
import type { PredicateOf, PredicateType } from './predicate-types.ts';

/** Which attestations are required, who must have signed them, and what they must say. */
export interface AttestationRequest<T extends PredicateType = PredicateType> {
  /** A predicate type by its URI, or by its short name (`slsaprovenance1`, `spdxjson` …). Several: any of them. */
  readonly type: T | readonly T[];
  /** The rules for the signer; any of them is enough. */
  readonly signedBy: SignerRule | SignerRules;
  /** What the predicate must say, besides having the shape of its type. It can only narrow. */
  readonly predicate?:
    | StandardSchema
    | Callback<AcceptPredicate<PredicateOf<T>>>
    | { readonly slsa: Slsa }
    | { readonly vsa: Vsa };
  readonly require?: RequiredEvidence;
  /** As in an image's policy. */
  readonly legacyTimestamps?: 'use' | 'ignore' | 'require';
  /** As in an image's policy. */
  readonly acceptTrustedRootInBundle?: true;
  /**
   * `any` (default): one attestation that satisfies everything is enough. `all`: in addition, none of this type by these signers may
   * fail `predicate` or be malformed, and every place must have been read. Attestations by other signers never count against an image.
   */
  readonly match?: 'any' | 'all';
}

/** A request, checked once at the edge. */
export interface ParsedAttestationRequest {
  readonly policy: ParsedPolicy;
  readonly match: 'any' | 'all';
}

const KEYS = ['type', 'signedBy', 'predicate', 'require', 'legacyTimestamps', 'acceptTrustedRootInBundle', 'match'];

/** Checks a request. @throws TypeError with `code`: those of a policy, and `invalid-option` */
export function parseAttestationRequest<T extends PredicateType>(
  request: AttestationRequest<T>,
): ParsedAttestationRequest {
  assertKeys(request, KEYS, 'request');
  const { type, signedBy, predicate, match = 'any', require, legacyTimestamps, acceptTrustedRootInBundle } = request;
  const listed: unknown = typeof type === 'string' ? [type] : type;
  const types: readonly string[] = Array.isArray(listed) ? (listed as readonly string[]) : [];
  const [first] = types;
  if (first === undefined) throw optionError('invalid-option', '"type" must name a predicate type');
  if (match !== 'any' && match !== 'all') throw optionError('invalid-option', '"match" must be "any" or "all"');
  types.forEach(predicateTypeUri);
  const policy = parsePolicy({
    attested: {
      type: first,
      signedBy,
      // The cast is safe: the predicate that the check gets has the shape of the requested type.
      ...(predicate === undefined ? {} : { predicate: predicate as StandardSchema }),
    },
    ...(require === undefined ? {} : { require }),
    ...(legacyTimestamps === undefined ? {} : { legacyTimestamps }),
    ...(acceptTrustedRootInBundle === undefined ? {} : { acceptTrustedRootInBundle }),
  });
  const { root } = policy;
  if (root.kind !== 'attested') throw new Error('a request is a policy with one operator');
  const all = [...new Set(types.flatMap(predicateTypesOf))];
  assertReleaseTypes(root.rules, all, 'signedBy');
  return { policy: { ...policy, root: { ...root, types: all } }, match };
}
