import { counted } from '@sigtrail/encoding';
import { describeParsedSubject, describeTexts } from './matcher.ts';
import type { ParsedNode } from './parse-policy.ts';
import type { ParsedRule } from './parse-rule.ts';

/** The signer that a rule requires, in a few words. */
export function describeRule(rule: ParsedRule): string {
  switch (rule.kind) {
    case 'identity':
      return `${describeParsedSubject(rule.subject)} (${describeTexts(rule.issuer)}${rule.profile === undefined ? '' : `, authority with profile ${rule.profile}`})`;
    case 'pki':
      return `${describeParsedSubject(rule.subject)} (private PKI)`;
    case 'release':
      return `GitHub’s release ${rule.release.repository}@${rule.release.tag}`;
    case 'key':
      return rule.source.kind === 'resolver'
        ? `key of ${rule.source.resolver.name}`
        : `key ${rule.keys.map(({ fingerprint }) => fingerprint).join(' or ')}`;
    case 'any':
      return 'any signer';
  }
}

/** What an operator requires, in a few words. */
export function describeNode(node: ParsedNode): string {
  switch (node.kind) {
    case 'signed-by':
      return describeRules(node.rules);
    case 'at-least':
      return `at least ${node.count} of ${counted(node.rules.length, 'rule')}, each by a different signer`;
    case 'attested':
      return `${node.types.join(' or ')} by ${describeRules(node.rules)}`;
    case 'vex':
      return `no OpenVEX statement by ${describeRules(node.rules)} says ${node.refuse.join(' or ')}`;
    case 'all-of':
      return `all ${node.of.length}`;
    case 'any-of':
      return `any of ${node.of.length}`;
    case 'not':
      return 'must not hold';
    case 'accept-image':
      return node.callback.name;
  }
}

function describeRules(rules: readonly ParsedRule[]): string {
  const [first, ...others] = rules.map(describeRule);
  return `${first ?? 'no rule'}${others.length === 0 ? '' : ` or ${counted(others.length, 'other')}`}`;
}
