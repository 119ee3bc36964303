import { requireList } from '@sigtrail/encoding';
import { explainCode, VERSION } from 'sigtrail/report';
import type { FileProblem, GateEntry, GateReport } from '../gate/gate-report.ts';
import type { MapFinding } from '../policy-map/lint-policy-map.ts';
import { notes } from './to-text.ts';

/** A run as SARIF 2.1.0: one result for each place that must not run, is only warned about, or is excepted, where it stands in its file. */
export function gateToSarif(report: GateReport): object {
  const results = [...report.problems.map(problemResult), ...report.entries.flatMap(resultOf)];
  return sarifOf('sigtrail gate', results, {
    invocations: [{ executionSuccessful: true, endTimeUtc: report.evaluatedAt }],
  });
}

function sarifOf(name: string, results: readonly Result[], more: object): object {
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].toSorted();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name,
            semanticVersion: VERSION,
            rules: ids.map((id) => ruleOf(name, id)),
          },
        },
        columnKind: 'utf16CodeUnits',
        ...more,
        results: results.map((result) => ({ ...result, ruleIndex: ids.indexOf(result.ruleId) })),
      },
    ],
  };
}

/** GitHub's code scanning requires both descriptions and a help of every rule. */
function ruleOf(name: string, id: string): object {
  const title = `${name}: ${id.replaceAll('-', ' ')}`;
  const explanation = explainCode(id);
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: explanation?.means ?? title },
    help: { text: explanation?.next ?? 'The message of each finding says what to do.' },
  };
}

interface Result {
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: { readonly text: string };
  readonly locations: readonly object[];
  readonly partialFingerprints?: Readonly<Record<string, string>>;
}

function resultOf(entry: GateEntry): readonly Result[] {
  const { verdict, passes, line, column, endLine, endColumn, offsets, file, image, text, path } = entry;
  const isSaid = !passes || (verdict !== 'verified' && verdict !== 'built') || notes(entry) !== '';
  if (!isSaid) return [];
  const name = image ?? text.trim();
  return [
    {
      ruleId: entry.code ?? verdict,
      level: passes ? (verdict === 'excepted' ? 'note' : 'warning') : 'error',
      message: { text: `${name === '' ? '' : `${name}: `}${entry.message}${notes(entry)}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(file) },
            region: {
              startLine: line,
              startColumn: column,
              endLine,
              endColumn,
              charOffset: offsets.start,
              charLength: offsets.end - offsets.start,
            },
          },
          ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
        },
      ],
      partialFingerprints: { 'image/v1': `${path} ${name}` },
    },
  ];
}

function problemResult({ file, code, message, line, column }: FileProblem): Result {
  return {
    ruleId: code,
    level: 'error',
    message: { text: message },
    // GitHub's code scanning requires a line also of a file that can't be read as a whole.
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line ?? 1, startColumn: column ?? 1 },
        },
      },
    ],
  };
}

/** What the linter of a policy map found, as SARIF 2.1.0. */
export function mapFindingsToSarif(findings: readonly MapFinding[]): object {
  requireList(findings, 'mapFindingsToSarif', 'findings');
  const results = findings.map(({ code, level, file, line, column, message, help }) => ({
    ruleId: code,
    level,
    message: { text: `${message} ${help}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column } },
      },
    ],
  }));
  return sarifOf('sigtrail gate lint', results, {});
}

/** A relative reference (RFC 3986): what is no character of a path is escaped, and so is a colon in its first step. */
function uriOf(file: string): string {
  return (
    file
      .replaceAll('\\', '/')
      .replace(/^\.\//, '')
      .split('/')
      // Half a character, which Windows lets a name have, is no text of a URI.
      .map((step) => encodeURIComponent(step.replaceAll(/\p{Surrogate}/gu, '\uFFFD')).replaceAll('%40', '@'))
      .join('/')
  );
}
