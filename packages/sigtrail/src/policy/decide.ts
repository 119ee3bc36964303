import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import { createRecorder, type Recorder } from '../establish/recorder.ts';
import { keyFingerprint } from '../crypto/signature.ts';
import { checkKeyWindow } from '../keys/key-window.ts';
import type { Check } from '../report.ts';
import { PROFILES } from '../trust/profile.ts';
import type { ParsedPolicy, ParsedRule } from './parse-policy.ts';
import type { Matcher } from './policy.ts';
import { describeMatcher, matches } from './pattern.ts';

/** The policy's answer about one candidate: accepted only when nothing failed, its own checks included. */
export interface Decision {
  readonly accepted: boolean;
  readonly checks: readonly Check[];
}

/** Applies the policy to one candidate's facts. Pure. */
export function decide(facts: CandidateFacts, policy: ParsedPolicy): Decision {
  const record = createRecorder();
  checkKind(facts, policy, record);
  const outcomes = policy.rules.map((rule) => {
    const own = createRecorder();
    checkSigner(facts, rule, own);
    checkAnnotations(facts, rule, own);
    return own.checks;
  });
  const evidence = createRecorder();
  checkEvidence(facts, policy, evidence);
  const failures = (checks: readonly Check[]): number => checks.filter(({ status }) => status === 'failed').length;
  const best = outcomes.toSorted((a, b) => failures(a) - failures(b))[0] ?? [];
  const checks = [...facts.checks, ...record.checks, ...best, ...evidence.checks];
  // At least one rule, one signature check that passed, and nothing failed or left open: absence of failure is not enough.
  const proven =
    facts.signer !== undefined &&
    facts.checks.some(({ check, status }) => check === 'signature' && status === 'passed');
  const accepted =
    policy.rules.length > 0 && proven && checks.every(({ status }) => status === 'passed' || status === 'skipped');
  return { accepted, checks };
}

/** An attestation is not a signature unless the policy says so by predicate type (design rule 6). */
function checkKind({ candidate }: CandidateFacts, policy: ParsedPolicy, record: Recorder): void {
  if (candidate.content.kind !== 'dsse') return;
  const actual = candidate.content.statement?.predicateType ?? candidate.content.payloadType;
  const expected = [COSIGN_SIGN_PREDICATE, ...policy.acceptAttestationsAsSignature];
  if (expected.includes(actual))
    record.pass('predicate-type', 'the statement is a signature', { expected: expected.join(' or '), actual });
  else
    record.fail(
      'predicate-type',
      'attestation-not-signature',
      'this is an attestation about the image, not a signature of it',
      { expected: expected.join(' or '), actual },
    );
}

/** What the profile of the signer's trust asks for, but where the policy gives another number. */
function checkEvidence(facts: CandidateFacts, { require }: ParsedPolicy, record: Recorder): void {
  const isCertificate = facts.candidate.signer.kind === 'certificate';
  const profile = PROFILES[facts.profile];
  const logs = new Set(facts.log.map(({ logId }) => logId)).size;
  count(
    'required-log',
    require.log ?? profile.log,
    logs,
    'distinct transparency logs',
    reasonFor(facts, 'log', 'log-missing'),
    record,
  );
  if (isCertificate)
    count(
      'required-sct',
      require.sct ?? profile.sct,
      facts.sctLogs.length,
      'distinct CT logs',
      reasonFor(facts, 'sct', 'sct-missing'),
      record,
    );
  // A statement that a log or authority makes twice is one statement.
  // GitHub's instance has no log of its own, so a log's word about one of its certificates is somebody else's.
  const counted = facts.times.filter(({ source }) => facts.profile !== 'github' || source === 'timestamp-authority');
  const times = new Set(counted.map(({ source, authority }) => `${source} ${authority}`)).size;
  const needed = require.time ?? (facts.relaxed.includes('time') ? 0 : profile.time);
  count('required-time', needed, times, 'verified times', reasonFor(facts, 'timestamp', 'time-missing'), record);
  if (isCertificate && needed === 0 && times === 0) {
    if (facts.chainNow?.ok === true)
      record.pass('certificate-now', 'with no time asked for, the certificate is valid at the verifier’s clock');
    else
      record.fail(
        'certificate-now',
        'certificate-expired',
        `with no time asked for, the certificate is judged at the verifier’s clock: ${facts.chainNow?.message ?? 'no chain'}`,
      );
  }
}

function count(check: string, expected: number, actual: number, what: string, code: string, record: Recorder): void {
  const more = { expected: `at least ${expected}`, actual: String(actual) };
  if (actual >= expected) record.pass(check, `${actual} ${what} of ${expected} required`, more);
  else record.fail(check, code, `${actual} ${what}, ${expected} required`, more);
}

/** Evidence that was there but didn't count says more than "missing". */
function reasonFor(facts: CandidateFacts, prefix: string, missing: string): string {
  return (
    facts.checks.find(
      ({ check, status }) => status === 'skipped' && (check === prefix || check.startsWith(`${prefix}-`)),
    )?.code ?? missing
  );
}

function checkSigner(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
  const { candidate, signerKey, times } = facts;
  switch (rule.kind) {
    case 'any':
      if (candidate.signer.kind === 'certificate')
        record.pass('signer', 'any certificate of a trusted authority is accepted');
      else record.fail('signer', 'signer-is-key', 'signed with a key; a key that nobody named can’t be checked');
      return;
    case 'key': {
      const actual = signerKey === undefined ? undefined : keyFingerprint(signerKey);
      const named = rule.keys.find(({ fingerprint }) => fingerprint === actual);
      const more = {
        expected: rule.keys.map(({ fingerprint }) => fingerprint).join(' or ') || 'a key that could not be had',
        actual: actual ?? 'none of the keys named',
      };
      if (named === undefined) {
        const code =
          candidate.signer.kind === 'certificate'
            ? 'signer-is-certificate'
            : rule.keys.length === 0
              ? 'key-unavailable'
              : 'key-mismatch';
        record.fail('key', code, 'not signed with the key that the policy names', more);
        return;
      }
      record.pass('key', 'signed with the key that the policy names', more);
      checkKeyWindow(
        named,
        times.map(({ time }) => time),
        record,
      );
      return;
    }
    case 'identity':
    case 'pki':
      checkIdentity(facts, rule, record);
  }
}

function checkIdentity(
  facts: CandidateFacts,
  rule: Extract<ParsedRule, { kind: 'identity' | 'pki' }>,
  record: Recorder,
): void {
  if (facts.candidate.signer.kind === 'key') {
    record.fail('identity', 'signer-is-key', 'signed with a key; the policy asks for an identity', {
      expected: describeMatcher(rule.subject),
      actual: 'a key',
    });
    return;
  }
  if (rule.kind === 'pki') {
    const more = { expected: 'pki', actual: facts.profile };
    if (facts.profile === 'pki') record.pass('profile', 'signed under a certificate authority of an own PKI', more);
    else record.fail('profile', 'profile-mismatch', 'signed under another kind of certificate authority', more);
  } else checkIssuer(facts, rule, record);
  checkSubjectName(facts, rule.subject, record);
  if (rule.kind === 'identity') checkClaims(facts, rule, record);
}

function checkIssuer(facts: CandidateFacts, rule: Extract<ParsedRule, { kind: 'identity' }>, record: Recorder): void {
  const issuer = facts.claims?.issuer;
  const more = { expected: describeMatcher(rule.issuer), actual: issuer ?? 'none' };
  if (issuer !== undefined && matches(rule.issuer, issuer))
    record.pass('issuer', 'the identity was vouched for by the issuer asked for', more);
  else record.fail('issuer', 'issuer-mismatch', 'another issuer vouched for the identity', more);
}

function checkSubjectName(facts: CandidateFacts, wanted: Matcher, record: Recorder): void {
  const names = facts.subjectAlternativeNames.filter(({ kind }) => kind !== 'unsupported');
  const subject = {
    expected: describeMatcher(wanted),
    actual: names.map(({ value }) => value).join(', ') || 'none',
  };
  if (names.some(({ kind, value }) => fitsKind(wanted, kind) && matches(wanted, value)))
    record.pass('identity', 'signed by the identity asked for', subject);
  else record.fail('identity', 'identity-mismatch', 'signed by another identity', subject);
}

function checkClaims(facts: CandidateFacts, rule: Extract<ParsedRule, { kind: 'identity' }>, record: Recorder): void {
  for (const [name, matcher] of rule.claims) {
    const actual = facts.claims?.[name];
    const claim = { expected: describeMatcher(matcher), actual: actual ?? 'none' };
    if (actual !== undefined && matches(matcher, actual))
      record.pass(`claim.${name}`, `the certificate’s ${name} is as asked`, claim);
    else record.fail(`claim.${name}`, 'claim-mismatch', `the certificate’s ${name} is another`, claim);
  }
}

/** An exact subject that reads as a URI is no e-mail address, and the other way round; patterns say nothing of the kind. */
function fitsKind(subject: Matcher, kind: string): boolean {
  if (typeof subject !== 'string') return true;
  const isUri = /^[a-z][a-z0-9+.-]*:\/\//i.test(subject);
  return isUri ? kind === 'uri' : kind !== 'uri' || subject.includes(':');
}

function checkAnnotations(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
  for (const [name, expected] of Object.entries(rule.annotations)) {
    const actual = Object.hasOwn(facts.annotations, name) ? facts.annotations[name] : undefined;
    const more = { expected: `${name}=${expected}`, actual: actual === undefined ? 'not there' : `${name}=${actual}` };
    if (actual === expected) record.pass('annotations', 'the signed annotation is as asked', more);
    else record.fail('annotations', 'annotation-mismatch', 'a signed annotation is missing or has another value', more);
  }
}
