import type { ListedLog } from '@sigtrail/rekor/trusted-logs';
import type { SignedCertificateTimestamp } from '@sigtrail/fulcio-claims/certificate';
import { encodeHex, sameBytes } from '@sigtrail/encoding';
import type { Certificate } from '../crypto/certificate.ts';
import { isSigtrailError } from '../error.ts';
import type { Check } from '../report/report.ts';
import { type Party, partiesOf } from '../trust/party.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import { isWithin } from './chain.ts';
import type { TrustedPath } from './check-chain.ts';
import type { EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { readScts, verifySct } from './sct.ts';

/** The result for a certificate's SCTs. */
export interface SctsChecked {
  /** Who runs the CT logs whose SCTs count, each party once. */
  readonly ctParties: readonly Party[];
  readonly checks: readonly Check[];
}

// As for log entries: a CT log's clock may run a little ahead of ours.
const CLOCK_SKEW_MS = 60_000;

/**
 * Is the certificate recorded in CT logs (RFC 6962)? An SCT covers the certificate and its issuer's key. Only the paths tell which
 * issuer that is, so until they are found the SCTs are checked with each authority that has the issuer's name.
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

/** An SCT of an unknown log is reported and ignored; an SCT of a known log must verify. Without a trusted issuer no SCT can be verified. */
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
    return { ctParties: [], checks };
  }
  refuseDuplicates(scts, context, record);
  if (scts.length === 0) record.skip('sct', 'sct-missing', 'the certificate has no signed certificate timestamp');
  if (issuer === undefined) return { ctParties: [], checks };
  const verified: VerifiedSct[] = [];
  for (const [item, sct] of scts.entries()) {
    const log = await checkSct({ sct, item, leaf, issuer }, context, record);
    if (log !== undefined) verified.push({ log, timestamp: sct.timestamp, item });
  }
  for (const { timestamp, item } of verified)
    if (timestamp.getTime() > context.now.getTime() + CLOCK_SKEW_MS)
      record.fail('sct', 'sct-in-future', 'the SCT is dated in the future', {
        expected: `at most ${context.now.toISOString()}`,
        actual: timestamp.toISOString(),
        item,
      });
  const parties = partiesOf(context.trust);
  return { ctParties: [...new Set(verified.map(({ log }) => parties.ofLog(log)))], checks };
}

/** A log makes one statement about a certificate at a time. Its signature doesn't cover the log's id, and ECDSA has many signatures for the same message. */
function refuseDuplicates(
  scts: readonly SignedCertificateTimestamp[],
  { trust }: EstablishContext,
  record: Recorder,
): void {
  const keys = scts.map((sct) => findLogs(sct, trust).map(({ publicKey }) => publicKey));
  for (const [item, sct] of scts.entries()) {
    const first = scts.findIndex(
      (other, index) =>
        index < item &&
        other.timestamp.getTime() === sct.timestamp.getTime() &&
        sameBytes(other.extensions, sct.extensions) &&
        (sameBytes(other.logId, sct.logId) ||
          (keys[index] ?? []).some((key) => keys[item]?.some((named) => named.equals(key)))),
    );
    if (first >= 0)
      record.fail(
        'sct',
        'sct-duplicate',
        `SCTs ${first} and ${item} of the certificate are the same SCT of the same CT log`,
        {
          actual: encodeHex(sct.logId),
          item,
        },
      );
  }
}

function findLogs({ logId }: SignedCertificateTimestamp, trust: TrustedRoot): readonly ListedLog[] {
  return trust.certificateTransparencyLogs.filter((log) => sameBytes(log.logId, logId));
}

/** An SCT that its log signed within the log's window. */
interface VerifiedSct {
  readonly log: ListedLog;
  readonly timestamp: Date;
  readonly item: number;
}

interface SctQuestion {
  readonly sct: SignedCertificateTimestamp;
  readonly item: number;
  readonly leaf: Certificate;
  readonly issuer: Certificate;
}

/** The log of an SCT, if the SCT counts. */
async function checkSct(
  { sct, item, leaf, issuer }: SctQuestion,
  { trust, signatures }: EstablishContext,
  record: Recorder,
): Promise<ListedLog | undefined> {
  const id = encodeHex(sct.logId);
  const logs = findLogs(sct, trust);
  const answers = await Promise.all(
    logs.map(({ publicKey }) => verifySct(sct, { leaf, issuer }, publicKey, signatures)),
  );
  const valid = logs[answers.indexOf(true)];
  if (logs.length === 0)
    record.skip('sct', 'sct-log-unknown', 'the SCT is from a log that the trusted root does not have: ignored', {
      actual: id,
      item,
    });
  else if (valid === undefined)
    record.fail('sct', 'sct-invalid', 'the SCT does not verify under the CT log’s key', { actual: id, item });
  else if (
    logs.some((log) => isWithin(log.validFor, sct.timestamp)) ||
    !record.skip(
      'sct',
      'sct-log-not-valid',
      'the trusted root does not use this CT log at the time of the SCT: it does not count',
      { actual: sct.timestamp.toISOString(), item },
    )
  ) {
    record.pass('sct', `the certificate is recorded in the CT log ${valid.baseUrl}`, { actual: id, item });
    return valid;
  }
  return undefined;
}
