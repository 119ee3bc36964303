import type {
  AcceptedSignature,
  CandidateReport,
  Check,
  ImageInspection,
  ImageReport,
  PlatformReport,
  PolicyOutcome,
  Signer,
  TrustSource,
  VerifiedLogEntry,
  VerifiedTime,
} from '../report/report.ts';
import { safeText } from './safe-text.ts';

/** The report as a tree for people. Text of strangers is escaped. */
export function toText(report: ImageReport): string {
  const lines = [
    `${headline(report)}`,
    `  image      ${safeText(report.reference ?? report.requested)}`,
    `  trust      ${describeTrust(report.trust)}`,
  ];
  if (report.relaxations.length > 0) lines.push(`  relaxed    ${safeText(report.relaxations.join('; '))}`);
  for (const problem of report.problems)
    lines.push(
      `  problem    ${problem.code}: ${safeText(problem.message)}${problem.retryAfterMs === undefined ? '' : ` (retry after ${problem.retryAfterMs} ms)`}`,
    );
  lines.push(...policyLines(report));
  for (const platform of report.platforms ?? []) lines.push(platformLine(platform));
  for (const signature of report.signatures) lines.push(...signatureLines(signature));
  for (const candidate of report.candidates) lines.push(...candidateLines(candidate));
  lines.push('  looked at');
  for (const { kind, name, answer } of report.locations)
    lines.push(`    ${answer.padEnd(11)} ${kind} ${safeText(name)}`);
  return `${lines.join('\n')}\n`;
}

function platformLine({ platform, digest, verdict, by, report: { reason } }: PlatformReport): string {
  const how =
    verdict === 'verified' ? `by ${by === 'index' ? 'the index’s signature' : 'its own signature'}` : (reason ?? '');
  return `  platform   ${safeText(platform).padEnd(14)} ${verdict} ${how} ${safeText(digest)}`;
}

/** How each operator of a policy came out; a policy of one rule list needs no tree, its candidates say it all. */
function policyLines({ policy, callbacks = [] }: ImageReport): readonly string[] {
  return [
    ...(policy === undefined || policy.kind === 'signed-by' ? [] : outcomeLines(policy, 0)),
    ...callbacks.map(
      ({ scope, name, answer, reason, candidate }) =>
        `  asked      ${scope} ${safeText(name)}${candidate === undefined ? '' : ` about ${candidate}`}: ${answer}${reason === undefined ? '' : ` (${safeText(reason)})`}`,
    ),
  ];
}

function outcomeLines(
  { kind, verdict, because, expected, actual, of = [] }: PolicyOutcome,
  depth: number,
): readonly string[] {
  const more = [
    ...(because === undefined ? [] : [because]),
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(actual === undefined ? [] : [`got ${actual}`]),
  ];
  const mark = { verified: '✓', indeterminate: '?', rejected: '✗' }[verdict];
  return [
    `  policy     ${'  '.repeat(depth)}${mark} ${kind}${more.length === 0 ? '' : ` (${safeText(more.join('; '))})`}`,
    ...of.flatMap((inner) => outcomeLines(inner, depth + 1)),
  ];
}

/** Who signed this, for people: proven or not is said for each. */
export function inspectionToText(inspection: ImageInspection): string {
  const lines = [safeText(inspection.reference), `  trust      ${describeTrust(inspection.trust)}`];
  if (inspection.candidates.length === 0) lines.push('  nothing that is a signature or attestation was found');
  for (const candidate of inspection.candidates) {
    lines.push(
      `  ${candidate.format} ${candidate.proven ? 'proven' : '*unverified*'}${candidate.isAttestation ? ' (attestation)' : ''}`,
    );
    if (candidate.proven && candidate.signer !== undefined) lines.push(...signerLines(candidate.signer));
    else lines.push(...unverifiedLines(candidate));
    lines.push(...evidenceLines(candidate.log, candidate.times));
    for (const check of candidate.checks.filter(({ status }) => status === 'failed' || status === 'indeterminate'))
      lines.push(`    ${checkToText(check)}`);
  }
  for (const { kind, name, answer, code } of inspection.locations.filter(({ answer }) => answer === 'unknown'))
    lines.push(`  ${answer} ${kind} ${safeText(name)} (${code ?? ''})`);
  return `${lines.join('\n')}\n`;
}

/** One check on one line: mark, name, and what was expected and found where that says more. */
export function checkToText(check: Check): string {
  const mark = { passed: '✓', failed: '✗', skipped: '–', indeterminate: '?' }[check.status];
  const code = check.code === check.check ? check.check : `${check.check}: ${check.code}`;
  return `${mark} ${code.padEnd(24)} ${safeText(check.message)}${comparison(check)}`;
}

function comparison({ status, expected, actual }: Check): string {
  if (status === 'passed') return actual !== undefined && actual === expected ? ` (${safeText(actual)})` : '';
  const parts = [
    ...(expected === undefined ? [] : [`expected ${safeText(expected)}`]),
    ...(actual === undefined ? [] : [`got ${safeText(actual)}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function headline(report: ImageReport): string {
  switch (report.verdict) {
    case 'verified':
      return `VERIFIED ${safeText(report.requested)}: ${report.signatures.length} accepted signature(s)`;
    case 'indeterminate':
      return `INDETERMINATE ${safeText(report.requested)}: it could not be judged`;
    case 'rejected':
      if (report.platforms !== undefined)
        return `REJECTED ${safeText(report.requested)}: ${platformsRefused(report.platforms)}`;
      return `REJECTED ${safeText(report.requested)}: ${{ unsigned: 'positively unsigned', 'only-attestations': 'it has attestations but no signature', 'no-match': 'no signature was accepted' }[report.reason ?? 'no-match']}`;
  }
}

function platformsRefused(platforms: readonly PlatformReport[]): string {
  const refused = platforms.filter(({ verdict }) => verdict !== 'verified');
  return `${refused.length} of ${platforms.length} manifests that a client could run were not accepted`;
}

function describeTrust({ kind, name, snapshotDate, ageDays }: TrustSource): string {
  return `${safeText(name)} (${kind}${snapshotDate === undefined ? '' : `, snapshot of ${snapshotDate}, ${ageDays ?? 0} days old`})`;
}

function signatureLines(signature: AcceptedSignature): readonly string[] {
  const annotations = Object.entries(signature.annotations).map(
    ([name, value]) => `    annotation ${safeText(name)}=${safeText(value)}`,
  );
  return [
    `  accepted   ${signature.format} ${signature.candidate}`,
    ...signerLines(signature.signer),
    ...(signature.dockerReference === undefined ? [] : [`    signed as  ${safeText(signature.dockerReference)}`]),
    ...(signature.predicateType === undefined ? [] : [`    type       ${safeText(signature.predicateType)}`]),
    ...annotations,
    ...evidenceLines(signature.log, signature.times),
  ];
}

function signerLines(signer: Signer): readonly string[] {
  if (signer.kind === 'key') return [`    key        ${signer.fingerprint}`];
  const claims = Object.entries(signer.claims).filter(
    (claim): claim is [string, string] => typeof claim[1] === 'string' && claim[0] !== 'issuer',
  );
  return [
    `    identity   ${signer.subjectAlternativeNames.map(({ value }) => safeText(value)).join(', ')}`,
    `    issuer     ${safeText(signer.claims.issuer ?? 'none')}`,
    ...claims.map(([name, value]) => `    ${name}  ${safeText(value)}`),
  ];
}

function evidenceLines(log: readonly VerifiedLogEntry[], times: readonly VerifiedTime[]): readonly string[] {
  return [
    ...log.flatMap((entry) => [
      `    log entry  index ${entry.logIndex} of ${safeText(entry.log)}${entry.uuid === undefined ? '' : `, UUID ${entry.uuid}`}`,
      `               ${entry.integratedTime === undefined ? 'no integrated time' : `integrated ${entry.integratedTime}`}; inclusion proof ${entry.inclusionProof}, promise ${entry.inclusionPromise}${entry.searchUrl === undefined ? '' : `; ${safeText(entry.searchUrl)}`}`,
    ]),
    ...times.map(
      ({ time, source, authority, accuracyMs }) =>
        `    time       ${time}${accuracyMs === undefined ? '' : ` ± ${accuracyMs} ms`} by ${source} ${safeText(authority)}`,
    ),
  ];
}

function unverifiedLines({ unverifiedClaims: claims }: CandidateReport): readonly string[] {
  const names = claims.subjectAlternativeNames?.map(({ value }) => safeText(value)).join(', ');
  return [
    ...(names === undefined ? [] : [`    *unverified* identity ${names}`]),
    ...(claims.claims?.issuer === undefined ? [] : [`    *unverified* issuer   ${safeText(claims.claims.issuer)}`]),
    ...(claims.predicateType === undefined ? [] : [`    *unverified* type     ${safeText(claims.predicateType)}`]),
    ...(claims.logIndexes.length === 0 ? [] : [`    *unverified* log index ${claims.logIndexes.join(', ')}`]),
  ];
}

function candidateLines(candidate: CandidateReport): readonly string[] {
  const title = `  ${candidate.accepted ? 'accepted' : `refused (${candidate.refusedBecause ?? ''})`} ${candidate.format} by ${candidate.carrier}, ${candidate.id}`;
  return [
    title,
    ...(candidate.accepted ? [] : unverifiedLines(candidate)),
    ...candidate.checks.map((check) => `    ${checkToText(check)}`),
  ];
}
