import type { Report } from '../../report/any-report.ts';
import type { AcceptedSignature, CandidateReport } from '../../report/report.ts';
import { nearestOf } from '../nearest.ts';
import { whoSigned } from '../signer-in-words.ts';
import { type Summary, summaryOf } from '../to-summary.ts';
import { proofTree } from './checks.ts';
import { discovery } from './discovery.ts';
import { marksLegend } from './fields.ts';
import { html, type Markup, type Part } from './markup.ts';
import { policyTree } from './policy.ts';
import { type Level, rowList, section, subtitle } from './rows.ts';
import { searchLink } from './search-link.ts';
import { signatureArticle } from './signature-article.ts';
import { timeline } from './timeline.ts';

/** How much of a report is shown: everything that fits on the page, or on one screen. */
export type Detail = 'whole' | 'some' | 'summary';

// This many signatures, candidates and requests, at a few kilobytes each, fit on a page.
const MOST = {
  whole: { signatures: 4, candidates: 12, requests: 120 },
  some: { signatures: 1, candidates: 3, requests: 20 },
};

/** The verdict, who and why: what people read first. */
export function verdictOf(report: Report, level: 1 | 2): Markup {
  const { headline, replayed } = summaryOf(report);
  const text = headline.replace(/^[A-Z]+ /, '');
  const title = html`<span class="verdict ${report.verdict}">${report.verdict.toUpperCase()}</span> ${text}`;
  return html`${replayed.length === 0 ? undefined : html`<p class="unproven">${replayed.map((line) => html`${line.trim()}<br>`)}</p>`}${level === 1 ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}`;
}

/** What the terminal shows in its rows. */
export function summaryRows({ rows }: Pick<Summary, 'rows'>): Markup {
  return rowList(rows, (text) => (text.startsWith('https://') ? searchLink(text) : text));
}

/** The sections under the verdict. */
export function reportSections(report: Report, detail: Detail, level: Level): Part {
  const summary = html`<div class="card">${summaryRows(summaryOf(report))}</div>`;
  if (detail === 'summary')
    return [
      summary,
      html`<p class="soft">There is no room for more here: a report of this image alone shows it whole.</p>`,
    ];
  const most = MOST[detail];
  return [
    summary,
    ...signatures(report, most.signatures, level),
    ...(report.kind === 'platforms' ? [platforms(report, level)] : []),
    section(level, 'The policy', policyTree(report, level)),
    section(level, 'Everything that was found, and every check', proofTree(report.candidates, most.candidates)),
    section(level, 'Where Sigtrail looked', discovery(report, most.requests)),
  ];
}

function signatures(report: Report, most: number, level: Level): readonly Part[] {
  const accepted: readonly AcceptedSignature[] =
    report.kind === 'attestations' ? report.attestations : report.signatures;
  const [first, ...others] = accepted;
  if (first === undefined) return nearest(report, level);
  const kind = report.kind === 'attestations' ? 'attestation' : 'signature';
  const more = others.slice(0, most - 1);
  const left = others.length - more.length;
  return [
    section(level, `The ${kind}`, html`${signatureArticle(first, report.evaluatedAt, level, true)}${marksLegend()}`),
    ...(others.length === 0
      ? []
      : [
          section(
            level,
            `Other ${kind}s that count`,
            html`${more.map((one) => html`<details class="block"><summary>${nameOf(one)}</summary><div class="in">${signatureArticle(one, report.evaluatedAt, level, false)}</div></details>`)}${left === 0 ? undefined : html`<p class="soft">${left} more: the JSON report has them.</p>`}`,
          ),
        ]),
  ];
}

function nameOf({ signer, predicateType, format }: AcceptedSignature): string {
  const who =
    signer.kind === 'key'
      ? `the key ${signer.fingerprint}`
      : signer.subjectAlternativeNames.map(({ value }) => value).join(', ');
  return `${predicateType ?? format}, by ${who}`;
}

/** The times of the closest candidate: its own claims, since a report doesn't vouch for a candidate that was not accepted. */
function nearest(report: Report, level: Level): readonly Part[] {
  const closest = nearestOf(report);
  if (closest?.candidate === undefined) return [];
  const { candidate, isProven } = closest;
  const { notBefore, notAfter, integratedTimes } = candidate.unverifiedClaims;
  const times = integratedTimes.map((time) => ({ time, source: 'log' as const, authority: '' }));
  return [
    section(
      level,
      'What came closest',
      html`<p>${describe(candidate, isProven)}</p>${subtitle(level, 'Its times')}${timeline({
        ...(notBefore === undefined || notAfter === undefined ? {} : { validity: { notBefore, notAfter } }),
        times,
        now: report.evaluatedAt,
        word: isProven && areSigned(candidate) ? 'proven' : 'claimed',
      })}`,
    ),
  ];
}

/** Whether a trusted log signed every time: an entry of an unknown log, or without a promise, can state any time. */
function areSigned({ checks, unverifiedClaims }: CandidateReport): boolean {
  const isSkipped = checks.some(({ check, status }) => check.startsWith('log-') && status === 'skipped');
  const promises = checks.filter(({ check, status }) => check === 'log-set' && status === 'passed');
  return !isSkipped && promises.length === unverifiedClaims.integratedTimes.length;
}

function describe({ unverifiedClaims, isAttestation }: CandidateReport, isProven: boolean): string {
  const kind = isAttestation ? 'An attestation' : 'A signature';
  const who = whoSigned(unverifiedClaims);
  if (who === undefined) return `${kind} without a certificate.`;
  return isProven
    ? `${kind} by ${who}. Its evidence is good: only the policy asks for something else.`
    : `${kind} that says it is by ${who}. Not every check on it passed, so this is its own word.`;
}

function platforms({ platforms: all }: Extract<Report, { readonly kind: 'platforms' }>, level: Level): Markup {
  return section(
    level,
    'The manifests that a client could run',
    html`<table><caption>One row a manifest, with the result of the policy over it</caption><thead><tr><th scope="col">Platform</th><th scope="col">Digest</th><th scope="col">Result</th></tr></thead><tbody>${all
      .slice(0, 100)
      .map(
        ({ platform, digest, verdict, report }) =>
          html`<tr><th scope="row">${platform}</th><td><code>${digest}</code><br><span class="soft">${summaryOf(report).headline}</span></td><td><span class="${verdict}">${verdict}</span></td></tr>`,
      )}</tbody></table>${all.length > 100 ? html`<p class="soft">${all.length - 100} more: the JSON report has them.</p>` : undefined}`,
  );
}
