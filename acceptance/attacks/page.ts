// Writes docs/attacks.md: every attack of the lists, what we answer, and the test that shows it. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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
    const rows = ROWS.filter((row) => row.list === list);
    return [`## ${heading}`, ...rows.flatMap(attemptsOn), ...nothingToTry(rows)].join('\n\n');
  });
  return `# Attacks and what we answer

This page is for security engineers who want to know whether Sigtrail withstands a certain attack on verification. Each heading names a flaw, its first sentence
says what went wrong, and its table lists the attacks, our answer to each, and the test that shows it. An answer is a code of [errors.md](errors.md), or what
happens instead. The [threat model](threat-model.md) says who the attacker is.

[\`attacks.test.ts\`](../${SUITE}) mints and tries ${ATTACKS.length} attacks with only our own checks, each beside an honest neighbour that is accepted.
Other tests show ${ELSEWHERE.length} more.
\`acceptance/attacks/page.ts\` writes this page from the same tables.

${lists.join('\n\n')}
`;
}

function attemptsOn({ id, title, list }: AttackRow): readonly string[] {
  const lines = [
    ...ATTACKS.filter(({ row }) => row === id).map(({ attack, code }) =>
      line(attack, code === 'says-no-more' ? 'accepted; the report doesn’t repeat it' : `\`${code}\``, link(SUITE)),
    ),
    ...ELSEWHERE.filter(({ row }) => row === id).map(({ attack, file, title: test, answer }) =>
      line(attack, answer ?? 'see the test', `${link(file)}: ${shownTitle(test)}`),
    ),
  ];
  if (lines.length === 0) return [];
  const heading = list === 'cosign weakness' ? [`### ${headingOf(title)}`] : [`### ${headingOf(id)}`, title];
  return [...heading, ['| attack | answer | test |', '|---|---|---|', ...lines].join('\n')];
}

/** The rows of a list that hold no attack on a verifier, and why. */
function nothingToTry(rows: readonly AttackRow[]): readonly string[] {
  const lines = rows.flatMap(({ id, title, list }) =>
    NOT_APPLICABLE.filter(({ row }) => row === id).map(
      ({ because }) => `- **${list === 'cosign weakness' ? headingOf(title) : id}:** ${because}`,
    ),
  );
  return lines.length === 0 ? [] : ['### Nothing to try', lines.join('\n')];
}

/** A heading has no full stop, and a capital where a word begins it, not a name of the field. */
function headingOf(text: string): string {
  return text.replace(/\.$/, '').replace(/^(?:an?|one|two|the|what|headers|memory|nesting|computing)\b/, capitalised);
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** A title that the file writes as code is shown as code. */
function shownTitle(test: string): string {
  return /^[[{$]/.test(test) ? `\`${test}\`` : test;
}

function link(file: string): string {
  return `[${basename(file).replace(/\.(?:interop\.)?(?:test\.)?ts$/, '')}](../${file})`;
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
