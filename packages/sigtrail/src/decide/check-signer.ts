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
      const more = {
        expected: rule.keys.map(({ fingerprint }) => fingerprint).join(' or ') || 'a key that could not be loaded',
        actual: actual ?? 'none of the named keys',
      };
      if (named === undefined) {
        const code = candidate.signer.kind === 'certificate' ? 'signer-is-certificate' : 'key-mismatch';
        record.fail('key', code, 'not signed with the key that the policy names', more);
        return;
      }
      record.pass('key', 'signed with the key that the policy names', more);
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
 * GitHub's authority writes the issuer of a workload's token into whatever it issues to a workload. Without one the certificate is GitHub's own, of a release:
 * no rule for anybody else may be wide enough for that, nor under whichever profile its root was given.
 */
function isOfGithubItself({ profile, claims, subjectAlternativeNames }: CandidateFacts): boolean {
  const isRelease = subjectAlternativeNames.some(({ value }) => value === RELEASE_SIGNER);
  return claims?.issuer === undefined && (profile === 'github' || isRelease);
}

/** A root of GitHub's that was given as an own PKI's is still GitHub's: there, only a rule with its very name speaks of it, and no pattern. */
function checkIsNotGithubItself(facts: CandidateFacts, { texts }: ParsedSubject, record: Recorder): void {
  if (!isOfGithubItself(facts) || texts.includes(RELEASE_SIGNER)) return;
  const message = 'signed by GitHub in its own name, for which a pattern is not enough: githubRelease names a release';
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
    const more = { expected: 'pki', actual: facts.profile };
    if (facts.profile === 'pki') record.pass('profile', 'signed under a private PKI’s certificate authority', more);
    else record.fail('profile', 'profile-mismatch', 'signed under a certificate authority of another profile', more);
  } else {
    if (rule.profile !== undefined) checkProfile(facts, rule.profile, record);
    checkVoucher(facts, record);
    checkIssuer(facts, rule, record);
  }
  checkSubjectName(facts, rule.subject, record);
  if (rule.kind === 'identity') checkClaims(facts, rule, record);
}

/** A rule that names a kind of authority speaks of no other: what is asked of one kind must not be enough for another. */
function checkProfile({ profile }: CandidateFacts, expected: 'fulcio' | 'github', record: Recorder): void {
  const more = { expected, actual: profile };
  if (profile === expected)
    record.pass('profile', 'signed under the kind of certificate authority that the rule names', more);
  else record.fail('profile', 'profile-mismatch', 'signed under a certificate authority of another profile', more);
}

// GitHub's own authority issues for the workload tokens of GitHub and of GitHub Enterprise Cloud only.
const GITHUB_ISSUERS = /^https:\/\/token\.actions\.(?:githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(?:\/[^/]+)?$/;

/**
 * May this kind of authority vouch for an identity of this issuer? The issuer is in an extension that any authority can write: an authority that is trusted beside
 * another kind, for something else, must not vouch for that kind's issuers. Where only one kind is trusted (a private Fulcio), a rule can't mean another.
 */
function checkVoucher({ profile, isBesideOthers, claims }: CandidateFacts, record: Recorder): void {
  const issuer = claims?.issuer;
  // An identity rule is about Fulcio. A pattern that fits every issuer also fits a missing issuer, so a certificate without one gets the same check.
  if (profile === 'fulcio' || !isBesideOthers) return;
  if (profile === 'github' && issuer !== undefined && GITHUB_ISSUERS.test(issuer)) return;
  record.fail(
    'profile',
    'profile-mismatch',
    'the certificate names an issuer that its authority does not issue for; ask for its subject with profile "pki" if that is who must sign',
    { expected: 'an authority that issues for this issuer', actual: `profile ${profile}, issuer ${issuer ?? 'none'}` },
  );
}

function checkIssuer(facts: CandidateFacts, rule: Extract<ParsedRule, { kind: 'identity' }>, record: Recorder): void {
  const issuer = facts.claims?.issuer;
  const more = { expected: describeTexts(rule.issuer), actual: issuer ?? 'none' };
  // Certificates of an own PKI name no issuer, and cosign's lines ask for one with `.*`: only a pattern that asks nothing is satisfied with that.
  const isAsked =
    issuer === undefined
      ? !isOfGithubItself(facts) && rule.issuer.some((one) => typeof one !== 'string' && matchesAny([one], ''))
      : matchesAny(rule.issuer, issuer);
  if (isAsked) record.pass('issuer', 'the required issuer vouched for the identity', more);
  else {
    const who = issuer === undefined ? 'no issuer' : 'another issuer';
    record.fail('issuer', 'issuer-mismatch', `${who} vouched for the identity${hintOf(rule.issuer)}`, more);
  }
}

function checkSubjectName(facts: CandidateFacts, wanted: ParsedSubject, record: Recorder): void {
  const names = facts.subjectAlternativeNames.filter(({ kind }) => kind !== 'unsupported');
  const subject = {
    expected: describeParsedSubject(wanted),
    actual: names.map(({ value }) => value).join(', ') || 'none',
  };
  if (matchesSubject(wanted, names)) record.pass('identity', 'signed by the required identity', subject);
  // The text fits and the kind doesn't: say so, or the two would look the same.
  else if (names.some(({ value }) => matchesAny(wanted.texts, value)))
    record.fail('identity', 'identity-kind-mismatch', 'the name has another kind than the rule requires', {
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
    else record.fail(`claim.${name}`, 'claim-mismatch', `the certificate’s ${name} is another${hintOf(texts)}`, claim);
  }
}

/** A wildcard in a plain string is the usual reason why nothing fits. */
function hintOf(texts: readonly TextMatcher[]): string {
  const plain = texts.find((text): text is string => typeof text === 'string' && looksLikePattern(text));
  return plain === undefined
    ? ''
    : `; the plain string ${JSON.stringify(plain)} is compared letter by letter: glob(…) or re2(…), on the command line --certificate-identity-regexp, makes a pattern of it`;
}
