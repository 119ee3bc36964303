// Writes docs/attacks.md: every attack of the lists, what we answer, and the test that shows it. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackRow } from '../../packages/sigtrail/test/attacks/attack.ts';
import { ELSEWHERE, NOT_APPLICABLE } from '../../packages/sigtrail/test/attacks/elsewhere.ts';
import { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
import { ROWS } from '../../packages/sigtrail/test/attacks/rows.ts';

/** The page's path. */
export const ATTACKS_PAGE: string = join(import.meta.dirname, '../../docs/attacks.md');

const SUITE = 'packages/sigtrail/src/attacks.test.ts';
const HEADINGS: Readonly<Record<AttackRow['list'], string>> = {
  ours: 'Faults that Sigtrail had',
  advisory: 'Advisories, and what cosign’s HEAD does',
  'accepted mutation': 'What `@sigstore/verify` accepts changed, because nothing signs it',
  'stock verifier': 'What `@sigstore/verify` accepts and should not',
  'cosign weakness': 'Weaknesses of cosign, feature by feature',
};

/** The page, made of the tables that the tests run. */
export function attacksPage(): string {
  const lists = Object.entries(HEADINGS).map(([list, heading]) => {
    const rows = ROWS.filter((row) => row.list === list).flatMap(linesOf);
    return `## ${heading}\n\n| attack | source row | our answer | test |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Attacks and what we answer

This page is for security engineers who want to know whether Sigtrail withstands a certain attack on verification. Each row names the attack, its source, our answer and the test. The
[threat model](threat-model.md) says who the attacker is, and [errors.md](errors.md) explains the codes.

\`${SUITE}\` mints and tries ${ATTACKS.length} attacks with only our own checks, each beside an honest neighbour that is accepted. Other tests show ${ELSEWHERE.length} more.
\`acceptance/attacks/page.ts\` writes this page from the same tables.

${lists.join('\n')}`;
}

function linesOf({ id, title }: AttackRow): readonly string[] {
  const source = `${id}: ${title}`;
  return [
    ...ATTACKS.filter(({ row }) => row === id).map(({ attack, code }) =>
      line(attack, source, code === 'says-no-more' ? 'accepted, and reports nothing else' : `\`${code}\``, SUITE),
    ),
    ...ELSEWHERE.filter(({ row }) => row === id).map(({ attack, file, title: test, answer }) =>
      line(attack, source, answer ?? 'covered elsewhere', `${file}: ${test}`),
    ),
    ...NOT_APPLICABLE.filter(({ row }) => row === id).map(({ because }) => line('none', source, because, 'none')),
  ];
}

function line(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

if (import.meta.main) {
  const page = attacksPage();
  if (!process.argv.includes('--check')) writeFileSync(ATTACKS_PAGE, page);
  else if (readFileSync(ATTACKS_PAGE, 'utf8') !== page) {
    console.error('docs/attacks.md is out of date; run node --conditions=@sigtrail/source acceptance/attacks/page.ts');
    process.exitCode = 1;
  }
}
