import { optionError, requireObject, requireText } from '@sigtrail/encoding';
import { explainCode } from '../explain/index.ts';
import type { Report } from '../report/any-report.ts';
import { cacheNotes } from '../report/cache-notes.ts';
import { describeOthers } from '../report/other-signatures.ts';
import type { PlatformReport } from '../report/platforms-report.ts';
import type {
  AcceptedSignature,
  CandidateReport,
  Check,
  Problem,
  TrustSource,
  VerifiedLogEntry,
  VerifiedTime,
} from '../report/report.ts';
import type { VerifiedBundle } from '../report/verified-bundle.ts';
import { ago } from './ago.ts';
import { faultsOf, isProven, type Nearest, nearestOf } from './nearest.ts';
import { relaxedRows } from './relaxed-rows.ts';
import { type Row, row, rowToLine } from './row.ts';
import { shownText } from './safe-text.ts';
import { signerRows, whoSigned } from './signer-in-words.ts';
import { describeTrust, replayLines } from './to-text.ts';
import { whyRejected } from './why-rejected.ts';

/**
 * A report on one screen: the verdict and its reason first, then who, what, when and where it is on record, or what came closest and what to do
 * next. {@link toText} shows the same report whole. Text of strangers is escaped; times are told relative to the report's own clock.
 *
 * @throws TypeError `invalid-option`
 * @example
 * process.stdout.write(toSummary(await evaluateImage('ghcr.io/acme/app:1.4', policy)));
 */
export function toSummary(report: Report): string {
  requireObject(report, 'toSummary', 'report', ['kind', 'verdict']);
  const { replayed, headline: first, rows } = summaryOf(report);
  const lines = [...replayed, first, ...rows.map(rowToLine)];
  return `${lines.join('\n')}\n`;
}

/** What one screen says, for every format. */
export interface Summary {
  /** Stands above everything else: the report was made from a file. */
  readonly replayed: readonly string[];
  /** The verdict, the reference and the reason; escaped for a terminal. */
  readonly headline: string;
  /** From strangers: escape them. */
  readonly rows: readonly Row[];
}

/** The words of a report's summary. */
export function summaryOf(report: Report): Summary {
  return {
    replayed: report.replay === undefined ? [] : replayLines(report.replay),
    headline: headline(report),
    rows: [...rowsOf(report), ...sharedRows(report)],
  };
}

/** What `verifyBundle` answered, as data. */
export type BundleAnswer =
  | (VerifiedBundle & { readonly verdict: 'verified' })
  | {
      readonly verdict: 'rejected' | 'indeterminate';
      /** The message of the error. */
      readonly message: string;
      readonly report: CandidateReport;
      readonly trust: TrustSource;
    };

/**
 * The same for a bundle: `name` is what it was compared with, and times are relative to `now`.
 *
 * @throws TypeError `invalid-option`
 */
export function bundleToSummary(name: string, answer: BundleAnswer, now: Date): string {
  requireText(name, 'bundleToSummary', 'name');
  requireObject(answer, 'bundleToSummary', 'answer', ['verdict', 'report', 'trust']);
  if (!(now instanceof Date) || Number.isNaN(now.getTime()))
    throw optionError('invalid-option', 'bundleToSummary: "now" must be a Date');
  const { why, rows } = bundleSummaryOf(answer, now);
  const lines = [shownText(`${answer.verdict.toUpperCase()} ${name}${why}`), ...rows.map(rowToLine)];
  return `${lines.join('\n')}\n`;
}

/** The words of {@link bundleToSummary}: what stands behind the name, and the rows. */
export function bundleSummaryOf(
  answer: BundleAnswer,
  now: Date,
): { readonly why: string; readonly rows: readonly Row[] } {
  const [why, rows] = bundleRows(answer, now);
  return { why, rows: [...rows, ...sharedRows({ trust: answer.trust, relaxations: [] })] };
}

function bundleRows(answer: BundleAnswer, now: Date): readonly [why: string, rows: readonly Row[]] {
  if (answer.verdict === 'verified') {
    const { signer, predicateType } = answer.signature;
    const says = predicateType === undefined ? [] : [row('says', predicateType)];
    return ['', [...says, ...signerRows(signer), ...recordRows(answer.signature, now.toISOString())]];
  }
  const { message, report } = answer;
  const faults = faultsOf(report);
  const code = report.refusedBecause ?? faults[0]?.code ?? 'unknown';
  const who = whoSigned(report.unverifiedClaims);
  const signed =
    who === undefined
      ? []
      : [row('signed by', isProven(report) ? `${who}, which is proven` : `${who}, it says: not proven`)];
  const checks = faults.map((check, index) => row(index === 0 ? 'because' : '', describeFault(check)));
  return [`: ${explainCode(code)?.means ?? message}`, [...signed, ...checks, ...nextRows(code)]];
}

function headline(report: Report): string {
  const name = `${report.verdict.toUpperCase()} ${report.requested}`;
  switch (report.verdict) {
    case 'verified':
      return shownText(name);
    case 'indeterminate': {
      const [{ code, message }] = report.problems;
      const said = message.includes(report.requested) ? `INDETERMINATE ${message}` : `${name}: ${message}`;
      return shownText(`${said} [${code}]`);
    }
    case 'rejected':
      return shownText(`${name}: ${whyRejected(report)}`);
  }
}

function rowsOf(report: Report): readonly Row[] {
  switch (report.verdict) {
    case 'verified':
      return verifiedRows(report);
    case 'indeterminate':
      return openRows(report.problems);
    case 'rejected':
      return rejectedRows(report);
  }
}

function verifiedRows(report: Extract<Report, { readonly verdict: 'verified' }>): readonly Row[] {
  const accepted: readonly [AcceptedSignature, ...AcceptedSignature[]] =
    report.kind === 'attestations' ? report.attestations : report.signatures;
  const [first, ...more] = accepted;
  const { predicateType } = first;
  const refused = report.candidates.filter((one) => !one.accepted);
  const isAttestation = report.candidates.some(({ id, isAttestation: is }) => is && id === first.candidate);
  const others = [
    ...(more.length === 0 ? [] : [`${more.length} more accepted`]),
    ...(refused.length === 0
      ? []
      : [`${refused.length} that ${refused.length === 1 ? 'does' : 'do'} not count (${codesOf(refused)})`]),
  ];
  return [
    ...(predicateType !== undefined && isAttestation ? [row('says', predicateType)] : []),
    ...signerRows(first.signer),
    ...deployRows(report),
    ...recordRows(first, report.evaluatedAt),
    ...(others.length === 0 ? [] : [row('others', others.join('; '))]),
  ];
}

/** When it was signed, and where that is on record. */
function recordRows({ times, log }: AcceptedSignature, now: string): readonly Row[] {
  return [
    ...times.slice(0, 1).map((time) => row('when', describeTime(time, now))),
    ...log.slice(0, 1).flatMap(logRows),
    ...(log.length > 0 ? [] : [row('on record', 'in no transparency log')]),
  ];
}

function codesOf(candidates: readonly { readonly refusedBecause?: string }[]): string {
  return [...new Set(candidates.flatMap(({ refusedBecause }) => refusedBecause ?? []))].join(', ');
}

/** What may be deployed. */
function deployRows(report: Extract<Report, { readonly verdict: 'verified' }>): readonly Row[] {
  if (report.kind !== 'platforms') return [row('deploy', report.reference)];
  const { index, platforms, repository } = report;
  return [
    ...(index === undefined ? [] : [row('deploy', index)]),
    ...platforms.map(({ platform, digest, by }) =>
      row(
        index === undefined ? 'deploy' : 'covers',
        `${repository}@${digest} for ${platform}${by === 'index' ? ', by the index’s signature' : ''}`,
      ),
    ),
  ];
}

function describeTime({ time, source, authority, accuracyMs }: VerifiedTime, now: string): string {
  const accuracy = accuracyMs === undefined ? '' : ` ± ${accuracyMs} ms`;
  return `${time.replace('.000Z', 'Z')}${accuracy} (${ago(time, now)}), by the ${source === 'log' ? 'log' : 'timestamp authority'} ${authority}`;
}

function logRows({ logIndex, log, inclusionProof, searchUrl }: VerifiedLogEntry): readonly Row[] {
  const how = inclusionProof === 'verified' ? 'proven to be in the log' : 'promised by the log';
  return [
    row('on record', `entry ${logIndex} of ${log}, ${how}`),
    ...(searchUrl === undefined ? [] : [row('', searchUrl)]),
  ];
}

/** Which place could not be read, and what to try. The same problem at several places is reported once. */
function openRows(problems: readonly Problem[]): readonly Row[] {
  const shown = problems.slice(0, SHOWN);
  const [{ code, retryAfterMs } = { code: 'unknown' }] = problems;
  return [
    ...shown.slice(1).map((problem) => row('also', problem.message)),
    ...(problems.length > SHOWN ? [row('', `and ${problems.length - SHOWN} more`)] : []),
    ...nextRows(code, retryAfterMs),
  ];
}

const SHOWN = 4;

const INDEX_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

function rejectedRows(report: Extract<Report, { readonly verdict: 'rejected' }>): readonly Row[] {
  if (report.kind === 'platforms')
    return [
      ...report.platforms.flatMap(platformRows),
      row(
        'next',
        'have these manifests signed, or the index with all that it lists (cosign sign --recursive); or ask only about the platforms that you run (--platform, platforms)',
      ),
    ];
  if (report.reason !== 'no-match') {
    const others = describeOthers(report.otherSignatures);
    const looked = report.locations.length;
    return [
      row('looked', `in ${looked} ${looked === 1 ? 'place' : 'places'}, all of which answered`),
      ...(others === undefined
        ? []
        : [
            row(
              'but',
              `it has ${others}, which ${report.otherSignatures?.length === 1 ? 'is' : 'are'} not verified here`,
            ),
          ]),
      ...cacheNotes(report.locations).map((note) => row('but', note)),
      ...(report.kind === 'image' && report.reason === 'unsigned' && INDEX_TYPES.has(report.mediaType)
        ? [
            row(
              'but',
              'it is an index, and what it lists may be signed: ask about that with --platform each (platforms)',
            ),
          ]
        : []),
      ...nextRows(report.reason),
    ];
  }
  const nearest = nearestOf(report);
  if (nearest === undefined) return [];
  return [...nearestRows(nearest), ...nextRows(nearest.code)];
}

function platformRows(one: PlatformReport): readonly Row[] {
  if (one.verdict === 'verified') return [row('accepted', `${one.platform} ${one.digest}`)];
  if (one.verdict === 'indeterminate')
    return [row('undecided', `${one.platform} ${one.digest}: ${one.report.problems[0].message}`)];
  return [row('refused', `${one.platform} ${one.digest}: ${whyRejected(one.report)}`)];
}

/** The candidate that came closest: what it is, who it says signed it, and every check that refuses it. */
function nearestRows({ outcome, candidate, isProven, faults, others, moreParts }: Nearest): readonly Row[] {
  const who = candidate === undefined ? undefined : whoSigned(candidate.unverifiedClaims);
  const kind = candidate?.isAttestation === true ? 'attestation' : 'signature';
  return [
    row('asked', `${outcome.label} (${outcome.path})`),
    ...(candidate === undefined
      ? []
      : [row('closest', `${kind} ${candidate.id}, ${candidate.format} by ${candidate.carrier}`)]),
    ...(who === undefined
      ? []
      : [row('', isProven ? `signed by ${who}, which is proven` : `says it is signed by ${who}, which is not proven`)]),
    ...faults.map((check) => row('', describeFault(check))),
    ...(candidate?.missingFromSnapshot === undefined ? [] : [row('', candidate.missingFromSnapshot.message)]),
    ...(others === 0 ? [] : [row('others', `${others} more that ${others === 1 ? 'does' : 'do'} not count either`)]),
    ...(moreParts === 0
      ? []
      : [row('also', `${moreParts} more ${moreParts === 1 ? 'part' : 'parts'} of the policy did not hold`)]),
  ];
}

function describeFault({ status, code, message, expected, actual }: Check): string {
  const said = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(actual === undefined ? [] : [`got ${actual}`]),
  ];
  return `${status === 'failed' ? '✗' : '?'} ${code}: ${message}${said.length === 0 ? '' : ` (${said.join('; ')})`}`;
}

function nextRows(code: string, retryAfterMs?: number): readonly Row[] {
  if (retryAfterMs !== undefined) {
    const more = code === 'rate-limited' ? '; credentials often raise the limit' : '';
    return [row('next', `wait ${Math.ceil(retryAfterMs / 1000)} s, then ask again${more}`)];
  }
  const next = explainCode(code)?.next;
  return next === undefined || next === 'nothing' ? [] : [row('next', next)];
}

type SharedBasis = Pick<Report, 'trust' | 'relaxations'> & { readonly candidates?: readonly CandidateReport[] };

/** What every verdict rests on. */
function sharedRows(report: SharedBasis): readonly Row[] {
  const { trust } = report;
  return [
    row('trust', describeTrust(trust)),
    ...(trust.warning === undefined ? [] : [row('', trust.warning)]),
    ...relaxedRows(report),
  ];
}
