import type { PredicateOf } from '../attestation/predicate-types.ts';
import type { AcceptImage, Callback } from './callback.ts';
import { checkPart } from './parse-policy.ts';
import type {
  AcceptImagePolicy,
  AllOfPolicy,
  AnyOfPolicy,
  AtLeastPolicy,
  AttestedPolicy,
  IdentityRule,
  ImagePolicy,
  NotPolicy,
  SignedByPolicy,
  SignerRule,
  SignerRules,
  Vex,
  VexPolicy,
} from './policy.ts';
import type { Predicate } from './predicate.ts';

/**
 * Signed by any one of the rules.
 *
 * @example allOf(signedBy(githubWorkflow({ repository: 'acme/app', workflow: 'release.yml' })), signedBy({ key }))
 */
export function signedBy<const R extends IdentityRule>(rule: R): SignedByPolicy & { readonly signedBy: R };
// With a spread rule (`{ ...rule, accept }`), the compiler can't tell which kind it is unless it is asked for a particular kind: hence the first overload.
export function signedBy<const R extends SignerRule | SignerRules>(rule: R): SignedByPolicy & { readonly signedBy: R };
export function signedBy(rule: SignerRule | SignerRules): SignedByPolicy {
  return checkPart({ signedBy: rule });
}

/**
 * An attestation of a type, signed by any one of the rules, about this image; its predicate must have the shape of its type and fit `predicate`.
 *
 * @example attested('vuln', scanner, ({ metadata }) => Date.parse(metadata.scanFinishedOn) > lastWeek || deny('an old scan'))
 */
export function attested<const T extends string, const R extends SignerRule | SignerRules>(
  type: T,
  rule: R,
  predicate?: Predicate<PredicateOf<T>>,
): AttestedPolicy & { readonly attested: { readonly signedBy: R } } {
  // The callback only gets predicates with the shape of this type: `applyRule` refuses all others first.
  const untyped = predicate as Predicate | undefined;
  return checkPart({ attested: { type, signedBy: rule, ...(untyped === undefined ? {} : { predicate: untyped }) } });
}

/**
 * At least `count` of the rules, each satisfied by a different signer: a signer satisfies one rule, however often it signed, and a rule counts once,
 * however many signers match its pattern.
 *
 * @example atLeast(2, [alice, bob, carol])
 */
export function atLeast<const R extends readonly SignerRule[]>(
  count: number,
  rules: R,
): AtLeastPolicy & { readonly of: R } {
  return checkPart({ atLeast: count, of: rules });
}

/** Every one of the policies. */
export function allOf<const P extends readonly ImagePolicy[]>(...policies: P): AllOfPolicy & { readonly allOf: P } {
  return checkPart({ allOf: policies });
}

/** At least one of the policies. */
export function anyOf<const P extends readonly ImagePolicy[]>(...policies: P): AnyOfPolicy & { readonly anyOf: P } {
  return checkPart({ anyOf: policies });
}

/** Not this policy. Holds only if everything could be read, since an unread place might hold exactly what is ruled out. */
export function not(policy: ImagePolicy): NotPolicy {
  return checkPart({ not: policy });
}

/**
 * No OpenVEX statement of these signers says that the image is affected. Holds only when everything could be read.
 *
 * @example allOf(signedBy(builder), notAffected({ signedBy: securityTeam }))
 */
export function notAffected(vex: Vex): VexPolicy {
  return checkPart({ vex });
}

/**
 * Your own code about the set of signatures, asked when everything else in the same `allOf` holds. It can only refuse.
 *
 * @example allOf(signedBy(rule), acceptImage(({ signatures }) => signatures.length < 10 || deny('too many')))
 */
export function acceptImage(callback: Callback<AcceptImage>): AcceptImagePolicy {
  return checkPart({ acceptImage: callback });
}
