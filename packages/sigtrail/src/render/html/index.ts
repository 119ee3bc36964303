export type { Report } from '../../report/any-report.ts';
export type { EntryView } from '../describe-entry.ts';
export { toHtml } from './to-html.ts';
