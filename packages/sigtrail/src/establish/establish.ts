import type { KeyObject } from 'node:crypto';
import type { Candidate } from '../evidence/candidate.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import { type Party, partiesOf } from '../trust/party.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { Check, Signer, VerifiedTime } from '../report/report.ts';
import { type CertificateChecked, checkCertificate, checkIssuance } from './check-certificate.ts';
import { checkCarriedRoot } from './check-carried-root.ts';
import { checkDenied } from './check-denied.ts';
import { checkListed } from './check-listed.ts';
import { checkEntries, checkLogWindows, proveEntries } from './check-log-entries.ts';
import { checkName } from './check-name.ts';
import { checkSecondJudge } from './check-second-judge.ts';
import { checkSignature } from './check-signature.ts';
import { checkSubject } from './check-subject.ts';
import { checkTimestamps, type ProvenTimestamp } from './check-timestamps.ts';
import type { CandidateFacts, CountedParties, EstablishContext } from './facts.ts';
import type { ProvenEntry } from './prove-entry.ts';

/**
 * Turns a candidate into facts. If a certificate accompanies a signature and the policy names keys, the candidate is checked by both: a signer with a key
 * may attach any certificate, and cosign asks nothing of it under `--key`. In a bundle, the certificate is always the signer's.
 */
export async function establish(candidate: Candidate, context: EstablishContext): Promise<CandidateFacts> {
  const facts = await establishOne(candidate, context);
  const { signer, original } = candidate;
  if (signer.kind !== 'certificate' || original.kind === 'bundle' || context.keys.length === 0) return facts;
  const keySigned = { ...candidate, signer: { kind: 'key', beside: signer } } as const;
  const { signerKey } = await checkSignature(keySigned, context);
  // The signer did not attach a certificate of a different key: cosign refuses it, too.
  if (signerKey === undefined || !signer.leaf.publicKey.equals(signerKey)) return facts;
  return { ...facts, byKey: { ...(await establishOne(keySigned, context)), candidate } };
}

/** If the signature does not rest on its certificate, the certificate's checks are for information only. */
function forInformation(checks: readonly Check[]): readonly Check[] {
  return checks.map((check) =>
    check.status === 'passed'
      ? check
      : { ...check, status: 'skipped', message: `of the certificate beside the key’s signature: ${check.message}` },
  );
}

/**
 * Checks a candidate by its certificate, or by the policy's keys. Deterministic: the same candidate and context give the same facts; the only effect is asking
 * `context.signatures`. It doesn't stop at the first failure, so that a report names everything that is wrong.
 */
async function establishOne(candidate: Candidate, context: EstablishContext): Promise<CandidateFacts> {
  const { signer } = candidate;
  const shown = signer.kind === 'certificate' ? signer : signer.beside;
  // Most expensive first: the certificate's and the timestamps' signatures usually use P-384, in the thread pool.
  const [issuance, stamped, signature, proven, subject, name] = await Promise.all([
    shown === undefined ? undefined : checkIssuance(shown, context),
    checkTimestamps(candidate, context),
    checkSignature(candidate, context),
    proveEntries(candidate, context),
    checkSubject(candidate, context),
    checkName(candidate, context),
  ]);
  const paths = issuance?.paths ?? [];
  const { timestamps } = stamped;
  const { signerKey } = signature;
  const bound = checkEntries(proven.entries, candidate, signerKey, context);
  const stampedAt = timestamps.map(({ time }) => new Date(time.time));
  const counted = checkLogWindows(bound.entries, stampedAt.length === 0 ? [context.now] : stampedAt, context);
  const times = timesOf(counted.entries, timestamps);
  const certificate =
    shown === undefined || issuance === undefined ? undefined : checkCertificate(shown, issuance, times, context);
  const denied = checkDenied(
    {
      ...(signerKey === undefined ? {} : { key: signerKey }),
      certificates: shown === undefined ? [] : [shown.leaf, ...paths.flatMap(({ certificates }) => certificates)],
      ...(certificate?.claims === undefined ? {} : { claims: certificate.claims }),
      subjectAlternativeNames: certificate?.subjectAlternativeNames ?? [],
    },
    context,
  );
  // Reports show the checks in this order, and the first failed check is the reason for a refusal.
  const checks = [
    ...subject.checks,
    ...checkListed(candidate, context),
    ...name,
    ...signature.checks,
    ...proven.checks,
    ...bound.checks,
    ...stamped.checks,
    ...counted.checks,
    ...(signer.kind === 'key' ? forInformation(certificate?.checks ?? []) : (certificate?.checks ?? [])),
    ...denied,
    ...(signer.kind === 'certificate' ? checkCarriedRoot(signer, paths, context) : []),
  ];
  const described = describeSigner(candidate, signerKey, certificate);
  const facts = {
    candidate,
    ...(described === undefined ? {} : { signer: described }),
    ...(signerKey === undefined ? {} : { signerKey }),
    subjectAlternativeNames: certificate?.subjectAlternativeNames ?? [],
    ...(certificate?.claims === undefined ? {} : { claims: certificate.claims }),
    log: counted.entries.map(({ verified }) => verified),
    times,
    parties: countParties(counted.entries, timestamps, certificate?.ctParties ?? [], context.trust),
    profile: signer.kind === 'key' ? ('key' as const) : (certificate?.authority?.profile ?? 'fulcio'),
    isBesideOthers: context.trust.certificateAuthorities.some(
      ({ profile }) => profile !== certificate?.authority?.profile,
    ),
    relaxed: signer.kind === 'key' ? [] : (certificate?.authority?.relax ?? []),
    ...(certificate?.chainNow === undefined ? {} : { chainNow: certificate.chainNow }),
    annotations: subject.annotations,
  };
  const second = await checkSecondJudge({ ...facts, checks }, context);
  return { ...facts, checks: [...checks, ...second.checks], secondJudge: second.judgement };
}

/** When the signature is known to have existed: by the logs' own times, and by timestamp authorities. */
function timesOf(entries: readonly ProvenEntry[], timestamps: readonly ProvenTimestamp[]): readonly VerifiedTime[] {
  return [
    ...entries.flatMap(({ integratedTime, log }) =>
      integratedTime === undefined
        ? []
        : [{ time: integratedTime.toISOString(), source: 'log', authority: log.baseUrl } as const],
    ),
    ...timestamps.map(({ time }) => time),
  ];
}

/** Who vouches for the signature. The same party may run both a log and a timestamp authority: its time counts once. */
function countParties(
  entries: readonly ProvenEntry[],
  timestamps: readonly ProvenTimestamp[],
  certificateTransparencyLogs: readonly Party[],
  trust: TrustedRoot,
): CountedParties {
  const { ofLog, ofAuthority } = partiesOf(trust);
  const timestampAuthorities = distinct(timestamps.map(({ authority }) => ofAuthority(authority)));
  const clocks = entries.filter(({ integratedTime }) => integratedTime !== undefined).map(({ log }) => ofLog(log));
  return {
    logs: distinct(entries.map(({ log }) => ofLog(log))),
    certificateTransparencyLogs,
    timestampAuthorities,
    times: distinct([...clocks, ...timestampAuthorities]),
  };
}

function distinct(parties: readonly Party[]): readonly Party[] {
  return [...new Set(parties)];
}

function describeSigner(
  candidate: Candidate,
  key: KeyObject | undefined,
  certificate: CertificateChecked | undefined,
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
