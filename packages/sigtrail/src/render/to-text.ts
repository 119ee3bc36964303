import { counted, requireObject } from '@sigtrail/encoding';
import type { Report } from '../report/any-report.ts';
import type { PlatformReport } from '../report/platforms-report.ts';
import type {
  AcceptedSignature,
  CandidateReport,
  Check,
  PolicyOutcome,
  ReplayNote,
  TrustSource,
} from '../report/report.ts';
import { describeOthers } from '../report/other-signatures.ts';
import { explainPlatforms } from '../report/report-error.ts';
import { unmetParts } from '../report/unmet-parts.ts';
import {
  cacheLines,
  evidenceLines,
  otherLines,
  signerLines,
  snapshotLines,
  throughLines,
  unverifiedLines,
} from './candidate-lines.ts';
import { describeAge } from './describe-age.ts';
import { safeText } from './safe-text.ts';

/** The report as a tree for people. Text of strangers is escaped. */
export function toText(report: Report): string {
  requireObject(report, 'toText', 'report', ['kind', 'verdict']);
  const lines = [
    ...(report.replay === undefined ? [] : replayLines(report.replay)),
    `${headline(report)}`,
    `  image      ${safeText(nameOf(report))}`,
    `  trust      ${describeTrust(report.trust)}`,
  ];
  if (report.relaxations.length > 0) lines.push(`  relaxed    ${safeText(report.relaxations.join('; '))}`);
  for (const problem of report.problems)
    lines.push(
      `  problem    ${problem.code}: ${safeText(problem.message)}${problem.retryAfterMs === undefined ? '' : ` (retry after ${problem.retryAfterMs} ms)`}`,
    );
  lines.push(...policyLines(report));
  if (report.kind === 'platforms') lines.push(...report.platforms.flatMap((one) => platformLines(one, report)));
  for (const signature of acceptedIn(report)) lines.push(...signatureLines(signature));
  for (const candidate of report.candidates) lines.push(...candidateLines(candidate));
  lines.push(...otherLines(report.otherSignatures), '  looked at');
  for (const { kind, name, answer, ageMs } of report.locations)
    lines.push(`    ${answer.padEnd(11)} ${kind} ${safeText(name)}${describeAge(ageMs)}`);
  if (report.verdict !== 'verified') lines.push(...cacheLines(report.locations));
  return `${lines.map(safeText).join('\n')}\n`;
}

/** Stands above the verdict: nothing below was read from a registry just now. */
export function replayLines({
  agrees,
  because,
  trust,
  policy,
  deny,
  clock,
  asked,
  judges,
}: ReplayNote): readonly string[] {
  const words = {
    'as-given': 'as given',
    'other-than-given': 'as given, NOT THE FILE’S',
    'of-the-capsule': 'the file’s own word',
  };
  const askedWords = {
    ...words,
    'answers-of-the-capsule': 'as given, with answers of code that only the file has',
    'absence-of-the-capsule': 'as given, and that what it forbids was not there is the file’s own word',
    'clock-of-the-capsule': 'as given, and the clock that it asks is the file’s own word',
  };
  const options = Object.keys(asked).length === 0 ? '' : `, options ${safeText(JSON.stringify(asked))}`;
  return [
    `REPLAY of a file: ${agrees ? 'the report is the recorded one' : `NOT the recorded report: ${safeText(because ?? '')}`}`,
    `  trust ${words[trust]}, policy ${askedWords[policy]}${deny === undefined ? '' : `, deny-list ${words[deny]}`}, clock ${words[clock]}${options}`,
    `  judges ${judges.map(({ name, version, recorded }) => `${name} ${version}${version === recorded ? '' : ` (the file says ${safeText(recorded)})`}`).join(', ')}`,
  ];
}

/** What may be deployed, else what the reference resolved to. */
function nameOf(report: Report): string {
  const { repository, digest, requested } = report;
  return repository === undefined || digest === undefined ? requested : `${repository}@${digest}`;
}

function acceptedIn(report: Report): readonly AcceptedSignature[] {
  return report.kind === 'attestations' ? report.attestations : report.signatures;
}

/** A manifest that was not accepted shows its own problems, and which part of the policy failed over it and why. */
function platformLines(one: PlatformReport, { digest }: Report): readonly string[] {
  const line = `  platform   ${safeText(one.platform).padEnd(14)} ${one.verdict} ${howOf(one)} ${safeText(one.digest)}`;
  // An image without an index is its only platform: its policy and problems are above.
  if (one.verdict === 'verified' || one.digest === digest) return [line];
  const { problems, policy } = one.report;
  const indent = '               ';
  return [
    line,
    ...problems.map(({ code, message }) => `${indent}problem ${code}: ${safeText(message)}`),
    ...(policy === undefined ? [] : outcomeLines(policy, indent)),
  ];
}

function howOf(one: PlatformReport): string {
  switch (one.verdict) {
    case 'verified':
      return `by ${one.by === 'index' ? 'the index’s signature' : 'its own signature'}`;
    case 'rejected':
      return `(${one.report.reason})`;
    case 'indeterminate':
      return `(${one.report.problems[0].code})`;
  }
}

/** The result of each part of the policy, and why; what callbacks answered. */
function policyLines(report: Report): readonly string[] {
  const { policy, callbacks = [] } = report;
  return [
    ...(ofIndex(report)
      ? ['  policy     over the index itself; each platform below is checked against the policy by itself:']
      : []),
    ...(policy === undefined ? [] : outcomeLines(policy, '  policy     ')),
    ...callbacks.map(
      ({ scope, name, answer, reason, candidate }) =>
        `  asked      ${scope} ${safeText(name)}${candidate === undefined ? '' : ` about ${candidate}`}: ${answer}${reason === undefined ? '' : ` (${safeText(reason)})`}`,
    ),
  ];
}

/** Whether the policy and the callbacks of a report are about an index, and not about what clients run from it. */
function ofIndex(report: Report): boolean {
  return report.kind === 'platforms' && report.platforms.some(({ digest }) => digest !== report.digest);
}

function outcomeLines({ path, label, status, why, of = [] }: PolicyOutcome, indent: string): readonly string[] {
  const mark = { satisfied: '✓', unknown: '?', failed: '✗' }[status];
  // With several rules, each names its candidates.
  const candidates = of.length > 0 ? [] : (why?.candidates ?? []);
  return [
    `${indent}${mark} ${safeText(path)}: ${safeText(label)}`,
    ...(why === undefined ? [] : [`${indent}    ${why.code}: ${safeText(why.message)}`]),
    ...candidates.map(({ id, code }) => `${indent}    ${safeText(id)}: ${code}`),
    ...of.flatMap((inner) => outcomeLines(inner, `${indent}  `)),
  ];
}

/** One check on one line: mark, name, and what was expected and found, if that says more. */
export function checkToText(check: Check): string {
  requireObject(check, 'checkToText', 'check', ['check', 'status']);
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

function headline(report: Report): string {
  const requested = safeText(report.requested);
  switch (report.verdict) {
    case 'verified':
      return `VERIFIED ${requested}: ${acceptedIn(report).length} accepted ${report.kind === 'attestations' ? 'attestation' : 'signature'}(s)`;
    case 'indeterminate':
      return `INDETERMINATE ${requested}: ${report.problems[0].code}`;
    case 'rejected':
      return `REJECTED ${requested}: ${whyRejected(report)}`;
  }
}

function whyRejected(report: Extract<Report, { readonly verdict: 'rejected' }>): string {
  if (report.kind === 'platforms') return safeText(explainPlatforms(report.platforms));
  switch (report.reason) {
    case 'unsigned':
      return `positively unsigned${report.otherSignatures === undefined ? '' : `; it has ${safeText(describeOthers(report.otherSignatures) ?? '')}`}`;
    case 'only-attestations':
      return `it has attestations but no signature${ofPlatforms(report)}`;
    case 'no-attestation': {
      const count = report.candidates.length;
      return `no attestation was found in any place where one could be; ${count > 0 ? `it has ${count} signature(s)` : 'signatures were not looked for'}`;
    }
    case 'no-match': {
      const codes = unmetParts(report.policy).flatMap(({ why }) => why?.code ?? []);
      const why = codes.length === 0 ? '' : ` (${[...new Set(codes)].join(', ')})`;
      if (report.candidates.some(({ accepted }) => accepted)) return `the policy does not hold${why}`;
      return `no ${report.kind === 'attestations' ? 'attestation' : 'signature'} was accepted${why}`;
    }
  }
}

/** The platforms of an index that attestations are about. */
export function ofPlatforms({ candidates }: Pick<Report, 'candidates'>): string {
  const names = new Set(candidates.flatMap(({ through }) => through?.platform ?? []));
  return names.size === 0 ? '' : `; its attestations are about ${safeText([...names].join(', '))}`;
}

/** Where trust came from, and how old the embedded snapshot is. */
export function describeTrust({ kind, name, snapshotDate, ageDays }: TrustSource): string {
  return `${safeText(name)} (${kind}${snapshotDate === undefined ? '' : `, snapshot of ${snapshotDate}, ${counted(ageDays ?? 0, 'day')} old`})`;
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
    ...throughLines(signature),
    ...annotations,
    ...evidenceLines(signature.log, signature.times),
  ];
}

function candidateLines(candidate: CandidateReport): readonly string[] {
  const title = `  ${candidate.accepted ? 'accepted' : `refused (${candidate.refusedBecause ?? ''})`} ${candidate.format} by ${candidate.carrier}, ${candidate.id}`;
  return [
    title,
    ...(candidate.accepted ? [] : unverifiedLines(candidate)),
    ...throughLines(candidate),
    ...snapshotLines(candidate),
    ...candidate.checks.map((check) => `    ${checkToText(check)}`),
  ];
}
