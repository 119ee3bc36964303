import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../crypto/certificate.ts';
import { type Memo, NO_MEMO, onTheSpot } from './memo.ts';
import { describeKey, keyFingerprint, matchSignature, needsBytes, unsupportedKey } from '../keys/signature.ts';
import { checkDenied } from './check-denied.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { Signer, VerifiedTime } from '../report/report.ts';
import { askStockJudge } from '../second-judge/stock-judge.ts';
import {
  type ChainFacts,
  checkCarriedChain,
  checkChain,
  checkClaims,
  checkScts,
  checkUsage,
  findIssuingPaths,
} from './check-certificate.ts';
import { bindEntry } from './bind-entry.ts';
import { checkLogWindow, type ProvenEntry, proveEntry } from './prove-entry.ts';
import { checkName } from './check-name.ts';
import { checkSubject, signedDataOf } from './check-subject.ts';
import { checkTimestamps } from './check-timestamps.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/**
 * Turns one candidate into facts. Pure: the same candidate and context give the same facts, with no socket, file or
 * clock. It doesn't stop at the first failure, so that a report names everything that is wrong.
 */
export function establish(given: Candidate, context: EstablishContext): CandidateFacts {
  const record = createRecorder(context.withoutChecks);
  const { trust, subject, now, memo = NO_MEMO } = context;
  const candidate = recall(given, memo);
  // First of all what takes longest to verify: the signatures of the certificate and of the timestamps, as a rule by P-384.
  const paths = candidate.signer.kind === 'certificate' ? findIssuingPaths(candidate.signer, trust, memo) : [];
  const useTimestamps = candidate.timestampsInBundle || context.legacyTimestamps !== 'ignore';
  const stamps = createRecorder(context.withoutChecks);
  const timestamps = useTimestamps ? checkTimestamps(candidate, trust, now, stamps, memo) : [];
  const annotations = checkSubject(candidate, subject, record) ?? {};
  if (subject.kind === 'image') checkName(candidate, subject.digest, context.name, record);
  const signerKey = checkSignature(candidate, context, record);

  const proven = candidate.logEntries
    .map((entry, item) => proveEntry(entry, item, trust, now, record, memo))
    .filter((entry) => entry !== undefined)
    .filter((entry) => bindEntry(entry, candidate, signerKey, subject, record));
  if (!useTimestamps && candidate.timestamps.length > 0)
    record.skip('timestamp', 'timestamp-not-asked', 'the timestamp annotation is left aside, as the policy asks');
  record.checks.push(...stamps.checks);
  // cosign's meaning of asking for timestamps: one that can't be verified is no longer ignored, and a bundle must have one.
  if (
    context.legacyTimestamps === 'require' &&
    timestamps.length < Math.max(candidate.timestamps.length, candidate.timestampsInBundle ? 1 : 0)
  )
    record.fail(
      'timestamp-required',
      candidate.timestamps.length === 0 ? 'timestamp-missing' : 'timestamp-unverified',
      'the policy asks that timestamps verify',
      { expected: `${Math.max(candidate.timestamps.length, 1)}`, actual: `${timestamps.length}` },
    );
  const counted = proven.filter((entry) =>
    checkLogWindow(entry, timestamps.length === 0 ? [now] : timestamps.map(({ time }) => new Date(time.time)), record),
  );
  const times: readonly VerifiedTime[] = [
    ...counted.flatMap(({ integratedTime, log }) =>
      integratedTime === undefined
        ? []
        : [{ time: integratedTime.toISOString(), source: 'log', authority: log.baseUrl } as const],
    ),
    ...timestamps.map(({ time }) => time),
  ];

  const certificate =
    candidate.signer.kind === 'certificate'
      ? examineCertificate(candidate.signer, paths, context, times, record)
      : undefined;
  const signer = describeSigner(candidate, signerKey, certificate);
  if (context.deny !== undefined)
    checkDenied(
      {
        ...(signerKey === undefined ? {} : { key: signerKey }),
        certificates: certificatesOf(candidate, paths),
        ...(certificate?.claims === undefined ? {} : { claims: certificate.claims }),
        subjectAlternativeNames: certificate?.subjectAlternativeNames ?? [],
      },
      context.deny,
      record,
    );
  const facts = {
    candidate,
    ...(signer === undefined ? {} : { signer }),
    ...(signerKey === undefined ? {} : { signerKey }),
    subjectAlternativeNames: certificate?.subjectAlternativeNames ?? [],
    ...(certificate?.claims === undefined ? {} : { claims: certificate.claims }),
    log: counted.map(({ verified }) => verified),
    times,
    sctLogs: certificate?.sctLogs ?? [],
    profile: candidate.signer.kind === 'key' ? ('key' as const) : (certificate?.authority?.profile ?? 'fulcio'),
    relaxed: certificate?.authority?.relax ?? [],
    ...(certificate?.chainNow === undefined ? {} : { chainNow: certificate.chainNow }),
    annotations,
  };
  const sound = signerKey !== undefined && record.checks.every(({ status }) => status !== 'failed');
  const stock = sound
    ? askStockJudge({ ...facts, entries: distinctEntries(counted), timestamps, paths }, context)
    : ({
        verdict: 'not-asked',
        reason: signerKey === undefined ? 'no key to ask it with' : 'our own checks refused it already',
      } as const);
  // Design rule 1: where the stock judge can judge, both must accept.
  if (stock.verdict === 'refused')
    record.fail('stock', 'stock-refused', `@sigstore/verify refuses it: ${stock.reason ?? ''}`);
  else if (stock.verdict === 'accepted') record.pass('stock', '@sigstore/verify accepts it too');
  else if (stock.verdict === 'not-applicable') record.skip('stock', 'stock-not-applicable', stock.reason ?? '');
  return { ...facts, checks: record.checks, stock };
}

/** The leaf as it was parsed the first time, so that all that was found out about it is found again. */
function recall(candidate: Candidate, memo: Memo): Candidate {
  const { signer } = candidate;
  if (signer.kind === 'key') return candidate;
  const leaf = memo.byObject('certificate', signer.leaf, () =>
    memo.byBytes('certificate', [signer.leaf.bytes], () => signer.leaf),
  );
  return leaf === signer.leaf ? candidate : { ...candidate, signer: { ...signer, leaf } };
}

/** The signature under the leaf's key, or under one of the keys that the policy named: never under a key that came with it. */
function checkSignature(candidate: Candidate, context: EstablishContext, record: Recorder): KeyObject | undefined {
  const data = signedDataOf(candidate, context.subject);
  const keys = candidate.signer.kind === 'certificate' ? [candidate.signer.leaf.publicKey] : context.keys;
  if (keys.length === 0) {
    record.skip('signature', 'signature-key-not-named', 'signed with a key, and none was named to check it with');
    return undefined;
  }
  const { memo = NO_MEMO } = context;
  for (const key of keys) {
    const match = matchSignature(key, data, candidate.signature, keys.length === 1 ? memo : onTheSpot(memo));
    if (match === undefined) continue;
    record.pass('signature', `the signature verifies (${match.algorithm})`, { actual: keyFingerprint(key) });
    return key;
  }
  const unsupported = keys.map(unsupportedKey).find((why) => why !== undefined);
  const whose = candidate.signer.kind === 'certificate' ? 'the certificate’s key' : 'any key that was named';
  const [code, message] =
    unsupported !== undefined
      ? (['signature-key-unsupported', unsupported] as const)
      : keys.every((key) => needsBytes(key, data))
        ? ([
            'signature-needs-bytes',
            'a signature of this kind of key can’t be verified with this digest alone',
          ] as const)
        : (['signature-invalid', `the signature does not verify under ${whose}`] as const);
  record.fail('signature', code, message, {
    expected: keys.map((key) => `${describeKey(key)} ${keyFingerprint(key)}`).join(', '),
  });
  return candidate.signer.kind === 'certificate' ? candidate.signer.leaf.publicKey : undefined;
}

type CertificateFacts = ReturnType<typeof checkClaims> & ChainFacts & { readonly sctLogs: readonly string[] };
type Paths = ReturnType<typeof findIssuingPaths>;

function examineCertificate(
  signer: Extract<Candidate['signer'], { kind: 'certificate' }>,
  paths: Paths,
  { trust, now, memo = NO_MEMO }: EstablishContext,
  times: readonly VerifiedTime[],
  record: Recorder,
): CertificateFacts {
  const { leaf } = signer;
  const chain = checkChain(leaf, paths, times, now, record, memo);
  checkCarriedChain(signer, chain.authority, record);
  checkUsage(leaf, chain.authority, record);
  const sctLogs = checkScts(leaf, paths[0]?.certificates[0], trust, now, record, memo);
  return { ...chain, sctLogs, ...checkClaims(leaf, record, memo) };
}

/** The leaf, and every certificate of each path that leads to it. */
function certificatesOf({ signer }: Candidate, paths: Paths): readonly Certificate[] {
  if (signer.kind === 'key') return [];
  return [signer.leaf, ...paths.flatMap(({ certificates }) => certificates)];
}

function describeSigner(
  candidate: Candidate,
  key: KeyObject | undefined,
  certificate: CertificateFacts | undefined,
): Signer | undefined {
  if (candidate.signer.kind === 'key')
    return key === undefined ? undefined : { kind: 'key', fingerprint: keyFingerprint(key) };
  if (certificate?.claims === undefined) return undefined;
  const { leaf } = candidate.signer;
  return {
    kind: 'certificate',
    certificate: Buffer.from(leaf.bytes).toString('base64'),
    subjectAlternativeNames: certificate.subjectAlternativeNames,
    claims: certificate.claims,
    serialNumber: leaf.serialNumber.toString(16),
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
    authority: certificate.authority?.uri ?? 'unknown',
  };
}

/** The same entry twice says it once; stock refuses a bundle for it. */
function distinctEntries(proven: readonly ProvenEntry[]): readonly ProvenEntry[] {
  if (proven.length < 2) return proven;
  const seen = new Set<string>();
  return proven.filter(({ entry: { logId, body } }) => {
    const name = `${Buffer.from(logId).toString('hex')} ${Buffer.from(body).toString('base64')}`;
    return !seen.has(name) && seen.add(name);
  });
}
