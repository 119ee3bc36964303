import { counted } from '@sigtrail/encoding';
import type { CandidateFacts } from '../establish/facts.ts';
import type { Recorder } from '../establish/recorder.ts';
import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import { statementOf } from '../evidence/statement-of.ts';
import { describeTexts, matchesAny } from '../policy/matcher.ts';
import { type FaultCode, isFaultCode, type KnownCheckName } from '../report/codes.ts';
import type { Party } from '../trust/party.ts';
import { PROFILES } from '../trust/profile.ts';
import type { ParsedBounds, ParsedRule } from '../policy/parse-rule.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import { checkSigner } from './check-signer.ts';

/** Everything that a rule requires of one signature, except its callback. */
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
    const message =
      'a signature of the image’s attestation manifest, which the policy accepts as a signature of the image';
    record.pass('predicate-type', message);
    return;
  }
  if (candidate.content.kind !== 'dsse' && candidate.listed === undefined) return;
  const actual = statementOf(candidate)?.predicateType ?? payloadTypeOf(candidate);
  // A statement that is only listed is not a signature: a scanner in the build chooses its type, and the builder signs the list without reading it.
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

/** The attestation must have the requested type: a scan is not provenance (CVE-2022-35929). */
export function checkIsAttestation({ candidate }: CandidateFacts, types: readonly string[], record: Recorder): void {
  const { content } = candidate;
  const actual = statementOf(candidate)?.predicateType ?? (content.kind === 'dsse' ? content.payloadType : undefined);
  const extras = { expected: types.join(' or '), actual: actual ?? 'not an attestation' };
  if (actual !== undefined && types.includes(actual))
    record.pass('predicate-type', 'the attestation has the predicate type that the rule names', extras);
  else {
    const message = actual === undefined ? 'a signature, not an attestation' : 'an attestation of another type';
    record.fail('predicate-type', 'predicate-type-mismatch', message, extras);
  }
}

/** Checks what the signer's trust profile requires, unless the policy states another number: how many logs, CT logs, times and timestamp authorities vouch for the signature. */
export function checkEvidence(
  facts: CandidateFacts,
  rule: Pick<ParsedRule, 'kind'>,
  require: RequiredEvidence,
  record: Recorder,
): void {
  // A signature by a key stays that, whatever certificate comes with it.
  const isCertificate = facts.profile !== 'key';
  const profile = PROFILES[facts.profile];
  // A certificate around a key that the policy names must not lower what the bare key needs: its authority may be trusted for something else.
  const usualLogs = rule.kind === 'key' ? Math.max(profile.log, PROFILES.key.log) : profile.log;
  const { logs, certificateTransparencyLogs, timestampAuthorities } = facts.parties;
  countParties(
    'required-log',
    require.log ?? usualLogs,
    logs,
    ['distinct transparency log'],
    reasonFor(facts, 'log', 'log-missing'),
    record,
  );
  if (isCertificate)
    countParties(
      'required-sct',
      require.sct ?? profile.sct,
      certificateTransparencyLogs,
      ['distinct CT log'],
      reasonFor(facts, 'sct', 'sct-missing'),
      record,
    );
  // GitHub's instance has no log of its own, so a log entry about one of its certificates comes from another instance.
  const times = facts.profile === 'github' ? timestampAuthorities : facts.parties.times;
  const needed = require.time ?? (facts.relaxed.includes('time') ? 0 : profile.time);
  countParties(
    'required-time',
    needed,
    times,
    ['verified time'],
    reasonFor(facts, 'timestamp', 'time-missing'),
    record,
  );
  if (require.tsa !== undefined)
    countParties(
      'required-tsa',
      require.tsa,
      timestampAuthorities,
      ['distinct timestamp authority', 'distinct timestamp authorities'],
      reasonFor(facts, 'timestamp', 'timestamp-missing'),
      record,
    );
  if (isCertificate && needed === 0 && times.length === 0) {
    const now = facts.chainNow ?? { ok: false, code: 'certificate-issuer-unknown', message: 'no chain' };
    if (now.ok)
      record.pass(
        'certificate-now',
        'no verified time is required, and the certificate is valid at the verifier’s clock',
      );
    else
      record.fail(
        'certificate-now',
        now.code,
        `no verified time is required, so the certificate is checked at the verifier’s clock: ${now.message}`,
      );
  }
}

/** Counts parties, not pieces of evidence: two statements by one party count once. */
function countParties(
  check: KnownCheckName,
  expected: number,
  parties: readonly Party[],
  what: readonly [noun: string, plural?: string],
  code: FaultCode,
  record: Recorder,
): void {
  const actual = parties.length;
  const extras = { expected: `at least ${expected}`, actual: String(actual) };
  const named = parties.map(describeParty).join(', ');
  const who = named === '' ? '' : ` (${named})`;
  if (actual >= expected) record.pass(check, `${counted(actual, ...what)}${who} of ${expected} required`, extras);
  else record.fail(check, code, `${counted(actual, ...what)}${who}, ${expected} required`, extras);
}

function describeParty({ by, name }: Party): string {
  return by === 'operator' ? `operator ${name}` : `${name} by its ${by}`;
}

/** If there is evidence that didn't count, its code says more than "missing". */
function reasonFor(facts: CandidateFacts, prefix: string, missing: FaultCode): FaultCode {
  const code = facts.checks.find(
    ({ check, status }) => status === 'skipped' && (check === prefix || check.startsWith(`${prefix}-`)),
  )?.code;
  return code !== undefined && isFaultCode(code) ? code : missing;
}

function checkAnnotations(facts: CandidateFacts, rule: ParsedRule, record: Recorder): void {
  for (const [name, texts] of rule.annotations) {
    const actual = Object.hasOwn(facts.annotations, name) ? facts.annotations[name] : undefined;
    const found = Object.entries(facts.annotations).map(([key, value]) => `${key}=${value}`);
    const extras = {
      expected: `${name}=${describeTexts(texts)}`,
      actual: actual === undefined ? found.join(', ') || 'no annotations' : `${name}=${actual}`,
    };
    if (actual !== undefined && matchesAny(texts, actual))
      record.pass('annotations', 'the signed annotation has the value that the rule names', extras);
    else {
      const why =
        actual === undefined
          ? `there is no signed annotation ${name}`
          : `the signed annotation ${name} does not have the value that the rule names`;
      record.fail('annotations', 'annotation-mismatch', why, extras);
    }
  }
}

/**
 * "Existed by", never "not before" (docs/architecture.md): logs and timestamps prove that a signature existed by a time, never that it didn't exist earlier. But it was made after its certificate
 * was issued, so `notBefore` is the only lower bound, and a plain key has none.
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
    const extras = {
      expected: `at or after ${bound.toISOString()}`,
      actual: from === undefined ? 'no time is known' : `at or after ${from.toISOString()}`,
    };
    if (from === undefined)
      record.fail(name, 'freshness-unprovable', `${what}: nothing shows when a plain key signed`, extras);
    else if (from >= bound) record.pass(name, `${what}: its certificate was issued after that`, extras);
    else record.fail(name, code, `${what}: its certificate is older, so the signature may be older too`, extras);
  };
  check('signed-after', 'signed-too-early', signedAfter, 'signed after the required time');
  check(
    'max-age',
    'signature-too-old',
    maxAgeMs === undefined ? undefined : new Date(now.getTime() - maxAgeMs),
    'not older than allowed',
  );
  check('not-older-than', 'signature-rolled-back', notOlderThan, 'not older than what was verified before');
}
