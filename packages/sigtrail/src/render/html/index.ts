export type { Report } from '../../report/any-report.ts';
export type { EntryView } from '../describe-entry.ts';
export type { BundleAnswer } from '../to-summary.ts';
export type { HtmlOptions, HtmlTable } from './caller-table.ts';
export { bundleToHtml, type HtmlSubject, toHtml } from './to-html.ts';
