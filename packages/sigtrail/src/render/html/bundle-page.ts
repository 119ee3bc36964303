import { type BundleAnswer, bundleSummaryOf } from '../to-summary.ts';
import { proofTree } from './checks.ts';
import { marksLegend } from './fields.ts';
import { html, type Markup, type Part } from './markup.ts';
import { rowList, section } from './rows.ts';
import { signatureArticle } from './signature-article.ts';

/** The verdict over one file, and why. */
export function bundleHeader(name: string, answer: BundleAnswer, now: Date): Markup {
  const { why } = bundleSummaryOf(answer, now);
  return html`<h1><span class="verdict ${answer.verdict}">${answer.verdict.toUpperCase()}</span> ${name}${why}</h1>`;
}

/** What the bundle beside a file proves about it. */
export function bundleSections(answer: BundleAnswer, now: Date): Part {
  const { rows } = bundleSummaryOf(answer, now);
  const summary = html`<div class="card">${rowList(rows)}</div>`;
  const checks = section(2, 'Every check', proofTree([answer.report], 1));
  if (answer.verdict !== 'verified') return [summary, checks];
  return [
    summary,
    section(
      2,
      'The signature',
      html`${signatureArticle(answer.signature, now.toISOString(), 2, true)}${marksLegend()}`,
    ),
    checks,
  ];
}
