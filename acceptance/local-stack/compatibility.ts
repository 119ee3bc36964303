// Writes docs/compatibility.md: every recorded cosign line whose answer differs here. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowsSection } from '../compatibility/page.ts';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { listDifferences, type RecordedDifference } from './recorded-lines.ts';

/** The page's path. */
export const COMPATIBILITY_PAGE: string = join(import.meta.dirname, '../../docs/compatibility.md');

/** The page, made of the recorded lines. */
export async function compatibilityPage(fixtures: string): Promise<string> {
  const { lines, differences } = await listDifferences(join(fixtures, 'local-stack'));
  return `# Where Sigtrail's answer differs from cosign's

If you replace \`cosign\` by \`sigtrail\`, almost every line gets the same answer. This page lists the others, with the reason for each. [cosign-flags.md](cosign-flags.md) has the flags.

${rowsSection()}
## Recorded lines

\`acceptance/local-stack/compatibility.ts\` runs ${lines} lines of cosign 2.6.5 and 3.1.2, recorded against a real Sigstore, through \`sigtrail\`. All lines that are not listed get
the same answer. A case has the name that it has in the recordings.

| case | line | cosign | says | sigtrail says | because |
|---|---|---|---|---|---|
${differences.map(rowOf).join('\n')}
`;
}

function rowOf({ name, label, tool, theirs, ours, because }: RecordedDifference): string {
  return `| ${name} | ${label} | ${tool} | ${theirs} | ${ours} | ${because} |`;
}

if (import.meta.main) {
  const page = await compatibilityPage(fixturesDirectory());
  if (!process.argv.includes('--check')) writeFileSync(COMPATIBILITY_PAGE, page);
  else if (readFileSync(COMPATIBILITY_PAGE, 'utf8') !== page) {
    console.error(
      'docs/compatibility.md is not what the recorded lines give; run node --conditions=@sigtrail/source acceptance/local-stack/compatibility.ts',
    );
    process.exitCode = 1;
  }
}
