import { requireList } from '@sigtrail/encoding';
import type { LintFinding } from './lint-policy.ts';
import { LINT_RULES, type LintRule } from './lint-rules.ts';

/** Where a finding is, if the policy came from a file. */
export interface SarifPlaces {
  /** Relative URI of the file. */
  readonly file: string;
  locate(path: string): { readonly line: number; readonly column: number };
}

/**
 * The findings as SARIF 2.1.0, which code-scanning pages read.
 *
 * @example const { policy, locate } = readLocatedPolicy(text); toSarif(lintPolicy(policy), { file: 'policy.yaml', locate });
 */
export function toSarif(findings: readonly LintFinding[], places?: SarifPlaces): object {
  requireList(findings, 'toSarif', 'findings');
  const codes = Object.keys(LINT_RULES);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sigtrail policy lint',
            rules: Object.entries<LintRule>(LINT_RULES).map(([id, { level, summary, help }]) => ({
              id,
              shortDescription: { text: summary },
              help: { text: help },
              defaultConfiguration: { level },
            })),
          },
        },
        results: findings.map(({ code, level, path, message, help }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level,
          message: { text: `${message} ${help}` },
          locations: [
            {
              ...(places === undefined ? {} : { physicalLocation: physical(places, path) }),
              logicalLocations: [{ fullyQualifiedName: path === '' ? 'policy' : path }],
            },
          ],
        })),
      },
    ],
  };
}

function physical({ file, locate }: SarifPlaces, path: string): object {
  const { line, column } = locate(path);
  return { artifactLocation: { uri: encodeURI(file) }, region: { startLine: line, startColumn: column } };
}
