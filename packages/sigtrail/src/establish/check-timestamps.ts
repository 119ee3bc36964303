import type { AuthorityChain } from './chain.ts';
import { type Memo, NO_MEMO } from './memo.ts';
import { parseTimestampToken, type TimestampToken } from './timestamp-token.ts';
import { verifyTimestampToken } from './verify-timestamp.ts';
import { isSigtrailError } from '../error.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { VerifiedTime } from '../report/report.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { Recorder } from './recorder.ts';

/** A token that holds, and what it was held against. */
export interface ProvenTimestamp {
  readonly bytes: Uint8Array;
  readonly token: TimestampToken;
  readonly authority: AuthorityChain;
  readonly time: VerifiedTime;
}

/** Times that timestamp authorities signed over this signature (RFC 3161). A token of an unknown authority is ignored and reported. */
export function checkTimestamps(
  candidate: Candidate,
  trust: TrustedRoot,
  now: Date,
  record: Recorder,
  memo: Memo = NO_MEMO,
): readonly ProvenTimestamp[] {
  return candidate.timestamps
    .map((bytes, item) =>
      checkTimestamp({ bytes, covered: candidate.stamped ?? candidate.signature, item }, trust, now, record, memo),
    )
    .filter((proven) => proven !== undefined);
}

function checkTimestamp(
  { bytes, covered, item }: { readonly bytes: Uint8Array; readonly covered: Uint8Array; readonly item: number },
  trust: TrustedRoot,
  now: Date,
  record: Recorder,
  memo: Memo,
): ProvenTimestamp | undefined {
  let token: TimestampToken;
  let result: ReturnType<typeof verifyTimestampToken>;
  try {
    token = parseTimestampToken(bytes);
    result = verifyTimestampToken(token, covered, trust.timestampAuthorities, memo);
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    record.fail('timestamp', 'timestamp-malformed', error.message, { item });
    return undefined;
  }
  if (result.ok) {
    const time = result.time.toISOString();
    if (result.time.getTime() > now.getTime() + 60_000) {
      const more = { expected: `at most ${now.toISOString()}`, actual: time, item };
      if (record.fail('timestamp', 'timestamp-in-future', 'the timestamp is of the future', more)) return undefined;
    } else
      record.pass('timestamp', `timestamp authority ${result.authority.uri} saw this signature at ${time}`, { item });
    const { authority } = result;
    const accuracy = token.accuracyMs === undefined ? {} : { accuracyMs: token.accuracyMs };
    const source = 'timestamp-authority';
    return { bytes, token, authority, time: { time, source, authority: authority.uri, ...accuracy } };
  }
  const more = {
    item,
    ...(result.expected === undefined ? {} : { expected: result.expected }),
    ...(result.actual === undefined ? {} : { actual: result.actual }),
  };
  if (result.fault === 'unknown-authority')
    record.skip('timestamp', 'timestamp-authority-unknown', `${result.message}: ignored`, more);
  else if (result.fault === 'authority-not-valid')
    record.skip('timestamp', 'timestamp-authority-not-valid', `${result.message}: it does not count`, more);
  else record.fail('timestamp', `timestamp-${result.fault}`, result.message, more);
  return undefined;
}
