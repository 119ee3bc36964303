import type { AuthorityChain } from './chain.ts';
import { parseTimestampToken, type TimestampToken } from './timestamp-token.ts';
import { type TimestampResult, verifyTimestampToken } from './verify-timestamp.ts';
import { sameBytes } from '@sigtrail/encoding';
import { isSigtrailError } from '../error.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { Check, VerifiedTime } from '../report/report.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** A token that verifies, and the authority that it verified with. */
export interface ProvenTimestamp {
  readonly bytes: Uint8Array;
  readonly token: TimestampToken;
  readonly authority: AuthorityChain;
  readonly time: VerifiedTime;
}

/** The result for a candidate's timestamps. */
export interface TimestampsChecked {
  readonly timestamps: readonly ProvenTimestamp[];
  readonly checks: readonly Check[];
}

/**
 * When did timestamp authorities see this signature (RFC 3161)? A token from an unknown authority is reported and ignored. The
 * timestamp annotation of cosign's layers is used, ignored or required, depending on the policy.
 */
export async function checkTimestamps(candidate: Candidate, context: EstablishContext): Promise<TimestampsChecked> {
  const { timestampsInBundle } = candidate;
  const covered = candidate.stamped ?? candidate.signature;
  const record = createRecorder(context.withoutChecks);
  if (!timestampsInBundle && context.legacyTimestamps === 'ignore') {
    if (candidate.timestamps.length > 0)
      record.skip('timestamp', 'timestamp-not-asked', 'the policy ignores the timestamp annotation');
    return { timestamps: [], checks: record.checks };
  }
  const all = await Promise.all(
    candidate.timestamps.map(async (bytes, item) => checkTimestamp({ bytes, covered, item }, context)),
  );
  record.checks.push(...all.flatMap(({ checks }) => checks));
  refuseDuplicates(candidate.timestamps, all, record);
  const timestamps = all.map(({ proven }) => proven).filter((proven) => proven !== undefined);
  // cosign's meaning: a timestamp that can't be verified is no longer ignored, and a bundle must have one.
  const least = Math.max(candidate.timestamps.length, timestampsInBundle ? 1 : 0);
  if (context.legacyTimestamps === 'require' && timestamps.length < least)
    record.fail(
      'timestamp-required',
      candidate.timestamps.length === 0 ? 'timestamp-missing' : 'timestamp-unverified',
      'the policy requires verified timestamps',
      { expected: `${Math.max(candidate.timestamps.length, 1)}`, actual: `${timestamps.length}` },
    );
  return { timestamps, checks: record.checks };
}

/**
 * An authority gives each token a serial number of its own, so the same TSTInfo by the same signer is the same token. Anyone can rewrite the certificates,
 * the unsigned attributes and the ECDSA signature around it.
 */
function refuseDuplicates(
  given: readonly Uint8Array[],
  checked: readonly { readonly token?: TimestampToken }[],
  record: Recorder,
): void {
  for (const [item, bytes] of given.entries()) {
    const first = given.findIndex(
      (other, index) =>
        index < item && (sameBytes(other, bytes) || isSameToken(checked[index]?.token, checked[item]?.token)),
    );
    if (first >= 0)
      record.fail('timestamp', 'timestamp-duplicate', `timestamps ${first} and ${item} are the same token`, { item });
  }
}

function isSameToken(one: TimestampToken | undefined, other: TimestampToken | undefined): boolean {
  if (one === undefined || other === undefined || !sameBytes(one.tstInfo, other.tstInfo)) return false;
  const isSameSigner = one.signerSerial === other.signerSerial && sameBytes(one.signerIssuer, other.signerIssuer);
  return isSameSigner || sameBytes(one.signedAttributes, other.signedAttributes);
}

async function checkTimestamp(
  { bytes, covered, item }: { readonly bytes: Uint8Array; readonly covered: Uint8Array; readonly item: number },
  { trust, now, signatures, withoutChecks }: EstablishContext,
): Promise<{ readonly token?: TimestampToken; readonly proven?: ProvenTimestamp; readonly checks: readonly Check[] }> {
  const record = createRecorder(withoutChecks);
  const { checks } = record;
  let token: TimestampToken;
  let result: TimestampResult;
  try {
    token = parseTimestampToken(bytes);
    result = await verifyTimestampToken(token, covered, trust.timestampAuthorities, signatures);
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    record.fail('timestamp', 'timestamp-malformed', error.message, { item });
    return { checks };
  }
  if (result.ok) {
    const time = result.time.toISOString();
    if (result.time.getTime() > now.getTime() + 60_000) {
      const extras = { expected: `at most ${now.toISOString()}`, actual: time, item };
      if (record.fail('timestamp', 'timestamp-in-future', 'the timestamp is dated in the future', extras))
        return { token, checks };
    } else
      record.pass('timestamp', `timestamp authority ${result.authority.uri} saw this signature at ${time}`, { item });
    const { authority } = result;
    const accuracy = token.accuracyMs === undefined ? {} : { accuracyMs: token.accuracyMs };
    const source = 'timestamp-authority';
    return {
      token,
      proven: { bytes, token, authority, time: { time, source, authority: authority.uri, ...accuracy } },
      checks,
    };
  }
  const extras = {
    item,
    ...(result.expected === undefined ? {} : { expected: result.expected }),
    ...(result.actual === undefined ? {} : { actual: result.actual }),
  };
  if (result.fault === 'unknown-authority')
    record.skip('timestamp', 'timestamp-authority-unknown', `${result.message}: ignored`, extras);
  else if (result.fault === 'authority-not-valid')
    record.skip('timestamp', 'timestamp-authority-not-valid', `${result.message}: it does not count`, extras);
  else record.fail('timestamp', `timestamp-${result.fault}`, result.message, extras);
  return { token, checks };
}
