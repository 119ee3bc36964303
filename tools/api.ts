/**
 * The committed reports of what each entry exports, in `api/`: `pnpm -s run api` builds the packages and writes them; with `--compare` the
 * packages are built already, nothing is written, and a difference is printed and fails.
 */
import { join } from 'node:path';
import { apiReports, compareReports, type Entry, reportFile, unnameableTypes, writeReports } from './api-report.ts';
import { runCommand } from './command.ts';
import { publishedPackages, root, type WorkspacePackage } from './workspace.ts';

/** Published because other packages need them at run time; users don't import them. */
const INTERNAL = ['@sigtrail/encoding', '@sigtrail/http'];

const directory = join(root, 'api');
const compare = process.argv.includes('--compare');
const packages = publishedPackages().filter(({ manifest }) => !INTERNAL.includes(manifest.name));
const workspace = new Set(publishedPackages().flatMap((one) => entriesOf(one).map(({ name }) => name)));
if (!compare) {
  const built = await runCommand('tsc', ['-b', ...packages.map((one) => one.directory)]);
  if (!built.ok) throw new Error(built.output);
}

const complaints: string[] = [];
const texts = new Map<string, string>();
for (const one of packages) {
  const reports = await apiReports(entriesOf(one));
  for (const { entry, text } of reports) texts.set(reportFile(entry), text);
  complaints.push(...unnameableTypes(reports, workspace));
}

if (compare) complaints.push(...(await compareReports(directory, texts)));
else await writeReports(directory, texts);
if (complaints.length > 0) {
  console.log(complaints.join('\n'));
  process.exitCode = 1;
}

function entriesOf({ manifest, directory: folder }: WorkspacePackage): readonly Entry[] {
  return Object.entries(manifest.publishConfig?.exports ?? {}).flatMap(([path, targets]) =>
    typeof targets === 'object' && targets !== null && 'types' in targets && typeof targets.types === 'string'
      ? [{ name: manifest.name + path.slice(1), directory: folder, declarations: join(folder, targets.types) }]
      : [],
  );
}
