import type { SignedCertificateTimestamp } from '@sigtrail/fulcio-claims/certificate';
import { encodeHex, sameBytes } from '@sigtrail/encoding';
import type { Certificate } from '../crypto/certificate.ts';
import { isSigtrailError } from '../error.ts';
import type { Check } from '../report/report.ts';
import { isWithin } from './chain.ts';
import type { TrustedPath } from './check-chain.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { readScts, verifySct } from './sct.ts';

/** What a certificate's SCTs came to. */
export interface SctsChecked {
  /** Hex ids of the distinct CT logs whose SCT counts. */
  readonly sctLogs: readonly string[];
  readonly checks: readonly Check[];
}

// As for log entries: a CT log's clock may run a little ahead of ours.
const CLOCK_SKEW_MS = 60_000;

/**
 * Is the certificate recorded in CT logs (RFC 6962)? An SCT is over the certificate and its issuer's key. Which issuer that is only the
 * paths tell, so that meanwhile the SCTs are held against each authority of the issuer's name.
 */
export async function checkScts(
  leaf: Certificate,
  paths: Promise<readonly TrustedPath[]>,
  context: EstablishContext,
): Promise<SctsChecked> {
  const named = context.trust.certificateAuthorities
    .map(({ certificates: [issuer] }) => issuer)
    .filter((issuer) => issuer !== undefined && sameBytes(issuer.subject, leaf.issuer));
  const [answers, found] = await Promise.all([
    Promise.all(named.map(async (issuer) => [issuer, await checkSctsUnder(issuer, leaf, context)] as const)),
    paths,
  ]);
  const issuer = found[0]?.certificates[0];
  return new Map(answers).get(issuer) ?? checkSctsUnder(issuer, leaf, context);
}

/** An SCT of an unknown log is ignored and reported; one of a known log must hold. Without a trusted issuer no SCT can be verified. */
async function checkSctsUnder(
  issuer: Certificate | undefined,
  leaf: Certificate,
  context: EstablishContext,
): Promise<SctsChecked> {
  const record = createRecorder(context.withoutChecks);
  const { checks } = record;
  let scts: readonly SignedCertificateTimestamp[];
  try {
    scts = readScts(leaf);
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    record.fail('sct', 'sct-malformed', error.message);
    return { sctLogs: [], checks };
  }
  if (scts.length === 0) record.skip('sct', 'sct-missing', 'the certificate has no signed certificate timestamp');
  if (issuer === undefined) return { sctLogs: [], checks };
  const verified: VerifiedSct[] = [];
  for (const [item, sct] of scts.entries())
    if (await checkSct({ sct, item, leaf, issuer }, context, record))
      verified.push({ logId: encodeHex(sct.logId), timestamp: sct.timestamp, item });
  for (const { timestamp, item } of verified)
    if (timestamp.getTime() > context.now.getTime() + CLOCK_SKEW_MS)
      record.fail('sct', 'sct-in-future', 'the SCT is of the future', {
        expected: `at most ${context.now.toISOString()}`,
        actual: timestamp.toISOString(),
        item,
      });
  return { sctLogs: [...new Set(verified.map(({ logId }) => logId))], checks };
}

/** An SCT that its log signed, in that log's window. */
interface VerifiedSct {
  /** In hex. */
  readonly logId: string;
  readonly timestamp: Date;
  readonly item: number;
}

interface SctQuestion {
  readonly sct: SignedCertificateTimestamp;
  readonly item: number;
  readonly leaf: Certificate;
  readonly issuer: Certificate;
}

/** Does this SCT count? */
async function checkSct(
  { sct, item, leaf, issuer }: SctQuestion,
  { trust, signatures }: EstablishContext,
  record: Recorder,
): Promise<boolean> {
  const id = encodeHex(sct.logId);
  const known = trust.certificateTransparencyLogs.filter(({ logId }) => sameBytes(logId, sct.logId));
  const answers = await Promise.all(
    known.map(({ publicKey }) => verifySct(sct, { leaf, issuer }, publicKey, signatures)),
  );
  const valid = known[answers.indexOf(true)];
  if (known.length === 0)
    record.skip('sct', 'sct-log-unknown', 'an SCT of a log that the trusted root does not have: ignored', {
      actual: id,
      item,
    });
  else if (valid === undefined)
    record.fail('sct', 'sct-invalid', 'the SCT does not verify under the CT log’s key', { actual: id, item });
  else if (
    known.some((log) => isWithin(log.validFor, sct.timestamp)) ||
    !record.skip(
      'sct',
      'sct-log-not-valid',
      'the trusted root does not use this CT log at the time of the SCT: it does not count',
      { actual: sct.timestamp.toISOString(), item },
    )
  ) {
    record.pass('sct', `the certificate is recorded in the CT log ${valid.baseUrl}`, { actual: id, item });
    return true;
  }
  return false;
}
