import { optionError, requireObject } from '@sigtrail/encoding';
import { safeText } from 'sigtrail/report';
import { toHtml } from 'sigtrail/report/html';
import type { GateRun } from '../gate/gate-files.ts';
import type { GateEntry } from '../gate/gate-report.ts';
import { gateToJunit } from './to-junit.ts';
import { gateToMarkdown } from './to-markdown.ts';
import { gateToSarif } from './to-sarif.ts';
import { gateToText, tableRows, TABLE_COLUMNS } from './to-text.ts';

/** How a run is written. */
export type GateFormat = 'text' | 'json' | 'sarif' | 'junit' | 'markdown' | 'html';

/** Every {@link GateFormat}; the first is the default. */
export const GATE_FORMATS: readonly ['text', ...GateFormat[]] = ['text', 'json', 'sarif', 'junit', 'markdown', 'html'];

/** Writes a run: for people, for code scanning (SARIF 2.1.0), for the test reports of a build (JUnit), for a job's summary, as one page. */
export function renderGate(run: GateRun, format: GateFormat): string {
  requireObject(run, 'renderGate', 'run', ['report', 'pinned', 'notPinned', 'written', 'outdated']);
  if (!GATE_FORMATS.includes(format))
    throw optionError('invalid-option', `renderGate: "format" must be one of ${GATE_FORMATS.join(', ')}`);
  switch (format) {
    case 'text':
      return gateToText(run);
    case 'json':
      return toJsonLine(toJson(run));
    case 'sarif':
      return toJsonLine(gateToSarif(run.report));
    case 'junit':
      return gateToJunit(run.report);
    case 'markdown':
      return gateToMarkdown(run);
    case 'html':
      return toHtml(Object.values(run.report.reports), {
        table: { caption: 'Where images are named', columns: TABLE_COLUMNS, rows: tableRows(run.report) },
      });
  }
}

/** The run as data; how a place was found is in its entry already. */
function toJson({ report, pinned, notPinned, written, outdated, ignored }: GateRun): object {
  return {
    ...report,
    entries: report.entries.map(withoutFound),
    pinned: pinned.map(({ image: { file, line, column, text }, digest }) => ({ file, line, column, text, digest })),
    notPinned: notPinned.map(({ image: { file, line, column, text }, code }) => ({ file, line, column, text, code })),
    written,
    outdated,
    ignored,
  };
}

function withoutFound(entry: GateEntry): Omit<GateEntry, 'found'> {
  const { found: _, ...rest } = entry;
  return rest;
}

/** What a terminal would obey is escaped: it only stands inside strings, where JSON's escape means the same. */
function toJsonLine(value: object): string {
  return `${safeText(JSON.stringify(value))}\n`;
}
