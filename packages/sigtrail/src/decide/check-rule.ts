import type { CandidateFacts } from '../establish/facts.ts';
import type { Recorder } from '../establish/recorder.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import { checkKeyWindow } from '../keys/key-window.ts';
import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import { statementOf } from '../evidence/statement-of.ts';
import {
  describeParsedSubject,
  describeTexts,
  matchesAny,
  matchesSubject,
  type ParsedSubject,
  type TextMatcher,
} from '../policy/matcher.ts';
import { looksLikePattern } from '../policy/looks-like-pattern.ts';
import { type FaultCode, isFaultCode, type KnownCheckName } from '../report/codes.ts';
import type { Party } from '../trust/party.ts';
import { PROFILES } from '../trust/profile.ts';
import { RELEASE_SIGNER } from '../policy/github-release.ts';
import type { ParsedBounds, ParsedRule } from '../policy/parse-rule.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import { checkRelease, checkReleaseSigner } from './check-release.ts';

/** Everything that a rule asks of one signature, its callback aside. */
export function checkRule(facts: CandidateFacts, rule: ParsedRule, now: Date, record: Recorder): void {
  checkSigner(facts, rule, record);
  checkAnnotations(facts, rule, record);
  checkBounds(facts, rule.bounds, now, record);
}

/** An attestation is not a signature unless the policy says so by predicate type (docs/architecture.md). */
export function checkIsSignature(
  { candidate }: CandidateFacts,
  { acceptTypes, acceptManifests }: { readonly acceptTypes: readonly string[]; readonly acceptManifests: boolean },
  record: Recorder,
): void {
  if (candidate.listed !== undefined && acceptManifests) {
    const message = 'a signature of the image’s attestation manifest, which the policy lets count as one of the image';
    record.pass('predicate-type', message);
    return;
  }
  if (candidate.content.kind !== 'dsse' && candidate.listed === undefined) return;
  const actual = statementOf(candidate)?.predicateType ?? payloadTypeOf(candidate);
  // A statement that is only listed signs nothing: whoever runs a scanner in a build chooses its type, and the builder signs the list unread.
  const expected = candidate.listed === undefined ? [COSIGN_SIGN_PREDICATE, ...acceptTypes] : acceptTypes;
  if (expected.includes(actual))
    record.pass('predicate-type', 'the statement is a signature', { expected: expected.join(' or '), actual });
  else
    record.fail(
      'predicate-type',
      acceptTypes.length > 0 ? 'predicate-type-mismatch' : 'attestation-not-signature',
      candidate.listed === undefined
        ? 'this is an attestation about the image, not a signature of it'
        : 'this is a signature of an attestation manifest, not of the image',
      { expected: expected.join(' or ') || 'a signature of the image', actual },
    );
}

function payloadTypeOf({ content }: CandidateFacts['candidate']): string {
  return content.kind === 'dsse' ? content.payloadType : 'not an attestation';
}

/** The attestation must be of the type asked for: a scan is no provenance (CVE-2022-35929). */
export function checkIsAttestation({ candidate }: CandidateFacts, types: readonly string[], record: Recorder): void {
  const { content } = candidate;
  const actual = statementOf(candidate)?.predicateType ?? (content.kind === 'dsse' ? content.payloadType : undefined);
  const more = { expected: types.join(' or '), actual: actual ?? 'not an attestation' };
  if (actual !== undefined && types.includes(actual))
    record.pass('predicate-type', 'the attestation has the predicate type that the rule names', more);
  else {
    const message = actual === undefined ? 'a signature, not an attestation' : 'an attestation of another type';
    record.fail('predicate-type', 'predicate-type-mismatch', message, more);
  }
}

/** What the profile of the signer's trust asks for, but where the policy gives another number: how many logs, CT logs, times and timestamp authorities speak for the signature. */
export function checkEvidence(
  facts: CandidateFacts,
  rule: Pick<ParsedRule, 'kind'>,
  require: RequiredEvidence,
  record: Recorder,
): void {
  // A key's signature stays one, whatever certificate stands beside it.
  const isCertificate = facts.profile !== 'key';
  const profile = PROFILES[facts.profile];
  // A certificate around a key that the policy names must not ask for less than the bare key would: its authority may be trusted for something else.
  const usualLogs = rule.kind === 'key' ? Math.max(profile.log, PROFILES.key.log) : profile.log;
  const { logs, certificateTransparencyLogs, timestampAuthorities } = facts.parties;
  count(
    'required-log',
    require.log ?? usualLogs,
    logs,
    'distinct transparency logs',
    reasonFor(facts, 'log', 'log-missing'),
    record,
  );
  if (isCertificate)
    count(
      'required-sct',
      require.sct ?? profile.sct,
      certificateTransparencyLogs,
      'distinct CT logs',
      reasonFor(facts, 'sct', 'sct-missing'),
      record,
    );
  // GitHub's instance has no log of its own, so a log's word about one of its certificates is somebody else's.
  const times = facts.profile === 'github' ? timestampAuthorities : facts.parties.times;
  const needed = require.time ?? (facts.relaxed.includes('time') ? 0 : profile.time);
  count('required-time', needed, times, 'verified times', reasonFor(facts, 'timestamp', 'time-missing'), record);
  if (require.tsa !== undefined)
    count(
      'required-tsa',
      require.tsa,
      timestampAuthorities,
      'distinct timestamp authorities',
      reasonFor(facts, 'timestamp', 'timestamp-missing'),
      record,
    );
  if (isCertificate && needed === 0 && times.length === 0) {
    const now = facts.chainNow ?? { ok: false, code: 'certificate-issuer-unknown', message: 'no chain' };
    if (now.ok)
      record.pass('certificate-now', 'with no time asked for, the certificate is valid at the verifier’s clock');
    else
      record.fail(
        'certificate-now',
        now.code,
        `with no time asked for, the certificate is checked at the verifier’s clock: ${now.message}`,
      );
  }
}

/** Parties, not pieces of evidence: what one of them says twice counts once. */
function count(
  check: KnownCheckName,
  expected: number,
  counted: readonly Party[],
  what: string,
  code: FaultCode,
  record: Recorder,
): void {
  const actual = counted.length;
  const more = { expected: `at least ${expected}`, actual: String(actual) };
  const named = counted.map(describeParty).join(', ');
  const who = named === '' ? '' : ` (${named})`;
  if (actual >= expected) record.pass(check, `${actual} ${what}${who} of ${expected} required`, more);
  else record.fail(check, code, `${actual} ${what}${who}, ${expected} required`, more);
}

function describeParty({ by, name }: Party): string {
  return by === 'operator' ? `operator ${name}` : `${name} by its ${by}`;
}

/** Evidence that was there but didn't count says more than "missing". */
function reasonFor(facts: CandidateFacts, prefix: string, missing: FaultCode): FaultCode {
  const code = facts.checks.find(
    ({ check, status }) => status === 'skipped' && (check === prefix || check.startsWith(`${prefix}-`)),
  )?.code;
  return code !== undefined && isFaultCode(code) ? code : missing;
}

function checkSigner(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
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
        actual: actual ?? 'none of the keys named',
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
    if (facts.profile === 'pki') record.pass('profile', 'signed under a certificate authority of an own PKI', more);
    else record.fail('profile', 'profile-mismatch', 'signed under another kind of certificate authority', more);
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
  else record.fail('profile', 'profile-mismatch', 'signed under another kind of certificate authority', more);
}

// GitHub's own authority issues for the workload tokens of GitHub and of GitHub Enterprise Cloud only.
const GITHUB_ISSUERS = /^https:\/\/token\.actions\.(?:githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(?:\/[^/]+)?$/;

/**
 * May this kind of authority vouch for an identity of this issuer? An issuer stands in an extension that any authority can write: one that is trusted beside
 * another kind, for something else, must not vouch in its name. Where only one kind is trusted (a Fulcio of one's own, by its roots), a rule can mean no other.
 */
function checkVoucher({ profile, isBesideOthers, claims }: CandidateFacts, record: Recorder): void {
  const issuer = claims?.issuer;
  // Fulcio is what an identity rule speaks of. A pattern that fits every issuer also fits none, so a certificate without one is held to the same.
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
  if (isAsked) record.pass('issuer', 'the identity was vouched for by the issuer asked for', more);
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
  if (matchesSubject(wanted, names)) record.pass('identity', 'signed by the identity asked for', subject);
  // The text fits and the kind doesn't: say so, or the two would read alike.
  else if (names.some(({ value }) => matchesAny(wanted.texts, value)))
    record.fail('identity', 'identity-kind-mismatch', 'the name has another kind than the rule asks for', {
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
    : `; the plain string ${JSON.stringify(plain)} is compared letter by letter: glob(…) or re2(…) makes a pattern of it`;
}

function checkAnnotations(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
  for (const [name, texts] of rule.annotations) {
    const actual = Object.hasOwn(facts.annotations, name) ? facts.annotations[name] : undefined;
    const more = {
      expected: `${name}=${describeTexts(texts)}`,
      actual: actual === undefined ? 'not there' : `${name}=${actual}`,
    };
    if (actual !== undefined && matchesAny(texts, actual))
      record.pass('annotations', 'the signed annotation has the value that the rule names', more);
    else record.fail('annotations', 'annotation-mismatch', 'a signed annotation is missing or has another value', more);
  }
}

/**
 * Existed by, never not before (docs/architecture.md): logs and timestamps prove that a signature existed by a time, never that it didn't before. It was made after its certificate
 * was: `notBefore` is the one lower bound, and a plain key has none.
 */
function checkBounds(
  { signer }: CandidateFacts,
  { signedAfter, maxAgeMs, notOlderThan }: ParsedBounds,
  now: Date,
  record: Recorder,
): void {
  const from = signer?.kind === 'certificate' ? new Date(signer.notBefore) : undefined;
  const check = (name: KnownCheckName, code: FaultCode, bound: Date | undefined, what: string): void => {
    if (bound === undefined) return;
    const more = {
      expected: `at or after ${bound.toISOString()}`,
      actual: from === undefined ? 'nothing says when' : `at or after ${from.toISOString()}`,
    };
    if (from === undefined)
      record.fail(name, 'freshness-unprovable', `${what}: nothing shows when a plain key signed`, more);
    else if (from >= bound) record.pass(name, `${what}: its certificate was issued after that`, more);
    else record.fail(name, code, `${what}: its certificate is older, so the signature may be too`, more);
  };
  check('signed-after', 'signed-too-early', signedAfter, 'signed after the time asked for');
  check(
    'max-age',
    'signature-too-old',
    maxAgeMs === undefined ? undefined : new Date(now.getTime() - maxAgeMs),
    'not older than allowed',
  );
  check('not-older-than', 'signature-rolled-back', notOlderThan, 'not older than what was verified before');
}
