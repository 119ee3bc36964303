// Writes docs/registries.md: what registries do, what layouts hold, and how other clients and ours answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Behaviour } from './behaviour.ts';
import { behaviours, topics } from './behaviours.ts';
import { layouts } from './layouts.ts';
import { peers } from './peers.ts';
import { type Recorded, readRecorded } from './record.ts';

/** The page's path. */
export const REGISTRIES_PAGE: string = join(import.meta.dirname, '../../docs/registries.md');

/** The page, made of the rows that the tests run and of the answers that peers gave. */
export function registriesPage(recorded: Recorded): string {
  const sections = topics.map(({ heading, rows }) => {
    const lines = rows.map((row) => lineOf(row, recorded.answers));
    return `## ${heading}\n\n| the registry, or what is in front of it | met at | peers | us | why |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  const layoutLines = layouts.map((row) => lineOf(row, recorded.layouts));
  const { installed, missing } = versionsOf(recorded);
  return `# Registries as they are

Real registries, proxies and credential helpers deviate from the specifications. Use this page when a registry or a layout gives an answer that you don't expect: find what it does, what other
clients make of it, and what \`oci-client-lite\` makes of it. The README of the package explains the [codes](../packages/oci-client-lite/README.md#errors).

- Each of the ${behaviours.length} rows about registries is a test against a registry on the loopback interface that answers exactly this way, and each of the ${layouts.length} rows about
  layouts is a test on a directory or tar file with exactly these bytes. \`acceptance/registry-behaviour/page.ts\` writes this page.
- The peers are ${installed.join(', ')}. \`acceptance/registry-behaviour/record.ts\` runs them against the same registries and
  layouts${missing.length === 0 ? '' : `; not run: ${missing.join(', ')}`}.
- Docker is not a peer: its client leaves reading to a daemon, which needs a privileged machine. crane and skopeo can't list referrers. Skopeo gets Docker's configuration as
  \`REGISTRY_AUTH_FILE\`.
- "incomplete" means that the list can't show an absence.
- "met at" names where the behaviour was seen. We made up the rows without a source as neighbours of the others.

${sections.join('\n')}
## Layouts and tar files

crane reads only tar files, by \`--tarball\`; its commands that read a layout push it. Skopeo reads by the transport of the format: \`oci:\`, \`oci-archive:\` or \`docker-archive:\`.
A row with an image that isn't named reads the layout without a tag.

| the layout | written by | peers | us | why |
|---|---|---|---|---|
${layoutLines.join('\n')}
`;
}

function versionsOf({ versions }: Recorded): {
  readonly installed: readonly string[];
  readonly missing: readonly string[];
} {
  const names = peers.map(({ name }) => name);
  return {
    installed: names.flatMap((name) => (versions[name] === undefined ? [] : [`${name} ${versions[name]}`])),
    missing: names.filter((name) => versions[name] === undefined),
  };
}

function lineOf(
  { name, met = '', ours, why }: Pick<Behaviour, 'name' | 'met' | 'ours' | 'why'>,
  answers: Recorded['answers'],
): string {
  const cells = [name, met, peersOf(answers[name] ?? {}), ours, why];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The peers by their answer: `crane, oras: refuses`. */
function peersOf(answers: Readonly<Record<string, string>>): string {
  const byAnswer = Map.groupBy(Object.entries(answers), ([, answer]) => answer);
  return [...byAnswer]
    .map(([answer, entries]) => `${entries.map(([name]) => name).join(', ')}: ${answer}`)
    .join('<br>');
}

if (import.meta.main) writeFileSync(REGISTRIES_PAGE, registriesPage(readRecorded()));
