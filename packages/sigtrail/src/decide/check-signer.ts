import type { CandidateFacts } from '../establish/facts.ts';
import type { Recorder } from '../establish/recorder.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import { checkKeyWindow } from '../keys/key-window.ts';
import {
  describeParsedSubject,
  describeTexts,
  matchesAny,
  matchesSubject,
  type ParsedSubject,
  type TextMatcher,
} from '../policy/matcher.ts';
import { looksLikePattern } from '../policy/looks-like-pattern.ts';
import { RELEASE_SIGNER } from '../policy/github-release.ts';
import type { ParsedRule } from '../policy/parse-rule.ts';
import { checkRelease, checkReleaseSigner } from './check-release.ts';

/** Who signed: the key, the identity with its issuer and claims, or GitHub itself, as the rule requires. */
export function checkSigner(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
  const { candidate, signerKey, times } = facts;
  switch (rule.kind) {
    case 'any':
      if (candidate.signer.kind === 'certificate' && isOfGithubItself(facts))
        record.fail('signer', 'issuer-mismatch', 'no issuer vouches for the name in the certificate', {
          expected: 'an issuer',
          actual: 'none',
        });
      else if (candidate.signer.kind === 'certificate')
        record.pass('signer', 'any certificate of a trusted authority is accepted');
      else record.fail('signer', 'signer-is-key', 'signed with a key; only a policy that names the key can check it');
      return;
    case 'key': {
      const actual = signerKey === undefined ? undefined : keyFingerprint(signerKey);
      const named = rule.keys.find(({ fingerprint }) => fingerprint === actual);
      if (rule.keys.length === 0 && candidate.signer.kind === 'key') {
        const from = rule.source.kind === 'resolver' ? rule.source.resolver.name : 'the policy';
        record.unknown('key', 'key-unavailable', `${from} brought no key to check the signature with`);
        return;
      }
      const extras = {
        expected: rule.keys.map(({ fingerprint }) => fingerprint).join(' or ') || 'a key that could not be loaded',
        actual: actual ?? 'none of the named keys',
      };
      if (named === undefined) {
        const code = candidate.signer.kind === 'certificate' ? 'signer-is-certificate' : 'key-mismatch';
        record.fail('key', code, 'not signed with the key that the policy names', extras);
        return;
      }
      record.pass('key', 'signed with the key that the policy names', extras);
      checkKeyWindow(named, times, record);
      return;
    }
    case 'identity':
    case 'pki':
    case 'release':
      checkIdentity(facts, rule, record);
  }
}

/**
 * GitHub's authority writes the issuer of a workload's token into every certificate for a workload. A certificate without an issuer is GitHub's own, for a release:
 * no rule for anyone else may be wide enough to accept it, whichever profile its root was given.
 */
function isOfGithubItself({ profile, claims, subjectAlternativeNames }: CandidateFacts): boolean {
  const isRelease = subjectAlternativeNames.some(({ value }) => value === RELEASE_SIGNER);
  return claims?.issuer === undefined && (profile === 'github' || isRelease);
}

/** A root of GitHub's that was given as a private PKI's is still GitHub's: only a rule with its exact name covers it, never a pattern. */
function checkIsNotGithubItself(facts: CandidateFacts, { texts }: ParsedSubject, record: Recorder): void {
  if (!isOfGithubItself(facts) || texts.includes(RELEASE_SIGNER)) return;
  const message = 'signed by GitHub in its own name, which no pattern may match; name a release with githubRelease';
  record.fail('identity', 'identity-mismatch', message, { expected: 'another name', actual: RELEASE_SIGNER });
}

function checkIdentity(
  facts: CandidateFacts,
  rule: Extract<ParsedRule, { kind: 'identity' | 'pki' | 'release' }>,
  record: Recorder,
): void {
  if (facts.candidate.signer.kind === 'key') {
    record.fail('identity', 'signer-is-key', 'signed with a key; the policy asks for an identity', {
      expected: rule.kind === 'release' ? RELEASE_SIGNER : describeParsedSubject(rule.subject),
      actual: 'a key',
    });
    return;
  }
  if (rule.kind === 'release') {
    checkReleaseSigner(facts, record);
    checkRelease(facts, rule, record);
    return;
  }
  if (rule.kind === 'pki') {
    checkIsNotGithubItself(facts, rule.subject, record);
    const extras = { expected: 'pki', actual: facts.profile };
    if (facts.profile === 'pki') record.pass('profile', 'signed under a private PKI’s certificate authority', extras);
    else
      record.fail(
        'profile',
        'profile-mismatch',
        'signed under a certificate authority with a different profile',
        extras,
      );
  } else {
    if (rule.profile !== undefined) checkProfile(facts, rule.profile, record);
    checkVoucher(facts, record);
    checkIssuer(facts, rule, record);
  }
  checkSubjectName(facts, rule.subject, record);
  if (rule.kind === 'identity') checkClaims(facts, rule, record);
}

/** A rule that names a kind of authority covers no other kind: the evidence that one kind requires must not be enough for another. */
function checkProfile({ profile }: CandidateFacts, expected: 'fulcio' | 'github', record: Recorder): void {
  const extras = { expected, actual: profile };
  if (profile === expected)
    record.pass('profile', 'signed under the kind of certificate authority that the rule names', extras);
  else
    record.fail('profile', 'profile-mismatch', 'signed under a certificate authority with a different profile', extras);
}

// GitHub's own authority issues for the workload tokens of GitHub and of GitHub Enterprise Cloud only.
const GITHUB_ISSUERS = /^https:\/\/token\.actions\.(?:githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(?:\/[^/]+)?$/;

/**
 * May this kind of authority vouch for an identity of this issuer? The issuer is in an extension that any authority can write. If several kinds are trusted, for different
 * purposes, one kind must not vouch for another kind's issuers. If only one kind is trusted (a private Fulcio), a rule can't mean another.
 */
function checkVoucher({ profile, isBesideOthers, claims }: CandidateFacts, record: Recorder): void {
  const issuer = claims?.issuer;
  // An identity rule is about Fulcio. A pattern that fits every issuer also fits a missing issuer, so a certificate without one gets the same check.
  if (profile === 'fulcio' || !isBesideOthers) return;
  if (profile === 'github' && issuer !== undefined && GITHUB_ISSUERS.test(issuer)) return;
  record.fail(
    'profile',
    'profile-mismatch',
    'the certificate names an issuer that its authority does not issue for; if its subject is who must sign, name it with profile "pki"',
    { expected: 'an authority that issues for this issuer', actual: `profile ${profile}, issuer ${issuer ?? 'none'}` },
  );
}

function checkIssuer(facts: CandidateFacts, rule: Extract<ParsedRule, { kind: 'identity' }>, record: Recorder): void {
  const issuer = facts.claims?.issuer;
  const extras = { expected: describeTexts(rule.issuer), actual: issuer ?? 'none' };
  // Certificates of a private PKI name no issuer, and cosign's command lines ask for one with `.*`: only a pattern that matches the empty string accepts that.
  const isSatisfied =
    issuer === undefined
      ? !isOfGithubItself(facts) && rule.issuer.some((one) => typeof one !== 'string' && matchesAny([one], ''))
      : matchesAny(rule.issuer, issuer);
  if (isSatisfied) record.pass('issuer', 'the required issuer vouched for the identity', extras);
  else {
    const who = issuer === undefined ? 'no issuer' : 'another issuer';
    record.fail('issuer', 'issuer-mismatch', `${who} vouched for the identity${hintOf(rule.issuer)}`, extras);
  }
}

function checkSubjectName(facts: CandidateFacts, wanted: ParsedSubject, record: Recorder): void {
  const names = facts.subjectAlternativeNames.filter(({ kind }) => kind !== 'unsupported');
  const subject = {
    expected: describeParsedSubject(wanted),
    actual: names.map(({ value }) => value).join(', ') || 'none',
  };
  if (matchesSubject(wanted, names)) record.pass('identity', 'signed by the required identity', subject);
  // The text fits but the kind doesn't: without a code of its own, expected and actual would look the same.
  else if (names.some(({ value }) => matchesAny(wanted.texts, value)))
    record.fail('identity', 'identity-kind-mismatch', 'the name is not of the kind that the rule requires', {
      ...subject,
      actual: names.map(({ kind, value }) => `${kind} ${value}`).join(', '),
    });
  else record.fail('identity', 'identity-mismatch', `signed by another identity${hintOf(wanted.texts)}`, subject);
}

function checkClaims(facts: CandidateFacts, rule: Extract<ParsedRule, { kind: 'identity' }>, record: Recorder): void {
  for (const [name, texts] of rule.claims) {
    const actual = facts.claims?.[name];
    const claim = { expected: describeTexts(texts), actual: actual ?? 'none' };
    if (actual !== undefined && matchesAny(texts, actual))
      record.pass(`claim.${name}`, `the certificate’s ${name} is the one that the rule names`, claim);
    else
      record.fail(
        `claim.${name}`,
        'claim-mismatch',
        `the certificate’s ${name} is not the one that the rule names${hintOf(texts)}`,
        claim,
      );
  }
}

/** A wildcard in a plain string is the usual reason why nothing fits. */
function hintOf(texts: readonly TextMatcher[]): string {
  const plain = texts.find((text): text is string => typeof text === 'string' && looksLikePattern(text));
  return plain === undefined
    ? ''
    : `; the plain string ${JSON.stringify(plain)} is compared letter by letter: to make it a pattern, use glob(…) or re2(…), or --certificate-identity-regexp on the command line`;
}
