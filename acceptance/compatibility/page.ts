// Writes the part of docs/compatibility.md that the rows give, and leaves the rest as it is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAYOUTS } from '../inspected-layouts/layouts.ts';
import type { LaterRelease } from './record.ts';
import { recordedAnswers } from './recorded-answers.ts';
import type { CompatibilityRow, PeerAnswer } from './row.ts';
import { ROWS } from './rows/index.ts';

/** All peers' answers to a row. */
export function peersOf({ name, peers = [] }: CompatibilityRow): readonly PeerAnswer[] {
  return [...(recordedAnswers()[name] ?? []), ...peers];
}

/** The part of docs/compatibility.md that the rows give. */
export function rowsSection(): string {
  const topics = [...new Set(ROWS.map(({ topic }) => topic))];
  const parts = topics.map((topic) => {
    const rows = ROWS.filter((row) => row.topic === topic).map(rowOf);
    return `### ${topic}\n\n| input | asked | before | now | others | because |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `## What people really make

Images as people really sign and attach them. Tests run each row (\`acceptance/compatibility/rows\`) through our own code. cosign's answers come from the real programs
(\`acceptance/compatibility/record.ts\`), and other tools' answers from their programs or sources. ${laterRelease()}

${parts.join('\n')}
${inspectedLayouts()}`;
}

/** What `inspect` calls the artifacts of each maker. */
function inspectedLayouts(): string {
  const rows = LAYOUTS.map(({ maker, kinds }) => `| ${maker} | ${kinds.map((kind) => `\`${kind}\``).join(', ')} |`);
  return `### What \`sigtrail inspect\` names

Everything that ${LAYOUTS.length} makers attach to an image. An artifact that isn't a signature, attestation or SBOM is named by its own type. A test attaches each and inspects the
image (\`acceptance/inspected-layouts\`).

| attached by | named as |
|---|---|
${rows.join('\n')}
`;
}

/** What a later release of cosign answers otherwise. */
function laterRelease(): string {
  const { tool, lines, differences } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'later-release.json'), 'utf8'),
  ) as LaterRelease;
  if (differences.length === 0)
    return `${tool}, asked the same ${lines} lines, gives the same answers as the recorded one.`;
  const listed = differences.map(({ row, before, answer }) => `\`${row}\` (${answer}, no longer ${before})`);
  return `${tool} answers ${differences.length} of ${lines} lines differently: ${listed.join(', ')}.`;
}

function rowOf(row: CompatibilityRow): string {
  const { input, ask, before, ours, because = '' } = row;
  const asked = typeof ask === 'function' ? 'by its API' : `\`${ask.words.join(' ')}\``;
  const others = peersOf(row).map(({ tool, answer }) => `${tool}: ${answer}`);
  return `| ${[input, asked, before, ours, others.join('<br>'), because].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

if (import.meta.main) {
  const page = join(import.meta.dirname, '../../docs/compatibility.md');
  const text = readFileSync(page, 'utf8');
  const [start, end] = [text.indexOf('## What people really make'), text.indexOf('## Recorded lines')];
  if (start < 0 || end < start) throw new Error('docs/compatibility.md lacks the headings of its two parts');
  writeFileSync(page, `${text.slice(0, start)}${rowsSection()}\n${text.slice(end)}`);
}
